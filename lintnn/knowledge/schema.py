"""What a fact about a library looks like. The tables beside this file are rows of these frozen classes.

Names are fully qualified (``torch.nn.functional.softmax``). Methods of tensors are listed with the operation they spell,
without a prefix. Every row is checked at test time: enumerations by :func:`problems`, signatures against the installed torch.
"""

from __future__ import annotations

from typing import Literal

import msgspec
from msgspec import Struct

Dtype = Literal["float32", "float64", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool", "complex64"]
"""A torch dtype; ``None`` in a value means not known."""

Activation = Literal[
    "softmax", "log_softmax", "sigmoid", "log_sigmoid", "tanh", "relu", "softplus", "exp", "log", "one_hot", "argmax",
    "clamp", "gumbel_softmax", "normalize", "sparsemax", "cosine"
]  # fmt: skip
"""What an operation makes of a tensor's meaning; ``relu`` stands for every activation with range [0, inf)."""

Flow = Literal["keep", "drop", "activation"]
"""What happens to the activation trail. ``keep``: the same numbers in another arrangement, selection, device or type (view, index, to).
``drop``: other numbers, the trail starts anew as raw. ``activation``: the trail gains ``Operation.activation``."""

DtypeRule = Literal[
    "same", "promote", "quotient", "float", "sum", "argument", "data", "default", "default64", "unknown",
    "bool", "int64", "int32", "int16", "int8", "uint8", "float32", "float64", "float16", "bfloat16", "complex64",
]  # fmt: skip
"""``same``: as the first tensor; ``promote``: torch's promotion of all tensors and numbers; ``quotient``: promoted, float32 if that is no
floating type; ``float``: same if floating, else float32 (in numpy float64); ``sum``: the ``dtype`` argument, else same if floating,
else int64; ``argument``: the ``dtype`` argument, else ``same``; ``data``: the ``dtype`` argument, else that of the data (a tensor or array
keeps its own; Python floats give float32, in numpy float64; ints int64); ``default``: the ``dtype`` argument, else float32;
``default64``: the ``dtype`` argument, else float64; others: that dtype."""

Gradient = Literal["flows", "stops", "fresh"]
"""``flows``: attached if an input is; ``stops``: never attached; ``fresh``: a new leaf, attached iff ``requires_grad=True`` is passed."""

ResultKind = Literal["tensor", "tensors", "pair", "number", "none", "list", "array", "unknown"]
"""``tensors``: a tuple of tensors like the first; ``pair``: (values like the input, int64 indices), as of max(dim) or topk;
``number``: a Python number; ``array``: a numpy array; ``list``: nested Python lists."""

ShapeRule = Literal[
    "same", "broadcast", "matmul", "reduce", "view", "permute", "transpose", "squeeze", "unsqueeze", "flatten", "cat",
    "stack", "expand", "index", "create", "like", "scalar", "unknown"
]  # fmt: skip


class Operation(Struct, frozen=True, gc=False):
    """A canonical operation on tensors, with all its spellings.

    ``parameters``: names in order, the tensor first (for methods the receiver is the first one). ``functions``: qualified names;
    ``methods``: tensor method names (``softmax``; in-place ones end in ``_``). ``refuses``: dtype kinds on which torch raises:
    ``integer`` (mean, softmax …; most refuse bool too), ``float`` (bitwise), ``bool``.
    """

    name: str
    parameters: tuple[str, ...]
    functions: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    flow: Flow = "drop"
    activation: Activation | None = None
    dtype: DtypeRule = "same"
    gradient: Gradient = "flows"
    result: ResultKind = "tensor"
    shape: ShapeRule = "unknown"
    refuses: tuple[Literal["integer", "integer on cpu", "float", "bool"], ...] = ()
    array: bool = False
    """True for numpy functions (``methods`` are those of arrays): inputs and results are arrays on the host, no gradient."""
    attributes: tuple[str, ...] = ()
    """Properties of tensors that spell it without a call: ``x.T``, ``x.data``."""
    variadic: str | None = None
    """The parameter that gathers all positional arguments from its place on: ``view(2, 3)`` is ``view((2, 3))``; later ones "
    "are keywords."""
    pair_with: str | None = None
    """The result is a ``pair`` if this argument is given and is no tensor: ``max(x, dim)``."""
    flat: bool = False
    """The gradient is attached but zero everywhere, or backward fails: round, sign, floor division."""
    keeps_range: bool = False
    """Every result lies between the least and the greatest input (max, mean, average pooling), so that [0, 1] stays [0, 1]."""


ModeDependence = Literal["never", "dropout", "statistics", "unknown"]
"""``dropout``: random in training (p > 0); ``statistics``: batch statistics in training (BatchNorm)."""


class Layer(Struct, frozen=True, gc=False):
    """A ready-made ``nn.Module`` class. ``operation`` names the canonical operation that calling it applies to its first input
    (``linear``, ``conv``, ``softmax`` …); ``parameters`` are the constructor's; ``defaults`` the constant defaults that matter
    (``dim``, ``p``, ``inplace``). ``result`` as for operations, plus ``recurrent`` ((output, state)) and ``attention``
    ((output, weights))."""

    names: tuple[str, ...]
    operation: str
    parameters: tuple[str, ...]
    defaults: tuple[tuple[str, bool | int | float | str | None], ...] = ()
    mode: ModeDependence = "never"
    has_parameters: bool = False
    result: Literal["tensor", "recurrent", "attention", "pair", "unknown"] = "tensor"
    container: Literal["sequential", "list", "dict", "parameter_list", "parameter_dict", "no"] = "no"


Expectation = Literal["logits", "binary_logits", "log_probabilities", "probabilities", "any", "distances"]
"""What a loss wants as its prediction: raw scores over classes, raw scores per unit, log-probabilities, values in [0, 1], anything."""

TargetKind = Literal["class_index", "class_index_or_probabilities", "probabilities", "like_prediction", "sign", "other"]


class Loss(Struct, frozen=True, gc=False):
    """A loss in its class and function spelling.

    ``call``: the parameters of the function (for the class: of its ``forward``, which are the first ones of these), prediction
    and target among them by name; ``constructor``: the parameters of the class.
    """

    name: str
    classes: tuple[str, ...]
    functions: tuple[str, ...]
    expects: Expectation
    target: TargetKind
    call: tuple[str, ...]
    constructor: tuple[str, ...]
    prediction: str = "input"
    target_name: str = "target"
    symmetric: bool = False
    """True if swapping prediction and target changes nothing that matters (MSE, L1)."""


class Optimizer(Struct, frozen=True, gc=False):
    """Optimizer classes; ``names`` qualified. ``closure`` for those whose step takes a required closure (LBFGS)."""

    names: tuple[str, ...]
    parameters: tuple[str, ...]
    closure: bool = False
    scale_free: bool = False
    """A constant factor on all gradients changes (nearly) nothing: the step is divided by their size."""


class Scheduler(Struct, frozen=True, gc=False):
    """Learning-rate schedulers. ``unit``: ``epoch``, ``batch`` (OneCycle, Cyclic) or ``either``; ``needs_metric`` for "
    "ReduceLROnPlateau."""

    names: tuple[str, ...]
    parameters: tuple[str, ...]
    unit: Literal["epoch", "batch", "either"] = "epoch"
    needs_metric: bool = False
    lengths: tuple[str, ...] = ()
    """The parameters that say after how many steps something changes (for a decay in every step: its factor)."""
    default_length: int = 0
    """What the first of these is if it is not given, where that is a number of batches."""


class Framework(Struct, frozen=True, gc=False):
    """A library that owns (part of) the training loop.

    ``bases``: qualified class names whose subclasses live under it (``LightningModule``); ``training_methods`` are methods that the
    library calls in training mode with gradients on; ``evaluation_methods`` in evaluation mode under no_grad. ``owns``: what
    it does by itself in that loop: ``zero_grad``, ``backward``, ``step``, ``mode``, ``no_grad``, ``device``, ``scheduler``.
    ``wrappers``: functions or methods that return their arguments wrapped (``accelerator.prepare``). ``runners``: calls that train or
    evaluate by themselves (``Trainer.fit``). ``manual_switch``: setting this attribute to False gives ``zero_grad``,
    ``backward`` and ``step`` back to the user (``automatic_optimization``). ``handles``: classes of which the loop of the user holds an
    object and calls its methods (``Accelerator``); ``called``: what such an object is called where nothing else tells what it is.
    ``configures``: the method in which subclasses make the optimizers that the method ``optimizers`` gives; ``schedulers`` gives what
    belongs to them. ``around``: the methods that run before and after the first training method, for every batch.
    """

    name: str
    bases: tuple[str, ...]
    training_methods: tuple[str, ...] = ()
    evaluation_methods: tuple[str, ...] = ()
    owns: tuple[str, ...] = ()
    wrappers: tuple[str, ...] = ()
    runners: tuple[str, ...] = ()
    manual_switch: str | None = None
    handles: tuple[str, ...] = ()
    called: tuple[str, ...] = ()
    configures: str = ""
    optimizers: str = ""
    schedulers: str = ""
    around: tuple[str, ...] = ()


class Estimator(Struct, frozen=True, gc=False):
    """A class that takes a module and a criterion by argument and trains them itself (skorch, ray-skorch …).

    ``module``, ``criterion``: the argument names; ``default_criterion`` qualified or None; ``criterion_expects`` overrides what a
    torch loss means here: qualified torch loss → expectation (skorch's NLLLoss takes probabilities)."""

    names: tuple[str, ...]
    module: str
    criterion: str
    default_criterion: str | None = None
    criterion_expects: tuple[tuple[str, Expectation], ...] = ()


class Loader(Struct, frozen=True, gc=False):
    """A call whose result is a module: pretrained models and factories. ``mode`` it comes back in; ``output``: the meaning of its
    forward result (``logits``: raw, or a field name of an output object that holds raw scores); ``mode_dependence`` of the model."""

    names: tuple[str, ...]
    mode: Literal["train", "eval", "unknown"]
    output: str = "unknown"
    mode_dependence: ModeDependence = "unknown"


class Context(Struct, frozen=True, gc=False):
    """A context manager or decorator with an effect: ``no_grad``, ``grad`` (enable_grad), ``set_grad`` (by its argument),
    ``autocast``, ``scale_loss`` (binds its first argument, scaled: apex), ``accumulate`` (optimizers step and clear in it only every few
    times), ``inert``."""

    names: tuple[str, ...]
    effect: Literal["no_grad", "grad", "set_grad", "autocast", "scale_loss", "accumulate", "inert"]


EffectKind = Literal[
    "clip", "backward", "gradient", "wrap", "copy", "adapt", "checkpoint", "initialise", "collective", "barrier", "load_state",
    "default_dtype", "default_device", "gather", "engine", "average", "shadow",
]  # fmt: skip
"""``clip``: clips gradients of its first argument; ``backward``: runs backward; ``gradient``: returns gradients, accumulates none;
``wrap``: returns a module that holds its first argument; ``copy``: returns a copy;
``adapt``: returns its first argument, compiled or reparametrised;
``checkpoint``: calls its first argument with the rest; ``initialise``: overwrites the numbers of its first argument and returns it;
``collective`` and ``barrier``: every process must take part; ``load_state``: reads stored tensors; ``default_dtype`` and
``default_device``: change what new tensors are by default; ``gather``: gives its first argument, of all processes; ``engine``: gives a
module that steps and clears an optimizer of its own, that optimizer, a loader and a scheduler; ``average``: returns a copy that keeps the
average of the parameters; ``shadow``: the same, in evaluation mode."""


class Effect(Struct, frozen=True, gc=False):
    """Functions that do something other than compute a tensor. ``parameters`` begin as the functions' do."""

    names: tuple[str, ...]
    kind: EffectKind
    parameters: tuple[str, ...] = ()


class DataSource(Struct, frozen=True, gc=False):
    """Where batches come from. ``split``: the parameter that says which part of the data it is (``train``, ``split``); ``item``: what
    one element holds, where that is known; ``parameters`` begin as the constructor's do."""

    names: tuple[str, ...]
    kind: Literal["loader", "dataset", "wrapper", "sampler", "split", "transform", "collate"]
    parameters: tuple[str, ...] = ()
    split: str | None = None
    item: tuple[Literal["image", "class_index", "other"], ...] = ()


class ArraySource(Struct, frozen=True, gc=False):
    """A function that gives arrays: the dtypes of its results, and the names under which an object holds them instead (``fields``)
    unless the argument ``flag`` asks for a tuple."""

    names: tuple[str, ...]
    dtypes: tuple[Dtype, ...]
    fields: tuple[str, ...] = ()
    flag: str = ""


class ArrayEncoder(Struct, frozen=True, gc=False):
    """A class whose ``methods`` turn an array into another one: of ``dtype``, or of what numpy makes of floating arithmetic on it."""

    names: tuple[str, ...]
    methods: tuple[str, ...]
    dtype: Dtype | None = None


def problems(row: Struct) -> str | None:
    """What is wrong with a row's types and enumerations, or None. Tables are not checked when they are built."""
    try:
        msgspec.convert(msgspec.to_builtins(row), type(row))
    except msgspec.ValidationError as error:
        return f"{row!r}: {error}"
    return None
