"""Screens of the kitchen display."""
