"""Lines of qubits, contracted from end to end without a state vector."""
