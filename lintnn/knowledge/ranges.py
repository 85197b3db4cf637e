"""In which range the numbers of a tensor lie, and whether they reach zero: what each operation makes of the range it is given.

A table line reads ``operand result`` or, for two operands, ``left right result``; a dot is a range of which nothing is known. What stands
in no line gives a range of which nothing is known.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

Range = Literal[
    "", "positive", "nonnegative", "magnitude", "probability", "zero", "mask", "count", "spread", "difference", "unit", "fraction",
    "nonpositive", "index", "direction", "overlap", "score"
]  # fmt: skip
"""``positive``: above 0. The next ones are at least 0. ``nonnegative``: no more is known. ``magnitude``: 0 where something of which
nothing is known is 0. ``probability``: rounds to 0. ``zero``: 0 is an ordinary value. ``mask``: 0 or 1. ``count``: a sum or mean of
masks. ``spread``: a standard deviation or variance. ``fraction``: at most 1, and both ends are ordinary. ``nonpositive``: at most 0.
``index``: consecutive numbers, which lengths are compared with. Of either sign: ``difference``: 0 where two tensors agree. ``unit``:
between -1 and 1, and both ends are ordinary. ``direction``: vectors of length 1. ``overlap``: their products, not summed yet. ``score``:
an output of a network or a parameter, which is 0 by chance only; no tensor keeps it, operands are read so."""

AT_LEAST_0 = frozenset({"positive", "nonnegative", "magnitude", "probability", "zero", "mask", "count", "spread", "fraction"})
REACHES_0 = frozenset({"zero", "mask", "count", "spread", "fraction"})
"""Ranges in which 0 is an ordinary value."""


def _unary(lines: str) -> dict[str, str]:
    """A table of ``operand result`` pairs."""
    items = lines.replace(".", "").split(",")
    return {words[0] if len(words) > 1 else "": words[-1] for words in (item.split() for item in items)}


def _binary(lines: str) -> dict[tuple[str, str], str]:
    """A table of ``left right result`` triples; both orders."""
    found: dict[tuple[str, str], str] = {}
    for line in lines.split(","):
        left, right, result = ("" if word == "." else word for word in line.split())
        found[left, right] = found[right, left] = result
    return found


def _each(operations: str, table: dict[str, str]) -> Iterable[tuple[str, dict[str, str]]]:
    return ((name, table) for name in operations.split())


KEPT = {one: one for one in (*AT_LEAST_0, "nonpositive", "index", "difference", "unit", "direction", "overlap")}
"""The same numbers in another arrangement."""
SELECTED = {**KEPT, "direction": "unit"}
"""Some of the numbers."""
EXTREME = {**KEPT, "probability": "nonnegative", "spread": "nonnegative", "direction": "unit", "difference": "", "overlap": ""}
"""The greatest or least of some numbers."""
SUMMED = {
    "positive": "positive", "nonnegative": "nonnegative", "magnitude": "magnitude", "probability": "nonnegative", "zero": "zero",
    "mask": "count", "count": "count", "spread": "nonnegative", "fraction": "zero", "overlap": "unit",
}  # fmt: skip
"""Numbers along an axis, added or averaged."""
SUMMED_UP = {**SUMMED, "zero": "nonnegative", "magnitude": "nonnegative", "fraction": "nonnegative"}
"""All numbers of a tensor: a sum of so many is 0 by chance only, unless they are masks."""
ZEROED = {**KEPT, "positive": "nonnegative", "direction": "unit", "probability": "zero"}
"""Some of the numbers become 0."""
TRUNCATED = {**dict.fromkeys(AT_LEAST_0, "nonnegative"), "mask": "mask", "count": "count", "zero": "zero"}
SIZES = {
    "positive": "positive", "nonnegative": "nonnegative", "magnitude": "magnitude", "probability": "probability", "zero": "zero",
    "mask": "mask", "count": "count", "spread": "spread", "fraction": "fraction", "difference": "zero", "unit": "fraction",
    "direction": "fraction", "overlap": "nonnegative", "nonpositive": "nonnegative", "index": "", "score": "nonnegative", "": "magnitude",
}  # fmt: skip
"""Squares and absolute values."""
LENGTHS = {
    **SIZES,
    "mask": "zero",
    "count": "zero",
    "spread": "zero",
    "fraction": "zero",
    "probability": "nonnegative",
    "direction": "nonnegative",
}
ROOTS = {**{one: one for one in AT_LEAST_0}, "": "nonnegative", "score": "nonnegative", "difference": "nonnegative"}
SPREADS = {**dict.fromkeys(("", *KEPT), "spread"), "score": "nonnegative"}
COMPLEMENTS = {"mask": "mask", "probability": "probability", "fraction": "fraction"}
"""``1 - x``."""

UNARY: dict[str, dict[str, str]] = dict(
    (
        *_each("relu hardsigmoid relu6 sparsemax cdist dist", dict.fromkeys((*KEPT, "score", ""), "zero")),
        *_each("softmax softmin sigmoid gumbel_softmax", dict.fromkeys((*KEPT, "score", ""), "probability")),
        *_each(
            "one_hot isnan isinf isfinite isposinf isneginf isreal signbit logical_not eq ne lt le gt ge isclose isin logical_and "
            "logical_or logical_xor all any bool",
            {**dict.fromkeys((*KEPT, "score", ""), "mask"), "index": ""},
        ),
        *_each("bitwise_not", {"mask": "mask"}),
        *_each("count_nonzero", dict.fromkeys((*KEPT, "score", ""), "count")),
        *_each("exp exp2 softplus pairwise_distance argmax argmin", dict.fromkeys((*KEPT, "score", ""), "nonnegative")),
        *_each("tanh", {**dict.fromkeys((*KEPT, "score", ""), "unit"), **dict.fromkeys(AT_LEAST_0, "fraction")}),
        *_each("cosine_similarity", dict.fromkeys((*KEPT, "score", ""), "unit")),
        *_each("log_softmax log_sigmoid", dict.fromkeys((*KEPT, "score", ""), "nonpositive")),
        *_each("normalize", dict.fromkeys((*KEPT, "score", ""), "direction")),
        *_each("square abs", SIZES),
        *_each("norm vector_norm matrix_norm", LENGTHS),
        *_each("sqrt", ROOTS),
        *_each("std var", SPREADS),
        *_each("sum nansum mean nanmean", SUMMED),
        *_each(
            "max min amax amin median nanmedian quantile max_pool1d max_pool2d max_pool3d adaptive_max_pool1d adaptive_max_pool2d", EXTREME
        ),
        *_each("avg_pool1d avg_pool2d avg_pool3d adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d", SUMMED),
        *_each("prod", {"probability": "probability", "zero": "zero", "mask": "mask", "positive": "nonnegative"}),
        *_each("neg", {**dict.fromkeys(AT_LEAST_0, "nonpositive"), "difference": "difference", "unit": "unit", "direction": "direction"}),
        *_each("getitem gather take take_along_dim index_select select narrow chunk split unbind topk sort diag diagonal", SELECTED),
        *_each("dropout dropout1d dropout2d dropout3d pad tril triu pad_sequence", ZEROED),
        *_each(
            "alpha_dropout feature_alpha_dropout interpolate upsample copy masked_scatter where where_method cat hstack vstack stack", {}
        ),
        *_each("masked_fill masked_select nan_to_num", dict.fromkeys(AT_LEAST_0, "nonnegative")),
        *_each("long int short char byte floor trunc round ceil", TRUNCATED),
    )
)
"""What an operation makes of one tensor. Operations that only rearrange are not listed: they keep the range."""

SUMS = _binary(
    "positive positive positive, positive nonnegative positive, positive magnitude positive, positive probability positive,"
    "positive zero positive, positive mask positive, positive count positive, positive spread positive, positive fraction positive,"
    "nonnegative nonnegative nonnegative, nonnegative magnitude nonnegative, nonnegative probability nonnegative,"
    "nonnegative zero nonnegative, nonnegative mask nonnegative, nonnegative count nonnegative, nonnegative spread nonnegative,"
    "magnitude magnitude magnitude, magnitude zero magnitude, zero zero zero, count count count, mask mask count, mask count count,"
    "spread spread spread, probability probability nonnegative, probability magnitude nonnegative, probability zero nonnegative,"
    "mask zero zero, count zero zero, mask probability nonnegative, spread magnitude nonnegative, spread zero nonnegative"
)
PRODUCTS = _binary(
    "positive positive nonnegative, positive nonnegative nonnegative, positive magnitude magnitude, positive probability nonnegative,"
    "positive zero zero, positive mask zero, positive count zero, positive spread spread, positive fraction zero,"
    "nonnegative nonnegative nonnegative, nonnegative magnitude magnitude, nonnegative probability nonnegative,"
    "nonnegative zero zero, nonnegative mask zero, nonnegative count zero, nonnegative spread nonnegative,"
    "magnitude magnitude magnitude, magnitude zero zero, magnitude mask zero, magnitude probability magnitude,"
    "magnitude count zero, magnitude spread magnitude, zero zero zero, zero mask zero, zero count zero, zero probability zero,"
    "zero spread zero, mask mask mask, mask probability zero, mask count zero, mask spread zero,"
    "probability probability probability, spread spread spread, fraction fraction fraction, mask fraction fraction,"
    "direction direction overlap, difference positive difference, probability fraction probability"
)
QUOTIENTS = {
    (left, right): {
        "positive": "nonnegative",
        "probability": "nonnegative",
        "spread": "nonnegative",
        "fraction": "zero",
        "mask": "zero",
    }.get(left, left)
    for left in AT_LEAST_0
    for right in AT_LEAST_0
} | {("difference", right): "difference" for right in AT_LEAST_0}
MIXTURES = {(left, right): left if left == right else "nonnegative" for left in AT_LEAST_0 for right in AT_LEAST_0}
"""Each number is one of either tensor."""
LARGER = MIXTURES | {pair: "positive" for one in (*KEPT, "score", "") for pair in (("positive", one), (one, "positive"))}
SMALLER = MIXTURES
INNER = {
    ("direction", "direction"): "unit",
    ("mask", "mask"): "count",
    **{pair: found for pair, found in PRODUCTS.items() if found in ("zero", "magnitude", "nonnegative")},
    ("probability", "probability"): "nonnegative",
}

BINARY: dict[str, dict[tuple[str, str], str]] = {
    "add": SUMS, "mul": PRODUCTS, "div": QUOTIENTS, "maximum": LARGER, "max": LARGER, "minimum": SMALLER, "min": SMALLER,
    "where": MIXTURES, "where_method": MIXTURES, "matmul": INNER, "mm": INNER, "bmm": INNER, "mv": INNER, "dot": INNER, "inner": INNER,
    "linear": INNER, "hypot": SUMS, "bitwise_and": {("mask", "mask"): "mask"}, "bitwise_or": {("mask", "mask"): "mask"},
    "bitwise_xor": {("mask", "mask"): "mask"},
}  # fmt: skip
"""What an operation makes of two tensors, or of a tensor and a number."""

SCALED = {one: one for one in ("positive", "nonnegative", "magnitude", "zero", "count", "spread", "difference")} | {
    "probability": "nonnegative",
    "mask": "zero",
    "fraction": "zero",
}
"""What a positive number makes of what it multiplies or divides."""
