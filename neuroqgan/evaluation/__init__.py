"""How close generated rasters are to real ones."""
