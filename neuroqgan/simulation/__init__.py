"""Exact simulation: state vectors, lines of qubits, memory circuits and Markov chains."""
