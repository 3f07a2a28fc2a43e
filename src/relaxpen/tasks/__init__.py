"""Problems with their settings, methods, runs, tables and figures."""
