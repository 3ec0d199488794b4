"""Sweeps: trainings over a grid of settings, compared on validation trials."""
