"""Rasters from objects of other libraries, and back: one module for each library."""
