"""``SemanticModel``: what is known of one file after its evaluation, as questions that rules ask.

Polarity. *Presence* rules (a softmax reaches the loss) ask :meth:`SemanticModel.certainly`: the property must hold for sure on some
alternative that can happen there. *Absence* rules (nothing clears) come as :meth:`violations`, where whatever possibly excuses has already
counted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from lintnn.events import LoopFacts, Violation, loops, violations
from lintnn.findings import Confidence, Note, Place
from lintnn.frontend import ir
from lintnn.model.liveness import Liveness, liveness
from lintnn.model.nests import Nest, nests
from lintnn.model.syntax import Imported, Routine, routines
from lintnn.values.assigned import walk
from lintnn.values.classes import ClassInfo, Method, find_method
from lintnn.values.domain import Fact, Guard, Tensor, Value, alternatives, contradicts, free_choices, needs_empty_loop
from lintnn.values.happenings import ObjectId, Trace
from lintnn.values.heap import MODULE_KINDS, HeapObject
from lintnn.values.records import (
    Accumulation,
    AttributeStore,
    BackwardCall,
    Carried,
    Construction,
    Discarded,
    HeldModules,
    LossCall,
    ModuleCall,
    NextOfIter,
    OperationCall,
    Rebinding,
    Record,
    Site,
    Statement,
    SymbolCall,
    TensorStore,
    Uninitialised,
)
from lintnn.values.roots import Unit
from lintnn.values.run import Run

R = TypeVar("R", bound=Record)
N = TypeVar("N")
D = TypeVar("D")
MAX_IMPORTED = 60
"""Files that are looked into for a mention."""
_VARIABLES = re.compile(r"(?<![\w@.'\"])[A-Za-z_][\w.]*(?![\w.(])")
"""The names of variables in the symbol of a value."""
FULL_CHOICES = 1
"""A report at full confidence rests on at most one free choice."""


class Alternative:
    """One way a property holds: the fact, and the free choices it rests on."""

    __slots__ = ("choices", "fact")

    def __init__(self, fact: Fact, choices: int) -> None:
        self.fact = fact
        self.choices = choices

    @property
    def confidence(self) -> Confidence:
        """High on at most one free choice."""
        return Confidence.HIGH if self.choices <= FULL_CHOICES else Confidence.MEDIUM


class SemanticModel:
    """All that rules may ask about one file."""

    def __init__(self, path: str, module: ir.Module, unit: Unit, run: Run) -> None:
        self.path = path
        self.module = module
        self._unit = unit
        self._run = run
        self._violations: list[tuple[Trace, Violation]] | None = None
        self._nodes: dict[type, list[object]] | None = None
        self._nests: list[Nest] | None = None
        self._routines: list[Routine] | None = None
        self._imported: Imported | None = None
        self._derived: dict[Callable[..., object], object] = {}
        self._liveness: dict[int, Liveness | None] = {}

    # --- records ----------------------------------------------------------------------------------

    def _records(self, kind: type[R]) -> Iterator[R]:
        return (record for record in self._unit.records if type(record) is kind)

    def loss_calls(self) -> Iterator[LossCall]:
        """Calls of losses: objects, functions and estimators."""
        return self._records(LossCall)

    def operation_calls(self, *names: str) -> Iterator[OperationCall]:
        """Calls of canonical operations, of these names or all."""
        return (call for call in self._records(OperationCall) if not names or call.operation.name in names)

    def module_calls(self) -> Iterator[ModuleCall]:
        """Calls of modules whose object is known."""
        return self._records(ModuleCall)

    def constructions(self) -> Iterator[Construction]:
        """Library objects and legacy tensors that are made."""
        return self._records(Construction)

    def attribute_stores(self) -> Iterator[AttributeStore]:
        """``x.name = value``."""
        return self._records(AttributeStore)

    def tensor_stores(self) -> Iterator[TensorStore]:
        """``x.name = value`` where ``x`` is a tensor, a parameter or unknown."""
        return self._records(TensorStore)

    def held_modules(self) -> Iterator[HeldModules]:
        """Attributes of modules that hold sub-modules in plain containers."""
        return self._records(HeldModules)

    def uninitialised(self) -> Iterator[Uninitialised]:
        """Module classes whose ``__init__`` never reaches the one of ``nn.Module``."""
        return self._records(Uninitialised)

    def accumulations(self) -> Iterator[Accumulation]:
        """Values that are added to or kept in something that outlives an iteration."""
        return self._records(Accumulation)

    def discarded_results(self) -> Iterator[Discarded]:
        """Out-of-place tensor methods used as statements."""
        return self._records(Discarded)

    def backward_calls(self) -> Iterator[BackwardCall]:
        """Values on which backward is called."""
        return self._records(BackwardCall)

    def statements(self) -> Iterator[Statement]:
        """Expression statements that name a method without a call, or make a context manager."""
        return self._records(Statement)

    def nexts_of_iter(self) -> Iterator[NextOfIter]:
        """``next(iter(x))`` inside loops."""
        return self._records(NextOfIter)

    def rebindings(self) -> Iterator[Rebinding]:
        """Names of criteria that are rebound to their result."""
        return self._records(Rebinding)

    def symbol_calls(self) -> Iterator[SymbolCall]:
        """Calls of things known by name only, with values that hang on a graph."""
        return self._records(SymbolCall)

    def carried(self) -> Iterator[Carried]:
        """Module calls that get an attached value of an earlier iteration."""
        return self._records(Carried)

    # --- values -----------------------------------------------------------------------------------

    def certainly(self, value: Value | None, property_: Callable[[Fact], bool], site: Site) -> Alternative | None:
        """The best alternative on which the property holds for sure and that can happen at the site; None if there is none.

        Alternatives that hold only in evaluation mode (``not self.training``) are left out: losses are computed in training. That a
        value is one of several is a choice, and so is every callee on the way to the site that was one of several. That a loop which
        changes the value had no round at all counts for nothing.
        """
        if value is None:
            return None
        options = [pair for pair in alternatives(value) if not contradicts(pair[1], site.path) and not _is_beside_the_point(pair[1])]
        if options and all(property_(fact) for fact, _ in options):
            return Alternative(options[0][0], site.choices)
        least = site.choices + (len(options) > 1)
        holding = [(fact, guard - site.path) for fact, guard in options if property_(fact)]
        if not holding:
            return None
        fact, _ = min(holding, key=lambda pair: free_choices(pair[1]))
        fewest = min(free_choices(guard) for guard in _resolved({guard for _, guard in holding}))
        return Alternative(fact, max(least, min(fewest, 1 if len(options) <= 2 else 2)))

    def every(self, value: Value | None, property_: Callable[[Fact], bool]) -> bool:
        """Whether the property holds on every alternative."""
        return value is not None and all(property_(fact) for fact, _ in alternatives(value))

    def possibly(self, value: Value | None, property_: Callable[[Fact], bool]) -> bool:
        """Whether the property may hold on some alternative; for absence rules."""
        return value is not None and any(property_(fact) for fact, _ in alternatives(value))

    def tensor_where(self, value: Value | None, site: Site, property_: Callable[[Tensor], bool]) -> tuple[Tensor, Confidence] | None:
        """The tensor alternative with a property, and the confidence that its choices leave."""
        found = self.certainly(value, lambda fact: type(fact) is Tensor and property_(fact), site)
        if found is None or type(found.fact) is not Tensor:
            return None
        return found.fact, found.confidence

    def is_tested(self, tensor: Tensor, site: Site) -> bool:
        """Whether a condition on the way to a place was about what the tensor was computed from, so that it may exclude some numbers."""
        return any(self._is_about(condition, tensor) for condition, _ in site.path)

    def _is_about(self, condition: str, tensor: Tensor) -> bool:
        if any(symbol in condition and not lineage.isdisjoint(tensor.lineage) for symbol, lineage in self._run.tested.items()):
            return True
        return not set(_VARIABLES.findall(condition)).isdisjoint(_VARIABLES.findall(tensor.symbol))

    def trail(self, tensor: Tensor) -> tuple[Note, ...]:
        """The trail of a tensor as notes for a report, from where the fact arose."""
        return tuple(Note(place, label) for place, label in tensor.trail.steps())

    def origin(self, place: Place) -> int:
        """A place as the lineages of tensors name it."""
        return self._run.origin_of(place.path, place.at)

    # --- objects ----------------------------------------------------------------------------------

    def object(self, one: ObjectId) -> HeapObject:
        """An object by its identity."""
        return self._run.heap[one]

    def objects_of_kind(self, kind: str) -> list[ObjectId]:
        """All objects of a kind that were made anywhere in the evaluation."""
        return [one for one, object_ in self._run.heap.items() if object_.kind == kind]

    def is_module(self, one: ObjectId) -> bool:
        """Whether an object is certainly a module, by what made it or by its annotation or use."""
        return self._run.heap[one].kind in MODULE_KINDS or self._run.is_module_symbol(one)

    def is_module_symbol(self, symbol: str) -> bool:
        """The same of a symbol."""
        one = self._run.symbols.get(symbol)
        return one is not None and self.is_module(one)

    def method(self, info: ClassInfo, name: str) -> Method | None:
        """The method that instances of a project class have under a name."""
        return find_method(self._run, info, name)

    def class_of(self, one: ObjectId) -> ClassInfo | None:
        """The project class of an object."""
        key = self._run.heap[one].class_key
        return None if key is None else self._run.classes[key]

    def classes(self) -> Iterator[ClassInfo]:
        """The classes of this file that were evaluated, in order."""
        return (info for key, info in sorted(self._run.classes.items()) if key[0] == self.path)

    def class_by_key(self, key: tuple[str, int]) -> ClassInfo:
        """A project class by its key."""
        return self._run.classes[key]

    # --- events -----------------------------------------------------------------------------------

    def violations(self, machine: str) -> Iterator[tuple[Trace, Violation]]:
        """Broken protocols of this machine, with the root in which they were found."""
        if self._violations is None:
            self._violations = [(trace, one) for trace in self._unit.traces for one in violations(trace)]
        return ((trace, one) for trace, one in self._violations if one.machine == machine)

    def traces(self) -> list[Trace]:
        """The event trees of all roots."""
        return self._unit.traces

    def loops(self, trace: Trace) -> list[LoopFacts]:
        """The loops of a root and what they are for."""
        return loops(trace)

    # --- syntax -----------------------------------------------------------------------------------

    def nodes(self, kind: type[N]) -> list[N]:
        """All IR nodes of a type in this file."""
        if self._nodes is None:
            self._nodes = {}
            for node in walk(self.module):
                self._nodes.setdefault(type(node), []).append(node)
        return self._nodes.get(kind, [])  # type: ignore[return-value]

    def nests(self) -> list[Nest]:
        """The loops of this file that stand in other loops of the same function."""
        if self._nests is None:
            self._nests = nests(self.module, self.nodes(ir.FunctionDef))
        return self._nests

    def module_methods(self) -> Iterator[tuple[ClassInfo, ir.Function]]:
        """The methods of the module classes of this file, as they are written."""
        for info in self.classes():
            if info.is_module:
                for statement in info.node.body:
                    if isinstance(statement, ir.FunctionDef):
                        yield info, statement.function

    def liveness(self, function: ir.Function) -> Liveness | None:
        """Which values of local variables a function reads; None where that cannot be told."""
        if function.at not in self._liveness:
            self._liveness[function.at] = liveness(function)
        return self._liveness[function.at]

    def other_uses(self, name: str, owner: str) -> bool:
        """Whether another file of the project may read the attribute ``name`` of instances of the class ``owner``."""
        return self._run.table.uses().reads(name, owner, self.path)

    def routines(self) -> list[Routine]:
        """The functions and methods of this file, and its top level, statement by statement."""
        if self._routines is None:
            self._routines = routines(self.module)
        return self._routines

    def library_name(self, expression: ir.Expr | None) -> str:
        """What a dotted name means by the imports of this file: ``torch.optim.Adam``; empty if no import tells."""
        if self._imported is None:
            self._imported = Imported(self.module)
        return self._imported.name_of(expression)

    def imports_mention(self, *names: str) -> bool:
        """Whether this file, or a project file that it imports, at once or through others, mentions one of these identifiers."""
        table = self._run.table
        pending, seen = [self.path], {self.path}
        while pending and len(seen) < MAX_IMPORTED:
            path = pending.pop(0)
            module = self.module if path == self.path else table.files.module(path)
            symbols = table.of(path)
            if module is None or symbols is None:
                continue
            if any(name in module.attributes for name in names):
                return True
            wanted = [
                *((source, level, name) for source, level, name in symbols.modules.values()),
                *((*star, None) for star in symbols.stars),
            ]
            for source, level, name in wanted:
                for target in (table.imports.resolve(path, source, level), table.imports.resolve(path, f"{source}.{name}", level)):
                    if target is not None and target not in seen:
                        seen.add(target)
                        pending.append(target)
        return False

    def derived(self, make: Callable[[SemanticModel], D]) -> D:
        """What a function makes of this model, made once for all rules that ask."""
        if make not in self._derived:
            self._derived[make] = make(self)
        return self._derived[make]  # type: ignore[return-value]

    def mentions(self, *names: str) -> bool:
        """Whether the file mentions one of these identifiers; a cheap first question."""
        return any(name in self.module.attributes for name in names)


def _resolved(guards: set[Guard]) -> set[Guard]:
    """The guards, and those that follow from two of them: what holds whether or not a condition does needs no choice about it."""
    found = set(guards)
    for left in guards:
        for right in guards:
            apart = left ^ right
            if len(apart) == 2 and len({condition for condition, _ in apart}) == 1:
                found.add(left & right)
    return found


def _is_beside_the_point(guard: Guard) -> bool:
    """Whether an alternative only exists in evaluation mode, or where a loop had no round."""
    return needs_empty_loop(guard) or any(condition.endswith(".training") and not truth for condition, truth in guard)


def notes(*steps: tuple[Place, str]) -> tuple[Note, ...]:
    """Notes out of places and messages."""
    return tuple(Note(place, message) for place, message in steps)


def unique(items: Iterable[tuple[Place, R]]) -> list[R]:
    """Of items at the same place the first one."""
    found: dict[Place, R] = {}
    for place, item in items:
        found.setdefault(place, item)
    return list(found.values())
