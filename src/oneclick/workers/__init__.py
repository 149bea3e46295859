"""Loops that take due rows and call use cases."""
