"""NN905: an evaluation loader that leaves out the last batch."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.checks.data.loaders import loaders
from lintnn.findings import Confidence, FixKind, Report, Severity
from lintnn.model import SemanticModel
from lintnn.values.domain import TRUE


class DropLastInEvaluation(Check[Report]):
    code = "NN905"
    name = "drop-last-in-evaluation"
    family = Family.DATA
    severity = Severity.WARNING
    confidence = Confidence.MEDIUM
    needs = Needs.VALUES
    fix = FixKind.NONE
    summary = "`drop_last=True` on an evaluation loader: some samples are never evaluated"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Evaluation loaders that surely drop the last batch."""
        for loader in loaders(model):
            if loader.role != "evaluation" or not model.every(loader.argument("drop_last"), lambda fact: fact == TRUE):
                continue
            yield Report(
                code=self.code,
                place=loader.made.site.place,
                message="The loader of the evaluation data drops the last batch.",
                why="Up to a batch of samples is never evaluated, always the same ones: the metric is that of another data set.",
                advice="Leave `drop_last` out; average over samples, so that a short batch does not count too much.",
                confidence=Confidence.MEDIUM,
                symbol=loader.made.site.symbol,
            )
