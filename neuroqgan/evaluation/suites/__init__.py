"""Suites: figures of published benchmarks, computed as their authors do."""
