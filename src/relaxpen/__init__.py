"""Relax and penalize with zeroth-order Frank-Wolfe, for binary hyperparameters.

Rooms and a one-way corridor, each room seeing only those before it:

- ``relaxpen.inputs`` is what every door shares: errors, models, the reader of YAML.
- ``relaxpen.method`` is the algorithm, and those of other papers. It sees values, never data.
- ``relaxpen.problems`` are the bilevel problems. They see data, never files.
- ``relaxpen.library`` is for a person's own arrays: ``from relaxpen import LabelCleaner``.
- ``relaxpen.records`` is what runs leave behind, and by what code and machine it was made.
- ``relaxpen.data`` obtains the samples, splits them and corrupts their labels.
- ``relaxpen.display`` is how tables and figures look.
- ``relaxpen.tasks`` are the problems with settings, methods, a run, tables and figures.
- ``relaxpen.bench`` measures speed and rounding.
- ``relaxpen.studies`` plans the runs of a study, makes and collects them, and shows them.
- ``relaxpen.claims`` judges what papers say by what the studies found.
- ``relaxpen.audit`` checks results, traces them, makes them again and exports them.
- ``relaxpen.cli`` is the command line, and what the workflow asks.
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
