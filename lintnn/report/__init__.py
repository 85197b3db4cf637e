"""Findings as text. Each format is a module with a ``render`` function that is imported when it is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from lintnn.config.settings import OutputFormat

if TYPE_CHECKING:
    from lintnn.report.context import Reporter

_RENDERERS: dict[OutputFormat, str] = {
    "full": "full:render",
    "concise": "concise:render",
    "grouped": "grouped:render",
    "json": "jsons:render",
    "json-lines": "jsons:render_lines",
    "sarif": "sarif:render",
    "github": "github:render",
    "gitlab": "gitlab:render",
    "junit": "junit:render",
    "rdjson": "rdjson:render",
    "azure": "azure:render",
    "pylint": "pylint:render",
}

FOR_PEOPLE: frozenset[OutputFormat] = frozenset({"full", "concise", "grouped"})
"""The formats that use colours and end with a summary."""


def reporter(name: OutputFormat) -> Reporter:
    """The function that writes this format."""
    return _load(_RENDERERS[name])


def statistics_reporter(name: OutputFormat) -> Reporter:
    """The function that writes counts, as text or, for the formats of machines, as JSON."""
    return _load("statistics:render_text" if name in FOR_PEOPLE else "statistics:render_json")


def _load(target: str) -> Reporter:
    module, _, function = target.partition(":")
    loaded: Reporter = getattr(import_module(f"{__name__}.{module}"), function)
    return loaded
