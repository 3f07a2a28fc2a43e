"""The names of what a comparison can show. No torch here."""

# Tables for readers: CSV with plain numbers, Markdown and LaTeX as they would be printed.
TABLES = {
    "what_to_use": "every method over all instances: the mask, the models it leads to, what it costs",
    "methods": "every method: the mask, the model it leads to, and what it costs",
    "tuning": "every setting that was tried, and which was chosen",
    "reached": "estimates of the gradient beside the exact one, at their most expensive",
    "pull_limits": "how strong the pull of the value difference may be",
    "to_target": "who reaches the accuracy that the paper on F2SA with Adam aims at, and when",
    "sensitivity": "the same by parameters of F2SA with Adam and of F2SA",
    "selected": "the regularization that every method selects, and what it costs",
    "table_1": "upper value of oracle, relaxed, rounded and penalized groups, beside the paper's Table 1",
    "table_2": "error of the coefficients of the same groups, beside the paper's Table 2",
    "table_3": "losses of the samples that are kept, by budget, beside the paper's Table 3",
    "group_values": "upper value, on validation and on test data, of every kind of groups",
    "group_errors": "error of coefficients of every kind of groups",
    "distilled": "losses, sum of weights and number of the samples that are kept, beside the paper's",
    "distilled_samples": "losses of the samples that are kept",
}
# Tables that only figures read: CSV.
FIGURE_DATA = {
    "agreement": "every estimate of the gradient beside the exact one, mean and interval over seeds",
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
    "pareto": ("value function against processor seconds, and who is not beaten", ("progress",)),
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
