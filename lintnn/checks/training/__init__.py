"""Rules about the training loop: optimizer, scheduler, scaler."""
