"""lintnn: a static analyser for PyTorch model code."""

__version__ = "0.1.0"
