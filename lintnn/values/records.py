"""What the interpreter notes at the places that rules ask about. Plain data; checks read them through ``lintnn.model``."""

from __future__ import annotations

from msgspec import Struct

from lintnn.findings import Place
from lintnn.knowledge.schema import Loss, Operation
from lintnn.values.domain import FREE, Fact, Guard, Value
from lintnn.values.happenings import ObjectId


class Site(Struct, frozen=True, gc=False):
    """Where and how something happened: place, function, the conditions on the path, loops around it, gradient mode.

    ``in_forward``: inside the ``forward`` of a module. ``loops``: ordinals of the enclosing loops of all frames, outermost first.
    ``framework``: the framework that calls this function, if one does. ``role``: what the enclosing function
    is for as its framework defines it (``training``, ``evaluation``).
    """

    place: Place
    symbol: str
    path: Guard = FREE
    loops: tuple[int, ...] = ()
    grad: bool | None = True
    in_forward: bool = False
    framework: str = ""
    role: str = ""
    calls: tuple[Place, ...] = ()
    """The call places that led here, outermost first."""
    autocast: bool = False
    """Inside ``torch.autocast``: operations convert their inputs by themselves."""
    choices: int = 0
    """How many callees on the way here were one of several possible ones."""


class LossCall(Struct, frozen=True, gc=False):
    """A call of a loss. ``arguments`` by parameter name; ``places`` of the argument expressions; ``options`` of the constructor (or
    the keyword arguments of the function). ``built`` is the place where the loss was built, if known. ``expects`` overrides its own."""

    site: Site
    loss: Loss
    arguments: dict[str, Value]
    places: dict[str, Place]
    options: dict[str, Value]
    built: Place | None = None
    expects: str = ""


class OperationCall(Struct, frozen=True, gc=False):
    """A call of a canonical operation on tensors, with the value of its first tensor argument and its result."""

    site: Site
    operation: Operation
    subject: Value
    arguments: dict[str, Value]
    result: Value
    spelling: str
    """``function``, ``method``, ``layer``, ``operator`` or ``attribute``."""


class ModuleCall(Struct, frozen=True, gc=False):
    """A call of a module (layer or model) with tensors."""

    site: Site
    module: ObjectId
    arguments: tuple[Value, ...]
    places: tuple[Place, ...]
    inner: bool
    """Inside the forward of another module."""
    weights: str | None = None
    """The dtype of a layer's weights, where the layer was made in sight and every conversion of it is known."""


class Construction(Struct, frozen=True, gc=False):
    """A call of a library class that makes an object (``object``), or of a constructor function of tensors."""

    site: Site
    name: str
    object: ObjectId | None
    arguments: dict[str, Value]
    positional: tuple[Value, ...]


class AttributeStore(Struct, frozen=True, gc=False):
    """``receiver.name = value``. ``before_super`` tells that ``nn.Module.__init__`` had not run yet."""

    site: Site
    receiver: ObjectId
    name: str
    value: Value
    value_place: Place
    before_super: bool = False
    registers: bool = False
    """Through ``register_buffer``, ``register_parameter`` or ``add_module``."""


class TensorStore(Struct, frozen=True, gc=False):
    """``receiver.name = value`` where the receiver is no object of the heap: a tensor, a parameter, an element of something unknown."""

    site: Site
    receiver: Fact
    name: str
    value: Value


class HeldModules(Struct, frozen=True, gc=False):
    """An attribute of a module that holds, after ``__init__``, sub-modules in a plain list, tuple or dict; none of them is registered
    elsewhere. ``container`` is ``list``, ``dict`` or ``tuple``; ``weighted``: some of them surely has weights, statistics or a mode."""

    key: tuple[str, int]
    attribute: str
    container: str
    modules: tuple[ObjectId, ...]
    weighted: bool


class Uninitialised(Struct, frozen=True, gc=False):
    """The ``__init__`` of a module class has run and the one of ``nn.Module`` has not."""

    key: tuple[str, int]


class Accumulation(Struct, frozen=True, gc=False):
    """A value is added to, or stored in, something that lives longer than the innermost loop's iteration.

    ``how``: ``add`` (``total += x``), ``append``, ``store`` (subscript or attribute), ``write`` (into a tensor). ``target`` is source
    text. ``outlives``: ordinals of the loops it outlives.
    """

    site: Site
    how: str
    target: str
    value: Value
    outlives: tuple[int, ...]


class Discarded(Struct, frozen=True, gc=False):
    """The result of an out-of-place tensor operation used as a statement."""

    site: Site
    operation: Operation
    receiver: Fact


class BackwardCall(Struct, frozen=True, gc=False):
    """``loss.backward()`` with the value it is called on."""

    site: Site
    value: Value


class Statement(Struct, frozen=True, gc=False):
    """An expression statement that is no call: ``loss.backward``. Or a call whose result only makes sense under ``with``."""

    site: Site
    what: str
    value: Value
    text: str


class NextOfIter(Struct, frozen=True, gc=False):
    """``next(iter(source))`` evaluated within a loop."""

    site: Site
    source: Value


class Rebinding(Struct, frozen=True, gc=False):
    """A name that held a criterion is bound to a tensor that a call of it gave."""

    site: Site
    name: str


class SymbolCall(Struct, frozen=True, gc=False):
    """A call of something known by its name only, with values that hang on a graph: their lineages lead into its result."""

    site: Site
    inputs: frozenset[int]


class Carried(Struct, frozen=True, gc=False):
    """A module call gets a value that an earlier iteration of an enclosing loop made, still attached to its graph."""

    site: Site
    value: Value
    argument: Place
    loop: int
    recurrent: bool
    """The callee is a recurrent layer or cell."""


Record = (
    LossCall
    | OperationCall
    | ModuleCall
    | Construction
    | AttributeStore
    | TensorStore
    | HeldModules
    | Uninitialised
    | Accumulation
    | Discarded
    | BackwardCall
    | Statement
    | NextOfIter
    | Rebinding
    | SymbolCall
    | Carried
)
