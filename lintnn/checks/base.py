"""What a rule is to the program: a class of facts and, unless the engine reports it, a search over the model."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

from lintnn.config.rulebook import Family, Needs, Rule
from lintnn.findings import Confidence, FixKind, Report, Severity

if TYPE_CHECKING:
    from lintnn.model import SemanticModel

__all__ = ["AnalyserRule", "Check", "Family", "Needs", "RuleClass"]

S = TypeVar("S")


class RuleClass:
    """The facts of a rule. ``summary`` is one phrase that says what is reported."""

    code: ClassVar[str]
    name: ClassVar[str]
    family: ClassVar[Family]
    severity: ClassVar[Severity]
    confidence: ClassVar[Confidence]
    needs: ClassVar[Needs]
    fix: ClassVar[FixKind] = FixKind.NONE
    summary: ClassVar[str]

    @classmethod
    def facts(cls) -> Rule:
        """The same facts as data."""
        return Rule(
            code=cls.code,
            name=cls.name,
            family=cls.family,
            severity=cls.severity,
            confidence=cls.confidence,
            needs=cls.needs,
            fix=cls.fix,
            summary=cls.summary,
            origin=f"{cls.__module__}:{cls.__qualname__}",
        )


class AnalyserRule(RuleClass):
    """A rule about the analysis itself. The engine reports it; there is nothing to search for in the model."""

    family = Family.ANALYSER
    needs = Needs.SYNTAX


class Check(RuleClass, Generic[S]):
    """A rule that searches the model. Checks are pure: no input or output, no state between files."""

    def find(self, model: SemanticModel) -> Iterable[S]:
        """The places where the rule applies, with what is needed to word them."""
        raise NotImplementedError

    def explain(self, signal: S) -> Report:
        """Word one signal. A check whose signals are reports already need not define this."""
        if isinstance(signal, Report):
            return signal
        raise TypeError(f"{type(self).__name__}.explain must turn a {type(signal).__name__} into a Report")
