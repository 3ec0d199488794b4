"""The public recording that can be downloaded."""
