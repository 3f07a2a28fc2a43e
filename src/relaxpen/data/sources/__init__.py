"""Sources of samples, a file each; all_sources.py lists them."""
