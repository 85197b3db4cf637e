"""NN805: a method that is spelled almost like one that Python or PyTorch calls."""

from __future__ import annotations

from collections.abc import Iterable

from lintnn.checks.base import Check, Family, Needs
from lintnn.checks.modules.spelling import distance
from lintnn.findings import Confidence, FixKind, Place, Report, Severity
from lintnn.frontend import ir
from lintnn.model import SemanticModel
from lintnn.values.assigned import walk
from lintnn.values.classes import ClassInfo, Method

SPECIAL = (
    "__init__",
    "__len__",
    "__getitem__",
    "__call__",
    "__iter__",
    "__next__",
    "__enter__",
    "__exit__",
    "__repr__",
    "__setitem__",
    "__new__",
)
VALID = frozenset(
    (
        "__abs__",
        "__add__",
        "__aenter__",
        "__aexit__",
        "__aiter__",
        "__and__",
        "__anext__",
        "__bool__",
        "__bytes__",
        "__contains__",
        "__del__",
        "__delattr__",
        "__delete__",
        "__delitem__",
        "__dir__",
        "__eq__",
        "__float__",
        "__format__",
        "__ge__",
        "__get__",
        "__getattr__",
        "__getattribute__",
        "__getitems__",
        "__gt__",
        "__hash__",
        "__index__",
        "__init_subclass__",
        "__instancecheck__",
        "__int__",
        "__invert__",
        "__le__",
        "__lt__",
        "__matmul__",
        "__missing__",
        "__mod__",
        "__mul__",
        "__ne__",
        "__neg__",
        "__or__",
        "__pos__",
        "__post_init__",
        "__pow__",
        "__prepare__",
        "__reversed__",
        "__round__",
        "__set__",
        "__set_name__",
        "__setattr__",
        "__str__",
        "__sub__",
        "__xor__",
    )
)
"""Names that Python or a library calls as well, however close they come."""
FORWARD = "forward"


class MisspelledSpecialMethod(Check[Report]):
    code = "NN805"
    name = "misspelled-special-method"
    family = Family.MODULES
    severity = Severity.ERROR
    confidence = Confidence.HIGH
    needs = Needs.SYMBOLS
    fix = FixKind.NONE
    summary = "a method called almost like `__init__`, `forward` or another name that Python or PyTorch calls, so nobody calls it"

    def find(self, model: SemanticModel) -> Iterable[Report]:
        """Near misses in classes that lack the right name, where nothing in the file uses the wrong one."""
        used = _used_names(model)
        for info in model.classes():
            for name, method in info.methods.items():
                meant = _meant(model, info, name, method)
                if meant and name not in used and not _has(model, info, meant):
                    yield self._report(info, name, meant, method)

    def _report(self, info: ClassInfo, name: str, meant: str, method: Method) -> Report:
        return Report(
            code=self.code,
            place=Place(method.function.path, method.function.at),
            message=f"`{info.name}` has a method `{name}`, but none called `{meant}`.",
            why=f"Nobody calls `{name}`: the class behaves as if the method were not there.",
            advice=f"Rename it to `{meant}`.",
            symbol=f"{info.name}.{name}",
        )


def _used_names(model: SemanticModel) -> frozenset[str]:
    attributes = {node.attr for node in model.nodes(ir.Attribute)}
    texts = {node.value for node in model.nodes(ir.Literal) if isinstance(node.value, str)}
    return frozenset(attributes | texts)


def _has(model: SemanticModel, info: ClassInfo, meant: str) -> bool:
    """Whether the class has the right name itself; a ``forward`` may also be inherited."""
    if meant in info.methods or meant in info.attributes:
        return True
    if meant == "__init__":
        return False
    return any(meant in model.class_by_key(entry).methods for entry in info.resolution if not isinstance(entry, str))


def _meant(model: SemanticModel, info: ClassInfo, name: str, method: Method) -> str:
    """The special name that a method was meant to have; empty if there is none."""
    if name == "__int__":
        return "__init__" if _is_constructor(info, name) else ""
    if name in VALID or name in SPECIAL:
        return ""
    if "_" in name[:1] or name.endswith("__"):
        return next((special for special in SPECIAL if _slipped(name, special)), "")
    if info.is_module and name[:1] == "f" and FORWARD not in name and 6 <= len(name) <= 8 and distance(name, FORWARD) == 1:
        return FORWARD
    return ""


def _slipped(name: str, special: str) -> bool:
    """One slip in the letters, or another number of underscores: never both."""
    letters, wanted = name.strip("_"), special.strip("_")
    left, right = len(name) - len(name.lstrip("_")), len(name) - len(name.rstrip("_"))
    if letters == wanted:
        return ((left, right) != (2, 2) and left >= 1 and right >= 1 and left + right >= 3) or (
            left == 2 and right == 0 and "get" in wanted
        )
    return (left, right) == (2, 2) and len(wanted) > 3 and distance(letters, wanted) == 1


def _is_constructor(info: ClassInfo, name: str) -> bool:
    """Whether ``__int__`` is written like a constructor: it takes arguments, or calls the constructor of its base."""
    method = next(member.function for member in info.node.body if isinstance(member, ir.FunctionDef) and member.function.name == name)
    calls_base = any(isinstance(node, ir.Attribute) and node.attr == "__init__" for node in walk(method))
    return len(method.parameters) > 1 or calls_base
