"""Rules about numbers that overflow or vanish."""
