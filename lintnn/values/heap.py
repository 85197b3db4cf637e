"""Objects: what a reference points at. Their attributes are cells of the store, their unchanging facts are here."""

from __future__ import annotations

from msgspec import Struct

from lintnn.findings import Place
from lintnn.knowledge.schema import Layer, Loader, Loss
from lintnn.values.domain import Value
from lintnn.values.happenings import ObjectId
from lintnn.values.store import ANY

MODULE_KINDS = frozenset({"module", "layer", "criterion"})
"""Kinds of objects that are ``nn.Module``s."""

ITEMS = "[items]"
"""The cell that holds the known items of a list as a ``Tuple``."""
LAST = "[last]"
"""The cell that holds the last item of a container that was added to, as long as it is known to be the last."""

__all__ = ["ANY", "ITEMS", "LAST", "MODULE_KINDS", "HeapObject"]


class HeapObject(Struct, gc=False):
    """An allocated or symbolic object.

    ``kind``: ``module`` (an instance of a project class that is an ``nn.Module``, or a ready model), ``layer`` (a library module),
    ``criterion``,
    ``optimizer``, ``scheduler``, ``scaler``, ``loader``, ``dataset``, ``instance`` (of another project class), ``list``, ``dict``, ``set``,
    ``iterator``, ``generator``, ``library`` (of a library class without own kind), ``symbol`` (known by an access path only).
    ``library``: the qualified class name, if it is a library's. ``class_key``: the project class. ``arguments``: what its constructor got.
    """

    id: ObjectId
    kind: str
    place: Place
    label: str
    class_key: tuple[str, int] | None = None
    library: str = ""
    arguments: dict[str, Value] = {}
    layer: Layer | None = None
    loss: Loss | None = None
    loader: Loader | None = None
    fresh: bool = True
    many: bool = False
    symbol: str = ""
    loop_depth: int = 0
