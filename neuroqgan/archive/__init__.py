"""A whole store: looked through, repaired, written to one file and read back."""
