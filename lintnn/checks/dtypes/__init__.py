"""Rules about dtypes and devices."""
