"""The ops console for people on SSH."""
