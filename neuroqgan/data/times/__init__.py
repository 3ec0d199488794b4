"""Spike times: units, trials, and sorting into bins."""
