"""Rules about what goes into the loss."""
