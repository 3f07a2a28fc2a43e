"""Groups of features, learnt over regression tasks."""

from relaxpen.tasks.groups.settings import GroupLassoSettings, Saga
from relaxpen.tasks.task import Drawing, Table, Task

TABLES = {
    "table_1": Table(
        "relaxpen.tasks.groups.tables.table_1",
        "upper value of oracle, relaxed, rounded and penalized groups, with the paper's Table 1",
        unit="values in squared units of the responses",
    ),
    "table_2": Table(
        "relaxpen.tasks.groups.tables.table_2",
        "error of the coefficients of the same groups, with the paper's Table 2",
        unit="errors in units of the coefficients",
    ),
    "group_values": Table(
        "relaxpen.tasks.groups.tables.group_values",
        "upper value of all groupings, on validation and test data",
        columns=(
            "sizes",
            "smallest",
            "title",
            "groups",
            "value",
            "deviation",
            "paper",
            "paper_deviation",
            "difference",
            "test_value",
            "accuracy",
            "num_runs",
        ),
        unit="values in squared units of the responses",
    ),
    "group_errors": Table(
        "relaxpen.tasks.groups.tables.group_errors",
        "error of the coefficients of all groupings",
        columns=(
            "sizes",
            "smallest",
            "title",
            "groups",
            "spectral",
            "deviation",
            "paper",
            "paper_deviation",
            "difference",
            "frobenius",
            "num_runs",
        ),
        unit="errors in units of the coefficients",
    ),
    "group_images": Table(
        "relaxpen.tasks.groups.tables.group_images",
    ),
    "group_progress": Table(
        "relaxpen.tasks.groups.tables.group_progress",
    ),
}
FIGURES = {
    "groups": Drawing(
        "relaxpen.tasks.groups.figures.groups",
        "oracle, rounded and penalized groups of one run",
        ("group_images",),
    ),
    "group_progress": Drawing(
        "relaxpen.tasks.groups.figures.group_progress",
        "upper value and distance to binary against steps",
        ("group_progress",),
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
GROUPS = Task(
    name="groups",
    rule="group_lasso",
    does="groups are learnt",
    settings=GroupLassoSettings,
    sources=("group_lasso",),
    methods={"saga": Saga},
    load="relaxpen.tasks.groups.load.load_tasks",
    run="relaxpen.tasks.groups.run.run_group_lasso",
    metrics=METRICS,
    tables=TABLES,
    figures=FIGURES,
    masks={"saga": ("oracle", "relaxed", "half", "argmax")},
)
