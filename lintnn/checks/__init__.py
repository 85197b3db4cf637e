"""The checks, one module per rule, and the registry of them.

:func:`rulebook` knows the facts of all rules without importing a check; :func:`all_checks` and :func:`load_checks` import them.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from importlib import import_module
from typing import Any

from lintnn.checks.base import AnalyserRule, Check, RuleClass
from lintnn.checks.catalogue import RULES
from lintnn.config.rulebook import Rule, Rulebook

__all__ = ["AnalyserRule", "Check", "RuleClass", "all_checks", "load_checks", "load_rule", "rulebook"]


@cache
def rulebook() -> Rulebook:
    """The facts of all rules."""
    return Rulebook(RULES)


def load_rule(rule: Rule) -> type[RuleClass]:
    """Import the class of a rule."""
    module, _, name = rule.origin.partition(":")
    loaded: type[RuleClass] = getattr(import_module(module), name)
    return loaded


def load_checks(codes: Collection[str]) -> tuple[type[Check[Any]], ...]:
    """The checks of these codes, sorted by code; rules that the engine reports itself have none."""
    loaded = (load_rule(rule) for rule in rulebook() if rule.code in codes)
    return tuple(found for found in loaded if issubclass(found, Check))


def all_checks() -> tuple[type[Check[Any]], ...]:
    """Every check, sorted by code."""
    return load_checks({rule.code for rule in rulebook()})
