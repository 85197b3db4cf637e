"""The facts of all rules, so that no check has to be imported to know them. Written by ``python -m lintnn.dev sync``."""

from lintnn.config.rulebook import Family, Needs, Rule
from lintnn.findings import Confidence, FixKind, Severity

RULES: tuple[Rule, ...] = (
    Rule(
        code="NN001",
        name="syntax-error",
        family=Family.ANALYSER,
        severity=Severity.ERROR,
        confidence=Confidence.HIGH,
        needs=Needs.SYNTAX,
        fix=FixKind.NONE,
        summary="A file or notebook cell cannot be decoded or parsed, so it is not analysed.",
        origin="lintnn.checks.analyser.syntax_error:SyntaxErrorRule",
    ),
    Rule(
        code="NN002",
        name="unused-suppression",
        family=Family.ANALYSER,
        severity=Severity.WARNING,
        confidence=Confidence.HIGH,
        needs=Needs.SYNTAX,
        fix=FixKind.SAFE,
        summary="A suppression comment suppresses nothing.",
        origin="lintnn.checks.analyser.unused_suppression:UnusedSuppression",
    ),
    Rule(
        code="NN003",
        name="unknown-rule-in-suppression",
        family=Family.ANALYSER,
        severity=Severity.WARNING,
        confidence=Confidence.HIGH,
        needs=Needs.SYNTAX,
        fix=FixKind.NONE,
        summary="A suppression comment names a rule that does not exist.",
        origin="lintnn.checks.analyser.unknown_rule_in_suppression:UnknownRuleInSuppression",
    ),
    Rule(
        code="NN009",
        name="internal-error",
        family=Family.ANALYSER,
        severity=Severity.ERROR,
        confidence=Confidence.HIGH,
        needs=Needs.SYNTAX,
        fix=FixKind.NONE,
        summary="A rule or the interpreter failed on this file; the other rules and files were still analysed.",
        origin="lintnn.checks.analyser.internal_error:InternalError",
    ),
)
