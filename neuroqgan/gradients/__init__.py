"""Differentiable moments and likelihoods of cells: adjoint kernel, shift rules, torch."""
