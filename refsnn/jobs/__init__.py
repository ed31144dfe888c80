"""Whole jobs, as the command line runs them: from files and specs to files and reports."""
