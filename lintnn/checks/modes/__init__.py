"""Rules about train and eval mode and the gradient context."""
