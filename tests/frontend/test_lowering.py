"""Shapes of expressions and statements."""

from __future__ import annotations

import libcst as cst
import pytest

from lintnn.frontend.expressions import EXPRESSIONS
from lintnn.frontend.ir import (
    Assign,
    BinaryChain,
    BoolChain,
    Call,
    CompareChain,
    Comprehension,
    DictExpr,
    FString,
    If,
    IfExp,
    ImportFrom,
    Literal,
    Match,
    Module,
    Name,
    Opaque,
    Slice,
    Starred,
    Subscript,
    Try,
    TupleExpr,
    UnaryOp,
    With,
    Yield,
)
from lintnn.frontend.lower import lower_file
from lintnn.frontend.statements import STATEMENTS
from tests.frontend.shapes import expression, function, lower, only, walk


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1_000", 1000),
        ("0xff", 255),
        ("0b11", 3),
        ("0o17", 15),
        ("1e-3", 0.001),
        ("1_0.5", 10.5),
        ("True", True),
        ("None", None),
        ("'a'", "a"),
        ("'a' \"b\"", "ab"),
        ("r'\\d'", "\\d"),
        (r"'\n\x41\101\u00e9\N{BULLET}\q\\'", "\nAA\u00e9\u2022\\q\\"),
        ("'''a\\\nb'''", "ab"),
        ("u'x'", "x"),
        ("18446744073709551615", 2**64 - 1),
    ],
)
def test_literals(text: str, value: object) -> None:
    found = expression(text)
    assert isinstance(found, Literal)
    assert found.value == value
    assert type(found.value) is type(value)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("18446744073709551616", "big-integer"),
        ("1j", "complex"),
        ("...", "ellipsis"),
        ("b'a'", "string"),
        ("b'a' b'b'", "string"),
        (r"'\ud800'", "string"),
        ("1" * 5000, "big-integer"),
    ],
)
def test_constants_that_the_ir_does_not_hold(text: str, why: str) -> None:
    found = expression(text)
    assert isinstance(found, Opaque)
    assert found.why == why


def test_operators_of_one_precedence_are_one_chain() -> None:
    chain = expression("a + b - c * d @ e")
    assert isinstance(chain, BinaryChain)
    assert chain.operators == ["+", "-"]
    last = chain.operands[2]
    assert isinstance(last, BinaryChain)
    assert last.operators == ["*", "@"]


def test_brackets_on_the_right_are_kept() -> None:
    chain = expression("a - (b - c)")
    assert isinstance(chain, BinaryChain)
    assert chain.operators == ["-"]
    assert isinstance(chain.operands[1], BinaryChain)


def test_power_associates_to_the_right() -> None:
    chain = expression("a ** b ** c")
    assert isinstance(chain, BinaryChain)
    assert isinstance(chain.operands[0], Name)
    assert isinstance(chain.operands[1], BinaryChain)


def test_boolean_and_comparison_chains() -> None:
    chain = expression("a and b and not c or d")
    assert isinstance(chain, BoolChain)
    assert (chain.operator, len(chain.operands)) == ("or", 2)
    inner = chain.operands[0]
    assert isinstance(inner, BoolChain)
    assert len(inner.operands) == 3
    assert isinstance(inner.operands[2], UnaryOp)
    compared = expression("a < b is not c not in d")
    assert isinstance(compared, CompareChain)
    assert compared.operators == ["<", "is not", "not in"]


def test_calls() -> None:
    call = expression("f(a, *b, k=c, **d)")
    assert isinstance(call, Call)
    assert [(argument.keyword, argument.star) for argument in call.args] == [(None, 0), (None, 1), ("k", 0), (None, 2)]


def test_subscripts() -> None:
    single, several, one_tuple, star = (expression(text) for text in ("x[1:]", "x[:, None, 0]", "x[1,]", "x[*i]"))
    assert isinstance(single, Subscript)
    assert isinstance(single.index, Slice)
    assert isinstance(several, Subscript)
    assert isinstance(several.index, TupleExpr)
    assert len(several.index.items) == 3
    assert isinstance(one_tuple, Subscript)
    assert isinstance(one_tuple.index, TupleExpr)
    assert isinstance(star, Subscript)
    assert isinstance(star.index, TupleExpr)
    assert isinstance(star.index.items[0], Starred)


def test_formatted_strings_keep_their_parts_and_note_formats() -> None:
    found = expression("f'{{a}} {x} {y:.{n}f}'")
    assert isinstance(found, FString)
    assert [type(part) for part in found.parts] == [Literal, Name, Literal, Name, Opaque, Name]
    assert isinstance(found.parts[0], Literal)
    assert found.parts[0].value == "{a} "


def test_dictionaries_and_comprehensions() -> None:
    found = expression("{'a': 1, **b}")
    assert isinstance(found, DictExpr)
    assert [key is None for key in found.keys] == [False, True]
    made = expression("{k: v for k, v in a if k if v for _ in b}")
    assert isinstance(made, Comprehension)
    assert (made.kind, [len(clause.conditions) for clause in made.clauses]) == ("dict", [2, 0])


def test_conditions_yield_and_lambda() -> None:
    assert isinstance(expression("a if b else c"), IfExp)
    assert any(isinstance(node, Yield) and node.delegates for node in walk(function("def f():\n    yield from x\n")))


def test_chained_assignment_keeps_its_targets_in_order() -> None:
    found = only("a = b.c = d[0] = e")
    assert isinstance(found, Assign)
    assert [type(item).__name__ for item in found.targets] == ["Name", "Attribute", "Subscript"]


def test_elif_is_flat() -> None:
    found = only("if a: pass\nelif b: pass\nelif c: pass\nelse: x\n")
    assert isinstance(found, If)
    assert (len(found.arms), len(found.orelse)) == (3, 1)


def test_compound_statements() -> None:
    with_statement = only("with a as b, c: pass\n")
    assert isinstance(with_statement, With)
    assert [item.target is None for item in with_statement.items] == [False, True]
    attempt = only("try: a\nexcept (E, F) as e: b\nexcept: c\nelse: d\nfinally: e\n")
    assert isinstance(attempt, Try)
    assert [handler.name for handler in attempt.handlers] == ["e", None]
    assert (len(attempt.body), len(attempt.orelse), len(attempt.final)) == (1, 1, 1)
    assert isinstance(only("try: a\nexcept* E: b\n"), Try)


def test_imports() -> None:
    found = only("from ..a.b import c as d, e")
    assert isinstance(found, ImportFrom)
    assert (found.module, found.level, found.names) == ("a.b", 2, [("c", "d"), ("e", None)])
    star = only("from a import *")
    assert isinstance(star, ImportFrom)
    assert star.names == []


def test_match() -> None:
    found = only("match x:\n case 'a': pass\n case None: pass\n case P(a, [b, *c]): pass\n case d if d: pass\n case _: pass\n")
    assert isinstance(found, Match)
    assert [case.captures for case in found.cases] == [[], [], ["a", "b", "c"], ["d"], []]
    assert [case.irrefutable for case in found.cases] == [False, False, False, True, True]
    first, second = found.cases[0].literal, found.cases[1].literal
    assert isinstance(first, Literal)
    assert isinstance(second, Literal)
    assert (first.value, second.value) == ("a", None)


def test_ordinals_are_unique_and_dense() -> None:
    module = lower("class C(B):\n    def f(self, x=1):\n        return [lambda: y for y in self.z[1:, 2]]\n")
    ordinals = sorted(node.at for node in walk(module) if hasattr(node, "at"))
    assert ordinals == list(range(len(ordinals)))


@pytest.mark.parametrize(
    ("operator", "kind"),
    [(" + ", BinaryChain), (" and ", BoolChain), (" < ", CompareChain)],
)
def test_three_thousand_terms_are_one_flat_chain(operator: str, kind: type[BinaryChain | BoolChain | CompareChain]) -> None:
    found = expression(operator.join(["a"] * 3000))
    assert isinstance(found, kind)
    assert len(found.operands) == 3000


def test_a_thousand_branches_are_one_statement() -> None:
    found = only("if a: pass\n" + "elif b: pass\n" * 1000)
    assert isinstance(found, If)
    assert len(found.arms) == 1001


@pytest.mark.parametrize("text", ["not " * 400 + "a", "a" + ".b()" * 200, "**".join("a" * 300), "[" * 180 + "]" * 180])
def test_deep_expressions_become_opaque(text: str) -> None:
    assert [node.why for node in walk(lower(text)) if isinstance(node, Opaque)] == ["too-deep"]


@pytest.mark.parametrize("text", ["(" * 5000, "(" * 300 + ")" * 300, "a" + ".b()" * 3000, "-" * 9000 + "a", "lambda: " * 4000 + "a"])
def test_programs_that_would_exhaust_the_parser_are_refused(text: str) -> None:
    module: Module = lower_file(text.encode(), "x.py")
    assert module.body == []
    assert len(module.problems) == 1


def test_every_statement_class_of_libcst_is_handled() -> None:
    bases = (cst.BaseSmallStatement, cst.BaseCompoundStatement)
    known = [item for item in vars(cst).values() if isinstance(item, type) and issubclass(item, bases) and item not in bases]
    assert [item.__name__ for item in known if item not in STATEMENTS] == []


def test_every_expression_class_of_libcst_is_handled() -> None:
    known = [item for item in vars(cst).values() if isinstance(item, type) and issubclass(item, cst.BaseExpression)]
    assert [item.__name__ for item in known if item not in EXPRESSIONS] == []
