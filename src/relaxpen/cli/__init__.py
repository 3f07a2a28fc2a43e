"""The command line: a verb for every step of the workflow, and those for people."""
