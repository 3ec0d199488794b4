"""Bins of a memory circuit, as matrices and as kernels."""
