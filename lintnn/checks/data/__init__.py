"""Rules about data, reproducibility and checkpoints."""
