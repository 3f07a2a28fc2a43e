"""Where samples come from: files, pools, splits, corrupted labels."""
