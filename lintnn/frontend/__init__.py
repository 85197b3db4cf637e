"""From bytes to the intermediate representation: decoding, notebooks, suppressions, lowering, positions.

Import the modules directly; ``ir`` and ``codec`` do not load libcst, ``lower`` and ``positions`` do.
"""
