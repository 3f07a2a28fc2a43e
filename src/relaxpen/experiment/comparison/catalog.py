"""The names of what a comparison can show. No torch here."""

# Tables for readers: CSV with plain numbers, Markdown and LaTeX as they would be printed.
TABLES = {
    "what_to_use": "all methods over all instances: mask, final models and cost",
    "methods": "all methods: mask, final model and cost",
    "tuning": "all settings tried, and the chosen ones",
    "reached": "estimates of the gradient against the exact one, at their highest cost",
    "pull_limits": "agreement of the value difference with the exact gradient, by strength of the pull",
    "to_target": "steps and seconds until each method reaches the paper's target accuracy",
    "sensitivity": "steps to the target accuracy, by β₁, β₂, α and ξ",
    "selected": "regularization selected by each method, and its cost",
    "table_1": "upper value of oracle, relaxed, rounded and penalized groups, with the paper's Table 1",
    "table_2": "error of the coefficients of the same groups, with the paper's Table 2",
    "table_3": "losses of the kept samples, by budget, with the paper's Table 3",
    "group_values": "upper value of all groupings, on validation and test data",
    "group_errors": "error of the coefficients of all groupings",
    "distilled": "losses, sum of weights and number of the kept samples, with the paper's numbers",
    "distilled_samples": "losses of the kept samples",
}
# Tables that only figures read: CSV.
FIGURE_DATA = {
    "agreement": "all estimates of the gradient against the exact one, mean and interval over seeds",
    "group_images": "the group of every feature, columns matched to the oracle's",
    "group_progress": "upper value, strength and distance to binary, mean and interval over seeds",
    "curves": "accuracy, AUC and losses at each checkpoint, quartiles over seeds",
    "progress": "the value function and the mask at each checkpoint, mean and interval over seeds",
}
FIGURES = {
    "quality": ("mask and final model of every method", ("methods",)),
    "value_seconds": ("value function against processor seconds", ("progress",)),
    "value_gradients": ("value function against gradients", ("progress",)),
    "mask_gradients": ("F1 of the mask against gradients", ("progress",)),
    "pareto": ("value function against processor seconds, with the Pareto front", ("progress",)),
    "estimators": ("agreement with the exact gradient against its cost", ("agreement",)),
    "pull_limits": ("agreement of the value difference against its pull", ("agreement",)),
    "equal_cost": ("mask and final model by estimator and budget", ("methods",)),
    "accuracy_steps": ("test accuracy and AUC against steps on x", ("curves",)),
    "accuracy_seconds": ("test accuracy and AUC against processor seconds", ("curves",)),
    "parameters": ("test accuracy against steps on x, by parameter", ("curves",)),
    "loss_steps": ("loss against steps on x and against processor seconds", ("curves",)),
    "groups": ("oracle, rounded and penalized groups of one run", ("group_images",)),
    "group_progress": ("upper value and distance to binary against steps", ("group_progress",)),
    "distilling": ("validation and test loss by budget", ("distilled_samples",)),
    "validation_size": ("test accuracy by the number of clean validation samples", ("methods",)),
}
