"""The shared language of Heard's programs, and the SDK."""
