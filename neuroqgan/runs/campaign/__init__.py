"""Campaigns: prepared rasters of one device, from the ideal to all mitigations, on one page."""
