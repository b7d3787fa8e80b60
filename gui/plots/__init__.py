"""Plots: what was measured and what the model says, on the same axes."""
