"""Distillation of regression data."""
