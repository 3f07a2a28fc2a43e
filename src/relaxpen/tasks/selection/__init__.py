"""Selection of the regularization of each feature."""
