"""Differentiable moments and likelihoods of circuits: adjoint kernel, shift rules, torch."""
