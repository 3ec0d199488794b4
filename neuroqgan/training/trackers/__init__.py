"""Trackers: what writes a training down where people compare trainings."""
