"""A whole store: looked through, mended, written to one file and read back."""
