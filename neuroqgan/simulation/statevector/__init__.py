"""Real state vectors of cells, simulated by kernels."""
