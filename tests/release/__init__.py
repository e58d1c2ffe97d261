"""What is checked before a release, and of its files."""
