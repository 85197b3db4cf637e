"""Names are bound as Python binds them."""

from __future__ import annotations

import pytest

from lintnn.frontend.ir import Function, Module
from tests.frontend.shapes import function, functions, lower, scopes


def test_a_name_that_is_assigned_later_is_local_all_over_the_function() -> None:
    assert scopes(function("def f():\n    print(x)\n    x = 1\n").body) == {"print": {"BUILTIN"}, "x": {"LOCAL"}}


def test_module_names_are_global_everywhere() -> None:
    assert scopes(lower("def f():\n    return g(limit)\nlimit = 1\ndef g(a): pass\n")) == {"g": {"GLOBAL"}, "limit": {"GLOBAL"}}


def test_names_of_an_enclosing_function_are_closures_even_when_bound_later() -> None:
    inner = functions(lower("def f(a):\n    def g():\n        return a, b\n    b = 2\n    return g\n"))["f.<locals>.g"]
    assert scopes(inner) == {"a": {"CLOSURE"}, "b": {"CLOSURE"}}


def test_closures_reach_through_functions_that_do_not_mention_the_name() -> None:
    text = "def f(a):\n    def g():\n        def h():\n            return a\n        return h\n    return g\n"
    assert scopes(functions(lower(text))["f.<locals>.g.<locals>.h"]) == {"a": {"CLOSURE"}}


def test_global_declares_the_name_for_the_function_and_for_the_module() -> None:
    text = "def f():\n    global step\n    step = step + 1\ndef g():\n    return step\n"
    module = lower(text)
    assert scopes(module) == {"step": {"GLOBAL"}}
    assert functions(module)["f"].locals == []


def test_global_in_a_function_also_holds_for_functions_within() -> None:
    text = "def f(x):\n    def g():\n        global x\n        x = 1\n        return lambda: x\n    return x\n"
    found = functions(lower(text))
    assert scopes(found["f.<locals>.g"]) == {"x": {"GLOBAL"}}
    assert scopes(found["f"].body[-1]) == {"x": {"LOCAL"}}


def test_nonlocal_names_are_closures_and_not_locals() -> None:
    inner = functions(lower("def f():\n    n = 0\n    def g():\n        nonlocal n\n        n += 1\n    g()\n"))["f.<locals>.g"]
    assert scopes(inner) == {"n": {"CLOSURE"}}
    assert inner.locals == []


def test_class_names_are_local_in_the_class_and_invisible_in_its_methods() -> None:
    text = "size = 1\nclass C:\n    size = 2\n    twice = size * 2\n    def f(self):\n        return size\n"
    module = lower(text)
    assert scopes(functions(module)["C.f"]) == {"size": {"GLOBAL"}}
    assert scopes(module.body[1])["twice"] == {"LOCAL"}


def test_defaults_decorators_and_annotations_belong_to_the_scope_around() -> None:
    found = function("def f(a=a, b: b = c) -> d:\n    return a, b\na = b = c = d = 1\n")
    assert scopes(found.parameters) == {"a": {"GLOBAL"}, "b": {"GLOBAL"}, "c": {"GLOBAL"}}
    assert scopes(found.returns) == {"d": {"GLOBAL"}}
    assert scopes(found.body) == {"a": {"LOCAL"}, "b": {"LOCAL"}}


def test_comprehension_targets_do_not_leak() -> None:
    module = lower("y = [x for x in data]\nx\ndata = []\n")
    assert scopes(module.body[0]) == {"y": {"GLOBAL"}, "x": {"LOCAL"}, "data": {"GLOBAL"}}
    assert scopes(module.body[1]) == {"x": {"BUILTIN"}}


def test_the_first_iterable_is_evaluated_outside_of_the_comprehension() -> None:
    assert scopes(function("def f(x):\n    return [x for x in x if x]\n").body) == {"x": {"LOCAL"}}
    assert scopes(lower("[x for x in x]\n")) == {"x": {"LOCAL", "BUILTIN"}}


def test_a_comprehension_in_a_class_cannot_see_the_class() -> None:
    module = lower("class C:\n    n = 3\n    rows = [n for _ in range(n)]\n")
    assert scopes(module)["n"] == {"LOCAL", "BUILTIN"}


def test_a_lambda_in_a_comprehension_closes_over_the_target() -> None:
    assert scopes(functions(lower("fs = [lambda: i for i in range(3)]\n"))["<lambda>"]) == {"i": {"CLOSURE"}}


def test_walrus_in_a_comprehension_binds_in_the_function() -> None:
    found = function("def f(xs):\n    if any((y := x) for x in xs):\n        return y\n")
    assert found.locals == ["xs", "y"]
    assert scopes(found.body)["y"] == {"LOCAL"}


@pytest.mark.parametrize(
    "statement",
    [
        "import v",
        "import v.w",
        "import w as v",
        "from m import v",
        "from m import w as v",
        "for v in xs: pass",
        "for (_, [v, *_]) in xs: pass",
        "for *v, _ in xs: pass",
        "with a as v: pass",
        "with a as (v, w), b: pass",
        "v += 1",
        "v: int",
        "v = w = 1",
        "w, v = 1, 2",
        "del v",
        "def v(): pass",
        "class v: pass",
        "print(v := 1)",
        "type v = int",
        "try:\n        pass\n    except E as v:\n        pass",
        "match s:\n        case v: pass",
        "match s:\n        case [1, *v]: pass",
        "match s:\n        case {'k': 1, **v}: pass",
        "match s:\n        case P(x=Q() as v): pass",
        "match s:\n        case (1 | 2) as v: pass",
    ],
)
def test_statements_that_bind(statement: str) -> None:
    found = function(f"def f():\n    {statement}\n    return v\n")
    assert "v" in found.locals
    assert scopes(found.body[-1]) == {"v": {"LOCAL"}}


def test_parameters_come_first_among_the_locals_in_the_order_of_the_source() -> None:
    found = function("def f(a, /, b, *c, d, **e):\n    x = b = 1\n")
    assert found.locals == ["a", "b", "c", "d", "e", "x"]
    assert [parameter.kind for parameter in found.parameters] == ["positional", "plain", "star", "keyword", "star2"]


def test_type_parameters_are_seen_by_the_signature_and_the_body() -> None:
    found = function("def f[T](a: T) -> T:\n    return T\n")
    assert scopes(found.parameters) == {"T": {"LOCAL"}}
    assert scopes(found.body) == {"T": {"CLOSURE"}}


def test_qualified_names() -> None:
    text = "class A:\n    class B:\n        def f(self):\n            def g(): pass\n            return lambda: 1\n"
    assert list(functions(lower(text))) == ["A.B.f", "A.B.f.<locals>.g", "A.B.f.<locals>.<lambda>"]


def test_generators() -> None:
    assert function("def f():\n    x = yield 1\n").is_generator
    assert function("def f():\n    yield from g()\n").is_generator
    assert not function("def f():\n    return lambda: (yield)\n").is_generator


def test_identifiers_that_a_module_mentions() -> None:
    module: Module = lower("import torch.nn as nn\nnn.Linear(bias=1).weight\ndef f(q): pass\n")
    assert set(module.attributes) == {"torch", "nn", "Linear", "weight", "f", "q"}


def test_docstrings_are_taken_out_of_the_body() -> None:
    found: Function = function('def f():\n    """What it does."""\n')
    assert (found.docstring, found.body) == ("What it does.", [])
