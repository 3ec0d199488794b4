"""Circuits in Qiskit: cells, lattices, memory, programs, drawing and export."""
