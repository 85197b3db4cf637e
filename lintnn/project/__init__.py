"""Floor 3: files, modules, and names across files."""
