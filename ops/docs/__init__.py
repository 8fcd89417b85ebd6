"""Documentation that is generated from what it describes."""
