"""Methods of other papers: their settings, and how they are run."""
