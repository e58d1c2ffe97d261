"""Checks of a release and its files."""
