"""Bins of a circuit with memory qubits, as matrices and as kernels."""
