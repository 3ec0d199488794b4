"""Exact simulation: state vectors, lines of qubits, memories and Markov chains; no weights, no training."""
