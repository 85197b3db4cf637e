"""Rules about the autograd graph and memory."""
