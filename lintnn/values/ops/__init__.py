"""Transfer functions: what an operation makes of abstract values."""
