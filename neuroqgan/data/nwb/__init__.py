"""Neurodata Without Borders: units, trials and time series of NWB files, and rasters as such."""
