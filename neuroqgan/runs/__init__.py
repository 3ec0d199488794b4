"""Runs: configuration, folders, and the stages of the main job."""
