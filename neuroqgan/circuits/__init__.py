"""Quantum circuits of the generator: cells, latent processes, presets, programs, export."""
