"""Statistics of spike rasters: one function of a summary each, in one registry."""
