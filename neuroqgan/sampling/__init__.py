"""Sampling of rasters through a backend: planned, submitted as jobs, and put together from them."""
