"""The names of what a comparison can show. No torch here."""

# Tables for readers: CSV with plain numbers, Markdown and LaTeX as they would be printed.
TABLES = {
    "methods": "every method: the mask, the model it leads to, and what it costs",
    "tuning": "every setting that was tried, and which was chosen",
}
# Tables that only figures read: CSV.
FIGURE_DATA = {
    "progress": "the value function and the mask at each checkpoint, mean and interval over seeds",
}
FIGURES = {
    "quality": ("mask and final model of every method", ("methods",)),
    "cost_seconds": ("value function and mask against processor seconds", ("progress",)),
    "cost_gradients": ("value function and mask against lower-level gradients", ("progress",)),
    "validation_size": ("test accuracy by the number of clean validation samples", ("methods",)),
}
