"""The names of what a study can show, and which tables each figure is drawn from. No torch here."""

# Tables for readers: CSV with plain numbers, Markdown and LaTeX as they would be printed.
TABLES = {
    "overview": "test loss of final models: what a model was trained on, by data and noise rate",
    "final": "final masks and models of every cell and method, with the references",
    "rounding": "relaxation and rounding against relax and penalize",
    "cost": "what a run costs, by cell and method",
    "targets": "seconds and lower-level gradient steps until a test loss is reached",
}
# Tables that only figures read: CSV.
FIGURE_DATA = {
    "curves": "losses and kept share by iteration, mean and interval over seeds",
}
FIGURES = {
    "figure_4_1": ("test loss against iteration", ("curves", "final")),
    "figure_4_2": ("time to reach a target test loss", ("targets",)),
    "figure_4_3": ("validation loss against iteration", ("curves", "final")),
    "figure_4_4": ("test loss of models trained on filtered and on noisy data", ("final",)),
    "mask_quality": ("how well final masks rank clean above wrong labels", ("final",)),
    "as_printed": ("samples kept by Algorithm 3.2 as printed and as corrected", ("curves",)),
}
# Methods without which there is nothing to show.
NEEDS = {
    "rounding": ("relax_penalize", "relax_round"),
    "targets": ("relax_penalize",),
    "figure_4_1": ("relax_penalize",),
    "figure_4_2": ("relax_penalize",),
    "figure_4_3": ("relax_penalize",),
    "as_printed": ("as_printed",),
}
