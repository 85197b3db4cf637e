"""The training protocol: which order of events breaks which rule, for whole trees of events."""

from __future__ import annotations

from lintnn.events.check import violations
from lintnn.events.loops import LoopFacts, LoopRole, loops
from lintnn.events.violation import Step, Violation

__all__ = ["LoopFacts", "LoopRole", "Step", "Violation", "loops", "violations"]
