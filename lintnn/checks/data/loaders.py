"""What the rules about loaders share: the loaders of a file, and whether they serve training or evaluation."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from lintnn.frontend import ir
from lintnn.model import SemanticModel
from lintnn.values.domain import Ref, Value, constant_of, facts
from lintnn.values.heap import HeapObject
from lintnn.values.records import Construction

LOADER = "torch.utils.data.DataLoader"
WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
TRAINING = frozenset({"train", "training", "trn", "trainset", "trainloader", "traindata", "traindataloader"})
EVALUATION = frozenset(
    {
        *("val", "valid", "validation", "test", "testing", "eval", "evaluation", "dev", "inference", "predict", "holdout"),
        *("valset", "valloader", "testset", "testloader", "validset", "validloader", "evalset", "evalloader"),
    }
)
LOADERS = frozenset({"loader", "loaders", "dataloader", "dataloaders"})
SPLITS = ("train", "split", "image_set", "mode", "phase", "subset", "is_train", "training")
"""Parameters of data sets that say which part they are."""


class Loader(Struct, frozen=True):
    """A loader that is made, and the roles that its names and the part of its data tell."""

    made: Construction
    roles: frozenset[str]
    words: frozenset[str]

    @property
    def role(self) -> str:
        """``training`` or ``evaluation`` where all that is known agrees; else empty."""
        return next(iter(self.roles)) if len(self.roles) == 1 else ""

    def argument(self, name: str) -> Value | None:
        """What the loader was given."""
        return self.made.arguments.get(name)


def loaders(model: SemanticModel) -> Iterator[Loader]:
    """The loaders of torch that are made in this file."""
    if not model.mentions("DataLoader"):
        return
    calls = {call.at: call for call in model.nodes(ir.Call)}
    targets = {node.value.at: node.targets for node in model.nodes(ir.Assign)}
    for made in model.constructions():
        if made.name != LOADER or made.object is None or made.site.place.path != model.path:
            continue
        at = made.site.place.at
        named = [*targets.get(at, ()), *_dataset_of(calls.get(at))]
        told = _words_of_maker(made.site.symbol.rpartition(".")[2]).union(*(words_of(_text(node)) for node in named))
        roles = roles_of(told)
        for one in datasets(model, made.arguments.get("dataset")):
            roles |= _split(one)
        yield Loader(made, frozenset(roles), told)


def _words_of_maker(name: str) -> frozenset[str]:
    """The words of a function that makes a loader by its name: what merely trains or tests makes loaders of any role."""
    told = words_of(name)
    return told if told & LOADERS else frozenset()


def _dataset_of(call: ir.Call | None) -> list[ir.Expr]:
    """The expression of the data set in a call that makes a loader."""
    if call is None:
        return []
    first = [argument.value for argument in call.args[:1] if argument.keyword is None]
    return [*first, *(argument.value for argument in call.args if argument.keyword == "dataset")]


def _text(node: ir.Expr) -> str:
    """The name or the text that an expression is or ends in."""
    match node:
        case ir.Name():
            return node.id
        case ir.Attribute():
            return node.attr
        case ir.Subscript():
            return f"{_text(node.value)}_{_text(node.index)}"
        case ir.Literal(value=str() as text):
            return text
    return ""


def datasets(model: SemanticModel, value: Value | None) -> list[HeapObject]:
    """The objects that a data set may be."""
    return [model.object(fact.id) for fact in facts(value) if type(fact) is Ref] if value is not None else []


def words_of(name: str) -> frozenset[str]:
    """The words of a name, in lower case."""
    return frozenset(word.lower() for word in WORDS.findall(name))


def roles_of(told: frozenset[str]) -> set[str]:
    """What words say of the role of data."""
    found = set()
    if told & TRAINING:
        found.add("training")
    if told & EVALUATION:
        found.add("evaluation")
    return found


def _split(one: HeapObject) -> set[str]:
    for name in SPLITS:
        chosen = constant_of(one.arguments.get(name))
        if isinstance(chosen, bool):
            return {"training" if chosen else "evaluation"}
        if isinstance(chosen, str):
            return roles_of(words_of(chosen))
    return set()
