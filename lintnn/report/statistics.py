"""``--statistics``: how many findings each rule has."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence

from lintnn.findings import Finding
from lintnn.report.context import ReportContext
from lintnn.report.summary import summary


def render_text(findings: Sequence[Finding], context: ReportContext) -> Iterator[str]:
    """A line for each rule, most findings first, then the summary."""
    counts = _counts(findings)
    widest = max((len(str(count)) for _, _, count in counts), default=0)
    for code, name, count in counts:
        yield f"{count:>{widest}}  {context.palette.paint(code, 'bold')}  {name}\n"
    yield summary(findings, context) + "\n"


def render_json(findings: Sequence[Finding], context: ReportContext) -> Iterator[str]:
    """The same as a list of objects."""
    yield json.dumps([{"code": code, "name": name, "count": count} for code, name, count in _counts(findings)], indent=2) + "\n"


def _counts(findings: Sequence[Finding]) -> list[tuple[str, str, int]]:
    counts = Counter((finding.code, finding.name) for finding in findings)
    return [(code, name, count) for (code, name), count in sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))]
