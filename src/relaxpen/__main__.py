"""``python -m relaxpen``."""

from relaxpen.experiment.cli import main

raise SystemExit(main())
