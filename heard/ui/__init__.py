"""What screens share: spans and rows, themes, ages, the link badge, a driver that never leaves a terminal broken."""
