"""Exact simulation: state vectors, lines of qubits, memories, Markov chains; no weights."""
