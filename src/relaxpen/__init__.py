"""Relax and penalize with zeroth-order Frank-Wolfe, for binary hyperparameters.

Rooms and a one-way corridor, in reading order:

- ``relaxpen.method`` is the algorithm. It sees values, never data.
- ``relaxpen.problems`` is data hyper-cleaning. It sees data, never files.
- ``relaxpen.experiment`` runs studies. It sees files.
- ``relaxpen.claims`` judges what the thesis says by what the studies found.
- ``relaxpen.audit`` checks results, traces them and exports them.
- ``relaxpen.cli`` is the command line.
"""

__version__ = "0.1.0"
