"""Columns of the summary and the traces that more than one module names."""

METRICS = [
    *("upper_value", "value_function", "num_kept", "precision", "recall", "f1", "keep_f1", "auc"),
    *("refit_test_loss", "refit_test_accuracy", "refit_validation_loss"),
    *("refit_max_gradient", "refit_converged", "rounds", "steps", "num_values"),
    *("num_lower_steps", "relaxed_upper_value", "relaxed_value_function", "relaxed_auc"),
    *("relaxed_fractionality", "relaxed_mass"),
]
CELL = ["instance", "source", "noise_rate", "num_steps", "cell"]
