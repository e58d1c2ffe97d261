"""Checks before a release, and of its files."""
