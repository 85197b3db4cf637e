"""Rules about the structure of modules."""
