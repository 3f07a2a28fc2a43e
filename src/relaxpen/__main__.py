"""``python -m relaxpen``."""

from relaxpen.cli.parser import main

raise SystemExit(main())
