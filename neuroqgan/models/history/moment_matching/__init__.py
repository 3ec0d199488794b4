"""Matching the moments of free runs while the likelihood is kept."""
