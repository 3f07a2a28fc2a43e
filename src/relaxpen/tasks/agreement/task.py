"""Estimates of the gradient set beside the exact one."""

from relaxpen.data.sources.all_sources import NOISY
from relaxpen.tasks.agreement.settings import Agreement, AgreementSettings
from relaxpen.tasks.task import Drawing, Table, Task

TABLES = {
    "reached": Table(
        "relaxpen.tasks.agreement.tables.reached",
        "estimates of the gradient against the exact one, at their highest cost",
        columns=(
            "title",
            "num_exact_steps",
            "num_directions",
            "strength",
            "cost",
            "cosine",
            "law_cosine",
            "sign_agreement",
            "auc",
            "exact_auc",
            "norm_ratio",
            "num_runs",
            "num_nonfinite",
        ),
    ),
    "pull_limits": Table(
        "relaxpen.tasks.agreement.tables.pull_limits",
        "agreement of the value difference with the exact gradient, by strength of the pull",
        columns=(
            "title",
            "warm_steps",
            "num_steps",
            "batch_size",
            "step_size",
            "strength",
            "cosine",
            "sign_agreement",
            "auc",
            "exact_auc",
            "up_to_99",
            "up_to_90",
            "num_runs",
        ),
    ),
    "agreement": Table(
        "relaxpen.tasks.agreement.tables.agreement",
    ),
}
FIGURES = {
    "estimators": Drawing(
        "relaxpen.tasks.agreement.figures.estimators",
        "agreement with the exact gradient against its cost",
        ("agreement",),
    ),
    "pull_limits": Drawing(
        "relaxpen.tasks.agreement.figures.pull_limits",
        "agreement of the value difference against its pull",
        ("agreement",),
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
AGREEMENT = Task(
    name="agreement",
    rule="agreement",
    does="estimates are set beside the exact gradient",
    settings=AgreementSettings,
    sources=tuple(NOISY),
    methods={"agreement": Agreement},
    load="relaxpen.tasks.load.load_samples",
    run="relaxpen.tasks.agreement.run.run_agreement",
    metrics=METRICS,
    tables=TABLES,
    figures=FIGURES,
)
