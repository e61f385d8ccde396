"""A station in words: cards as a person reads them out, what is new, and what can be typed."""
