"""Studies: settings, data files, runs and their records, tables and figures."""
