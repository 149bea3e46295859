"""The schema's history, one change a file, run by ``oneclick migrate``."""
