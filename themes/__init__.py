"""Colour themes, read through importlib.resources."""
