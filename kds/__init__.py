"""The kitchen display for the terminal."""
