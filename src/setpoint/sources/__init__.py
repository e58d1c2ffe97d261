"""Where machine data comes from and where writes go: one folder a source, none knows another."""
