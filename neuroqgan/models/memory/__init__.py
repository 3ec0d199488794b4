"""The generator with memory qubits: preset memory."""
