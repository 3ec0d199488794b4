"""Bundles: all jobs of a raster in one file that anyone can check, without network or account."""
