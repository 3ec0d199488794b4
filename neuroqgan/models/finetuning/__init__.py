"""Weights that suit a noisy device: moved after the training, by what its simulation measures."""
