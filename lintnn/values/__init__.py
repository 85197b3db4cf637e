"""Floor 5: what values are, and how code changes them. See ARCHITECTURE.md."""
