"""The types of what makes tables and draws figures."""

from collections.abc import Callable

import pandas as pd
from matplotlib.figure import Figure

from relaxpen.tasks.task import Shown

Maker = Callable[[pd.DataFrame, pd.DataFrame, Shown], pd.DataFrame]  # of summary and traces
Tables = dict[str, pd.DataFrame]  # by name
Drawer = Callable[[Tables], Figure]
