"""The facts about a rule, and the collection of all rules that selectors, reports and faces look things up in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import IntEnum, StrEnum

from msgspec import Struct

from lintnn.config.errors import did_you_mean
from lintnn.findings import Confidence, FixKind, Severity


class Family(StrEnum):
    """A group of rules; its position is the digit after ``NN`` in their codes."""

    ANALYSER = "analyser"
    TRAINING = "training"
    MODES = "modes"
    LOSSES = "losses"
    NUMERICS = "numerics"
    DTYPES = "dtypes"
    SHAPES = "shapes"
    MEMORY = "memory"
    MODULES = "modules"
    DATA = "data"

    @property
    def prefix(self) -> str:
        """The beginning of the codes of this family, ``NN3``."""
        return f"NN{list(Family).index(self)}"

    @property
    def heading(self) -> str:
        """What the family is about, for headings."""
        return _HEADINGS[self]


_HEADINGS = {
    Family.ANALYSER: "The analyser itself",
    Family.TRAINING: "Training loop",
    Family.MODES: "Train and eval mode, gradient context",
    Family.LOSSES: "What goes into the loss",
    Family.NUMERICS: "Numerics",
    Family.DTYPES: "dtype and device",
    Family.SHAPES: "Shapes",
    Family.MEMORY: "Autograd graph and memory",
    Family.MODULES: "Module structure",
    Family.DATA: "Data, reproducibility, checkpoints",
}


class Needs(IntEnum):
    """The deepest layer of the analysis that a rule asks for; a layer includes those before it."""

    SYNTAX = 0
    SYMBOLS = 1
    VALUES = 2
    EVENTS = 3
    TRACE = 4


_TIERS = {Confidence.HIGH: 1, Confidence.MEDIUM: 2, Confidence.LOW: 3}


class Rule(Struct, frozen=True, gc=False):
    """The facts of one rule. ``origin`` is ``module:class``; it is empty for rules that the engine reports itself."""

    code: str
    name: str
    family: Family
    severity: Severity
    confidence: Confidence
    needs: Needs
    fix: FixKind
    summary: str
    origin: str = ""

    @property
    def tier(self) -> int:
        """1: on by default; 2: on when selected; 3: notes, on when selected."""
        return _TIERS[self.confidence]

    @property
    def page_name(self) -> str:
        """The file name of the rule's page."""
        return f"{self.code}-{self.name}.md"


class Rulebook:
    """All rules, in the order of their codes."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules = tuple(sorted(rules, key=lambda rule: rule.code))
        self._by_key = {key: rule for rule in self.rules for key in (rule.code.casefold(), rule.name)}

    def __iter__(self) -> Iterator[Rule]:
        return iter(self.rules)

    def __len__(self) -> int:
        return len(self.rules)

    def get(self, code_or_name: str) -> Rule | None:
        """The rule of that code or name, in any case."""
        return self._by_key.get(code_or_name.casefold())

    def suggestion(self, word: str) -> str:
        """`` (did you mean `x`?)`` for a code or name close to ``word``; after a word that starts like a code only codes."""
        looks_like_code = word[:2].upper() == "NN" and word[2:3].isdigit()
        known = [rule.code for rule in self.rules] if looks_like_code else [rule.name for rule in self.rules] + [*Family, "ALL"]
        return did_you_mean(word, known)
