"""For a person's own data: arrays in, a mask, scores and a trace out. No files here."""
