"""Judges: classifiers that try to distinguish generated windows from real ones."""
