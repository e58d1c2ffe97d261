"""The documentation as a site: its build and its tests."""
