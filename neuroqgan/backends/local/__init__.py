"""Backends that run in this process."""
