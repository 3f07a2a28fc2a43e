"""Relax and penalize with zeroth-order Frank-Wolfe, for binary hyperparameters.

Rooms and a one-way corridor, in reading order:

- ``relaxpen.method`` is the algorithm. It sees values, never data.
- ``relaxpen.problems`` is data hyper-cleaning. It sees data, never files.
- ``relaxpen.inputs`` is what every door shares: errors, models, the reader of YAML.
- ``relaxpen.library`` is for a person's own arrays: ``from relaxpen import LabelCleaner``.
- ``relaxpen.experiment`` runs studies. It sees files.
- ``relaxpen.claims`` judges what the thesis says by what the studies found.
- ``relaxpen.audit`` checks results, traces them and exports them.
- ``relaxpen.cli`` is the command line.
"""

__version__ = "0.1.0"

__all__ = ["DisagreementFilter", "LabelCleaner", "clean_black_box"]


def __getattr__(name: str) -> object:
    """Import what the library offers when it is asked for: torch alone takes two seconds."""
    if name == "LabelCleaner":
        from relaxpen.library.label_cleaner import LabelCleaner

        return LabelCleaner
    if name == "DisagreementFilter":
        from relaxpen.library.disagreement_filter import DisagreementFilter

        return DisagreementFilter
    if name == "clean_black_box":
        from relaxpen.library.black_box import clean_black_box

        return clean_black_box
    raise AttributeError(f"module 'relaxpen' has no attribute {name!r}")
