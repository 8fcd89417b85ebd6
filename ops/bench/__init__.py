"""Measurements against the numbers of the design; their last results are in docs/results/."""
