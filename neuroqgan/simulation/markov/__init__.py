"""Latent Markov chains: stationary distribution, paths, forward and backward passes."""
