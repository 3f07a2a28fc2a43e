"""Hyper-cleaning at a budget, by any method."""
