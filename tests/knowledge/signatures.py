"""What the installed libraries say about a name: whether it exists, and which parameters it takes."""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Sequence
from typing import Any

import torch

_DOCUMENTED = re.compile(r"^\s*(?:[\w.]+\.)?\w+\(([^()]*(?:\([^()]*\)[^()]*)*)\)\s*(?:->|$)", re.MULTILINE)


def resolve(qualified: str) -> Any:
    """The object of this name; AttributeError or ModuleNotFoundError if there is none."""
    parts = qualified.split(".")
    for length in range(len(parts) - 1, 0, -1):
        try:
            found: Any = importlib.import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        for part in parts[length:]:
            found = getattr(found, part)
        return found
    raise ModuleNotFoundError(qualified)


def signatures(qualified: str) -> list[list[str]]:
    """The parameter names of every known overload: by inspection, from torch's schemas, and from documentation."""
    found = resolve(qualified)
    overloads = _inspected(found) + _schemas(qualified) + _documented(found)
    return [["input" if name == "self" else name for name in overload] for overload in overloads]


def method_signatures(name: str) -> list[list[str]]:
    """The same for a method of tensors, the receiver as ``input``."""
    found = getattr(torch.Tensor, name)
    documented = [["input", *names] for names in _documented(found)]
    overloads = _inspected(found) + _schemas(f"torch.{name}") + documented
    return [["input", *overload[1:]] if overload[:1] == ["self"] else overload for overload in overloads]


def _inspected(found: Any) -> list[list[str]]:
    try:
        names = list(inspect.signature(found).parameters)
    except (TypeError, ValueError):
        return []
    return [names] if names != ["args", "kwargs"] else []


def _schemas(qualified: str) -> list[list[str]]:
    name = qualified.removeprefix("torch.nn.functional.").removeprefix("torch.").replace(".", "_")
    schemas = torch._C._jit_get_schemas_for_operator(f"aten::{name}")
    return [[argument.name for argument in schema.arguments] for schema in schemas]


def _documented(found: Any) -> list[list[str]]:
    return [_names(match) for match in _DOCUMENTED.findall(found.__doc__ or "")]


def _names(parameters: str) -> list[str]:
    flat = re.sub(r"\([^()]*\)|\[[^\[\]]*\]", "", parameters)
    return [name for part in flat.split(",") if (name := part.split("=")[0].split(":")[0].strip(" *\n")).isidentifier()]


def disagreements(written: Sequence[str], overloads: Sequence[Sequence[str]]) -> str | None:
    """Why no overload can be called with these parameters in this order, or None if one can."""
    if not overloads or any(_agrees(written, overload) for overload in overloads):
        return None
    return f"{list(written)} against {[list(overload) for overload in overloads]}"


def _agrees(written: Sequence[str], overload: Sequence[str]) -> bool:
    """The first parameter may have another name; the second is the same; those that both have come in the same order."""
    mine = [name for name in written[1:] if name in overload[1:]]
    theirs = [name for name in overload[1:] if name in written[1:]]
    return mine == theirs and (len(written) < 2 or len(overload) < 2 or written[1] == overload[1])
