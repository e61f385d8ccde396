"""Benchmarks: each prints a table with a ratio to a peer of the same run."""
