"""Readers of the files of each format."""
