"""Distillation of regression data: which samples are kept."""

from relaxpen.tasks.distillation.settings import DistillationSettings, Projected, Subset
from relaxpen.tasks.task import Drawing, Table, Task

TABLES = {
    "table_3": Table(
        "relaxpen.tasks.distillation.tables.table_3",
        "losses of the kept samples, by budget, with the paper's Table 3",
        unit="losses in squared units of the target, comments for blog and years for music",
    ),
    "distilled": Table(
        "relaxpen.tasks.distillation.tables.distilled",
        "losses, sum of weights and number of the kept samples, with the paper's numbers",
        columns=(
            "source",
            "budget",
            "title",
            "weights",
            "value",
            "paper_value",
            "difference_value",
            "test_loss",
            "paper_test_loss",
            "difference_test_loss",
            "test_rmse",
            "paper_test_rmse",
            "mass",
            "num_kept",
            "paper_num_kept",
            "num_runs",
            "num_nonfinite",
        ),
        unit="losses in squared units of the target, comments for blog and years for music",
    ),
    "distilled_samples": Table(
        "relaxpen.tasks.distillation.tables.distilled_samples",
        "losses of the kept samples",
        columns=(
            "source",
            "budget",
            "title",
            "weights",
            "value",
            "test_loss",
            "test_rmse",
            "mass",
            "num_kept",
            "num_runs",
            "num_nonfinite",
        ),
        unit="losses in squared units of the target, comments for blog and years for music",
    ),
}
FIGURES = {
    "distilling": Drawing(
        "relaxpen.tasks.distillation.figures.distilling",
        "validation and test loss by budget",
        ("distilled_samples",),
    ),
}
METRICS = (
    "value_function",
    "num_kept",
    "precision",
    "recall",
    "f1",
    "keep_f1",
    "auc",
    "refit_test_loss",
    "refit_test_accuracy",
    "refit_validation_loss",
    "refit_selection_loss",
    "joined_test_loss",
    "joined_test_accuracy",
    "refit_max_gradient",
    "refit_converged",
    "steps",
    "relaxed_value_function",
    "relaxed_auc",
    "relaxed_fractionality",
    "relaxed_mass",
)
DISTILLATION = Task(
    name="distillation",
    rule="distillation",
    does="data is distilled",
    settings=DistillationSettings,
    sources=("blog", "music"),
    methods={"projected": Projected, "subset": Subset},
    load="relaxpen.tasks.distillation.load.load_parts",
    run="relaxpen.tasks.distillation.run.run_distillation",
    metrics=METRICS,
    tables=TABLES,
    figures=FIGURES,
    masks={"projected": ("relaxed", "half", "top"), "subset": ("nearest",)},
)
