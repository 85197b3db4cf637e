"""What the source says at a place: the call there, the names that an expression rests on."""

from __future__ import annotations

from collections.abc import Iterator

from lintnn.findings import Place
from lintnn.frontend import ir
from lintnn.model.semantic_model import SemanticModel
from lintnn.values.assigned import walk

FOLLOWED = 2
"""How many assignments a name is followed through."""


def call_at(model: SemanticModel, place: Place) -> ir.Call | None:
    """The call at a place of this file."""
    if place.path != model.path:
        return None
    return next((call for call in model.nodes(ir.Call) if call.at == place.at), None)


def argument(call: ir.Call, name: str, parameters: tuple[str, ...]) -> ir.Expr | None:
    """The expression that a call gives for a parameter."""
    for one in call.args:
        if one.keyword == name:
            return one.value
    index = parameters.index(name) if name in parameters else len(call.args)
    plain = [one for one in call.args if one.keyword is None]
    return plain[index].value if index < len(plain) and not any(one.star for one in plain) else None


def dotted(expression: ir.Expr) -> str:
    """A dotted name as text; empty for anything else."""
    parts: list[str] = []
    while isinstance(expression, ir.Attribute):
        parts.append(expression.attr)
        expression = expression.value
    return ".".join([expression.id, *reversed(parts)]) if isinstance(expression, ir.Name) else ""


def words(model: SemanticModel, expression: ir.Expr, follow: int = FOLLOWED) -> frozenset[str]:
    """The names, attributes and texts that an expression rests on, in small letters; a name that is assigned in this file stands for
    what it is assigned."""
    found: set[str] = set()
    for part in walk(expression):
        if isinstance(part, ir.Name):
            sources = list(_sources(model, part.id)) if follow else []
            if sources:
                found.update(*(words(model, source, follow - 1) for source in sources))
            else:
                found.add(part.id.lower())
        elif isinstance(part, ir.Attribute):
            found.add(part.attr.lower())
        elif isinstance(part, ir.Literal) and isinstance(part.value, str):
            found.add(part.value.lower())
    return frozenset(found)


def _sources(model: SemanticModel, name: str) -> Iterator[ir.Expr]:
    for node in model.nodes(ir.Assign):
        if any(isinstance(target, ir.Name) and target.id == name for target in node.targets):
            yield node.value
