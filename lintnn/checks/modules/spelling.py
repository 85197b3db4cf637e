"""How far apart two names are."""

from __future__ import annotations


def distance(left: str, right: str) -> int:
    """How many letters were dropped, added, replaced or swapped."""
    rows = [list(range(len(right) + 1))]
    for row, letter in enumerate(left, 1):
        rows.append([row])
        for column, other in enumerate(right, 1):
            best = min(rows[row - 1][column] + 1, rows[row][-1] + 1, rows[row - 1][column - 1] + (letter != other))
            if row > 1 and column > 1 and letter == right[column - 2] and left[row - 2] == other:
                best = min(best, rows[row - 2][column - 2] + 1)
            rows[row].append(best)
    return rows[-1][-1]
