"""The thesis' algorithm on hyper-cleaning, and its controls."""
