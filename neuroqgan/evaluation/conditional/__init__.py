"""Figures that need to know what a window saw: what neurons do given covariates."""
