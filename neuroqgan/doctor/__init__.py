"""Checks of the surroundings: packages, account, job store, file system, threads and clock."""
