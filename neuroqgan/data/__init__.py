"""Recordings in and rasters out: file formats, a simulated population, the public recording."""
