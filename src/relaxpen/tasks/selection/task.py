"""Selection of the regularization of each feature."""

from relaxpen.tasks.peers.settings import PEERS
from relaxpen.tasks.selection.settings import SelectionSettings
from relaxpen.tasks.task import Drawing, Table, Task

TABLES = {
    "selected": Table(
        "relaxpen.tasks.selection.tables.selected",
        "regularization selected by each method, and its cost",
        columns=(
            "title",
            "value_function",
            "refit_test_loss",
            "refit_test_accuracy",
            "median_last_loss",
            "num_worse",
            "steps",
            "solver_s",
            "num_runs",
            "num_nonfinite",
        ),
    ),
    "curves": Table(
        "relaxpen.tasks.cleaning.f2sa_tables.curves",
    ),
}
FIGURES = {
    "loss_steps": Drawing(
        "relaxpen.tasks.selection.figures.loss_steps",
        "loss against steps on x and against processor seconds",
        ("curves",),
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
SELECTION = Task(
    name="selection",
    rule="selection",
    does="regularization is selected",
    settings=SelectionSettings,
    sources=("ijcnn1",),
    methods=PEERS,
    load="relaxpen.tasks.load.load_samples",
    run="relaxpen.tasks.selection.run.run_selection",
    metrics=METRICS,
    tables=TABLES,
    figures=FIGURES,
)
