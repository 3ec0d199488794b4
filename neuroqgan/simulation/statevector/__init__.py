"""Real state vectors of cell circuits, simulated by kernels."""
