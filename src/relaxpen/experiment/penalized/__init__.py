"""The runs of the paper on relaxing and penalizing: group lasso structure and data distillation."""
