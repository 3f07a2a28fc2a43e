"""What a task is: a problem with its settings, methods, runs, tables and figures."""

from collections.abc import Callable
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

Maker = Callable[[pd.DataFrame, pd.DataFrame, Any], pd.DataFrame]


Tables = dict[str, pd.DataFrame]


Drawer = Callable[[Tables], Figure]
