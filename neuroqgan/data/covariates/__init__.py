"""Covariates from files, and those of the trials of a split."""
