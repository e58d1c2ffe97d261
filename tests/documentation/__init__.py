"""The documents as people follow them: tests run their blocks."""
