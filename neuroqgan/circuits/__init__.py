"""Circuits in Qiskit: cells, lattices, memory, programs, export."""
