"""Measure the budgets on a tree of Python files.

python -m tests.bench.run TREE
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.bench.budgets import cold, cold_budget, growth_budget, heavy_imports, memory_budget, phase_seconds, startup_budgets

NOT_MEASURED = (
    "TorchFix 0.7.0 on the same tree",
    "torch-preflight on the same tree",
    "cached run of an unchanged tree",
    "one keystroke, server",
)


def phase_lines(seconds: dict[str, float]) -> Iterator[str]:
    """Time per package, most first."""
    total = sum(seconds.values()) or 1.0
    yield f"CPU by package of lintnn, sampled ({total:.2f} s):"
    for name, spent in seconds.items():
        yield f"     {name:20} {spent:8.2f} s {100 * spent / total:5.1f} %"


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table; 1 when a budget is exceeded."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tree", type=Path)
    parser.add_argument("--repeat", type=int, default=1, help="take the fastest of this many runs")
    parser.add_argument("--phases-only", action="store_true")
    options = parser.parse_args(argv)
    if not options.phases_only:
        budgets = [
            cold_budget(options.tree, repeat=options.repeat),
            memory_budget(options.tree, cold(options.tree)),
            growth_budget(options.tree),
            *startup_budgets(options.tree),
        ]
        print(*(budget.line() for budget in budgets), sep="\n")
        for arguments in (("--version",), ("explain", "NN101")):
            imported = heavy_imports(options.tree, *arguments)
            print(
                f"{'OVER' if imported else 'ok  '} lintnn {' '.join(arguments)} imports: {', '.join(imported) or 'no libcst, no networkx'}"
            )
        print(*(f"     {name}: not measured" for name in NOT_MEASURED), sep="\n")
        failed = [budget.name for budget in budgets if not budget.kept]
    else:
        failed = []
    print(*phase_lines(phase_seconds(options.tree)), sep="\n")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
