"""The findings of files, by rule."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from lintnn.checks import rulebook
from tests.engine.projects import check, write


def count_by_rule(files: Mapping[str, str], page_code: str) -> Counter[str]:
    """How often each rule of tiers 1 and 2 and the page's own rule report."""
    on = tuple(rule.code for rule in rulebook() if rule.tier <= 2 or rule.code == page_code)
    with tempfile.TemporaryDirectory(prefix="lintnn-metamorphic-") as name:
        folder = Path(name).resolve()
        write(folder, files)
        result = check(folder, select=on)
    assert result.errors == []
    return Counter(finding.code for finding in result.findings)
