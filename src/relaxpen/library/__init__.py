"""Label cleaning for the user's own arrays; reads and writes no files."""
