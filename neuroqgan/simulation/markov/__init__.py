"""Latent Markov chains."""
