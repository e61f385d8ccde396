"""A Friday night with guests and cooks: the only package that may import the programs."""
