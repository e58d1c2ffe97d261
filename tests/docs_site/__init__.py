"""The documentation as a site: how it is built, and what is tested of it."""
