"""Estimates of the gradient beside the exact one."""
