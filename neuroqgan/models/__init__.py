"""Generators: one folder per family, one registry of presets."""
