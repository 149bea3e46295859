"""Helpers that several tests share, each file named for what it gives."""
