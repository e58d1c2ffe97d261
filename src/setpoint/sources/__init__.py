"""Sources read machines and write to them. Each has its own folder and imports no other source."""
