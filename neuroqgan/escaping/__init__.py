"""Escaping text from others where it is shown."""
