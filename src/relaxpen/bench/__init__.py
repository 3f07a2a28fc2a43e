"""How fast steps and kernels are, and how precise."""
