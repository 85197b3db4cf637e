"""The intermediate representation: plain data that the interpreter runs.

A file is parsed once and lowered to these structs, then its tree is dropped. Everything here serialises to
MessagePack. Names are already bound; chains (operators, ``elif``, comparisons) are flat, so nothing recurses with
the size of a program.

Every node has ``at``, its *ordinal*: the how-manieth node of its file it is, in the order of lowering. Ordinals stand
for places: :func:`lintnn.frontend.positions.spans` turns them into rows and columns when something is shown.
"""

from __future__ import annotations

from enum import IntEnum

from msgspec import Struct

NO_PLACE = -1


class Scope(IntEnum):
    """What a name is bound to. BUILTIN also covers names that nothing in the file binds.

    A comprehension is evaluated within the frame around it: its targets are LOCAL, the names of that frame keep their scope.
    A name that a class body binds is LOCAL in that body and invisible to the functions in it.
    """

    LOCAL = 0
    CLOSURE = 1
    GLOBAL = 2
    BUILTIN = 3


class Node(Struct, array_like=True, tag=True, gc=False):
    """Any node; ``at`` is its ordinal in the file, or ``NO_PLACE``."""

    at: int


# --- expressions ---------------------------------------------------------------------------------


class Literal(Node):
    """A constant. Integers beyond 64 bits, complex numbers, bytes and ``...`` are ``Opaque`` instead."""

    value: bool | int | float | str | None


class Opaque(Node):
    """An expression that lintnn does not model; ``why`` is a cause code for the unknown ledger."""

    why: str


class Name(Node):
    id: str
    scope: Scope


class Attribute(Node):
    value: Expr
    attr: str


class Subscript(Node):
    """``value[index]``; several indices are a ``TupleExpr``, ranges are ``Slice``."""

    value: Expr
    index: Expr


class Argument(Struct, array_like=True, gc=False):
    """One argument of a call. ``star`` is 0, 1 (``*value``) or 2 (``**value``)."""

    value: Expr
    keyword: str | None = None
    star: int = 0


class Call(Node):
    func: Expr
    args: list[Argument]


class BinaryChain(Node):
    """``a + b - c``: operators of one precedence, left-associative, ``len(operators) == len(operands) - 1``.

    Operators are source text: ``+ @ //``.
    """

    operands: list[Expr]
    operators: list[str]


class UnaryOp(Node):
    """``operator`` is one of ``- + ~ not``."""

    operator: str
    operand: Expr


class BoolChain(Node):
    """``a and b and c``; ``operator`` is ``and`` or ``or``."""

    operator: str
    operands: list[Expr]


class CompareChain(Node):
    """``a < b == c``. Operators are source text: ``== != < <= > >= in`` / ``not in`` / ``is`` / ``is not``."""

    operands: list[Expr]
    operators: list[str]


class IfExp(Node):
    test: Expr
    body: Expr
    orelse: Expr


class TupleExpr(Node):
    items: list[Expr]


class ListExpr(Node):
    items: list[Expr]


class SetExpr(Node):
    items: list[Expr]


class DictExpr(Node):
    """``keys[i] is None`` marks ``**values[i]``."""

    keys: list[Expr | None]
    values: list[Expr]


class Starred(Node):
    value: Expr


class Slice(Node):
    lower: Expr | None
    upper: Expr | None
    step: Expr | None


class FString(Node):
    """The literal parts are ``Literal`` strings; a value with a conversion or format is followed by ``Opaque("format")``."""

    parts: list[Expr]


class NamedExpr(Node):
    target: Name
    value: Expr


class Await(Node):
    value: Expr


class Yield(Node):
    """``yield value``; ``delegates`` for ``yield from``."""

    value: Expr | None
    delegates: bool


class Clause(Struct, array_like=True, gc=False):
    """One ``for target in iter if …`` of a comprehension."""

    target: Expr
    iter: Expr
    conditions: list[Expr]


class Comprehension(Node):
    """``kind`` is ``list``, ``set``, ``dict`` or ``generator``; ``key`` is set for ``dict`` only."""

    kind: str
    key: Expr | None
    element: Expr
    clauses: list[Clause]


class Lambda(Node):
    function: Function


# --- functions and classes -----------------------------------------------------------------------


class Parameter(Struct, array_like=True, gc=False):
    """``kind`` is ``positional`` (only), ``plain``, ``keyword`` (only), ``star`` (``*args``) or ``star2``."""

    name: str
    kind: str
    default: Expr | None
    annotation: Expr | None


class Function(Struct, array_like=True, gc=False):
    """A ``def`` or ``lambda`` (named ``<lambda>``, its body one ``Return``). ``qualname`` as Python forms it.

    ``at`` stands for the header (``def name``). ``locals`` starts with the parameters; names declared ``global`` or ``nonlocal``
    are not in it. The ``docstring`` is not repeated in the body.
    """

    at: int
    name: str
    qualname: str
    parameters: list[Parameter]
    returns: Expr | None
    decorators: list[Expr]
    body: list[Stmt]
    is_async: bool
    is_generator: bool
    locals: list[str]
    docstring: str | None


class Class(Struct, array_like=True, gc=False):
    at: int
    name: str
    qualname: str
    bases: list[Argument]
    decorators: list[Expr]
    body: list[Stmt]


# --- statements ----------------------------------------------------------------------------------


class Assign(Node):
    """``a = b = value``: the targets from left to right."""

    targets: list[Expr]
    value: Expr


class AugAssign(Node):
    """``operator`` without the ``=``: ``+ - @``."""

    target: Expr
    operator: str
    value: Expr


class AnnAssign(Node):
    target: Expr
    annotation: Expr
    value: Expr | None


class ExprStmt(Node):
    value: Expr


class Return(Node):
    value: Expr | None


class Raise(Node):
    value: Expr | None


class Assert(Node):
    test: Expr


class Delete(Node):
    targets: list[Expr]


class Pass(Node):
    pass


class Break(Node):
    pass


class Continue(Node):
    pass


class Arm(Struct, array_like=True, gc=False):
    test: Expr
    body: list[Stmt]


class If(Node):
    """``if`` and its ``elif``s are the arms, in order."""

    arms: list[Arm]
    orelse: list[Stmt]


class For(Node):
    target: Expr
    iter: Expr
    body: list[Stmt]
    orelse: list[Stmt]


class While(Node):
    test: Expr
    body: list[Stmt]
    orelse: list[Stmt]


class WithItem(Struct, array_like=True, gc=False):
    context: Expr
    target: Expr | None


class With(Node):
    items: list[WithItem]
    body: list[Stmt]


class Handler(Struct, array_like=True, gc=False):
    type: Expr | None
    name: str | None
    body: list[Stmt]


class Try(Node):
    body: list[Stmt]
    handlers: list[Handler]
    orelse: list[Stmt]
    final: list[Stmt]


class Case(Struct, array_like=True, gc=False):
    """One ``case``: ``literal`` is the matched constant where the pattern is one, ``captures`` are the names it binds.

    ``irrefutable`` patterns (``_`` and a bare name) match every subject.
    """

    literal: Expr | None
    captures: list[str]
    guard: Expr | None
    body: list[Stmt]
    irrefutable: bool = False


class Match(Node):
    subject: Expr
    cases: list[Case]


class FunctionDef(Node):
    function: Function


class ClassDef(Node):
    definition: Class


class Import(Node):
    """``import a.b as c``: pairs of dotted name and alias (None: the first part is bound)."""

    names: list[tuple[str, str | None]]


class ImportFrom(Node):
    """``from ..module import name as alias``; ``names`` is empty for ``import *``."""

    module: str
    level: int
    names: list[tuple[str, str | None]]


Expr = (
    Literal
    | Opaque
    | Name
    | Attribute
    | Subscript
    | Call
    | BinaryChain
    | UnaryOp
    | BoolChain
    | CompareChain
    | IfExp
    | TupleExpr
    | ListExpr
    | SetExpr
    | DictExpr
    | Starred
    | Slice
    | FString
    | NamedExpr
    | Await
    | Yield
    | Comprehension
    | Lambda
)

Stmt = (
    Assign
    | AugAssign
    | AnnAssign
    | ExprStmt
    | Return
    | Raise
    | Assert
    | Delete
    | Pass
    | Break
    | Continue
    | If
    | For
    | While
    | With
    | Try
    | Match
    | FunctionDef
    | ClassDef
    | Import
    | ImportFrom
)


class Problem(Struct, array_like=True, gc=False):
    """Something that could not be read. Row and column count from 1; ``cell`` is None outside notebooks."""

    message: str
    row: int
    column: int
    cell: int | None


class Suppression(Struct, array_like=True, gc=False):
    """One ``# lintnn: ignore[…]`` or ``# noqa: NN…`` comment; no rules means every rule (only for ``lintnn: ignore``).

    ``row``/``column`` are where the comment starts; ``end_column`` where it ends; ``form`` is ``lintnn``, ``noqa`` or ``file``
    (``# lintnn: ignore-file[…]``, which holds for the whole file).
    """

    rules: list[str]
    row: int
    column: int
    end_column: int
    cell: int | None
    form: str


class Cell(Struct, array_like=True, gc=False):
    """A code cell of a notebook: its number (all cells count, from 1) and the first ordinal that belongs to it."""

    number: int
    first: int


class Module(Struct, array_like=True, gc=False):
    """A lowered file. ``attributes`` are all attribute and name identifiers it mentions, for cheap relevance questions."""

    body: list[Stmt]
    lines: int
    attributes: list[str]
    problems: list[Problem]
    suppressions: list[Suppression]
    cells: list[Cell]
