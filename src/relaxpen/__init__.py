"""Relax and penalize with zeroth-order Frank-Wolfe, for binary hyperparameters.

Three rooms and a one-way corridor, in reading order:

- ``relaxpen.method`` is the algorithm. It sees values, never data.
- ``relaxpen.problems`` is data hyper-cleaning. It sees data, never files.
- ``relaxpen.experiment`` runs studies. It sees files.
"""

__version__ = "0.1.0"
