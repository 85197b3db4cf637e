"""Layers, losses, optimizers, schedulers and the other classes and functions against the installed torch."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
import torch
from torch import nn

from lintnn.knowledge import contexts, datasets, effects, layers, lookup, losses, optimizers, schedulers
from lintnn.knowledge.rows import words
from lintnn.knowledge.schema import Layer, Loss, Optimizer, Scheduler
from tests.knowledge.signatures import resolve

TORCH_ROWS = [
    (name, row.parameters)
    for table in (layers.ALL, optimizers.ALL, schedulers.ALL, effects.ALL, datasets.ALL)
    for row in table
    for name in row.names
    if name.startswith("torch.")
]
FORWARDS_EVERYTHING = ("args", "kwargs")


def parameters_of(found: Any) -> tuple[str, ...]:
    return tuple(inspect.signature(found).parameters)


def torch_names(row: Layer | Optimizer | Scheduler) -> list[str]:
    return [name for name in row.names if name.startswith("torch.")]


@pytest.mark.parametrize(("name", "written"), TORCH_ROWS, ids=lambda value: value if isinstance(value, str) else "")
def test_parameters_begin_as_in_torch(name: str, written: tuple[str, ...]) -> None:
    real = parameters_of(resolve(name))
    assert real == FORWARDS_EVERYTHING or real[: len(written)] == written


def test_recurrent_layers_take_the_parameters_of_their_base() -> None:
    base = parameters_of(nn.RNNBase)[1:]
    for name in ("torch.nn.LSTM", "torch.nn.GRU"):
        row = lookup.layer(name)
        assert row is not None
        assert row.parameters == base


CONTEXT_NAMES = [name for row in contexts.ALL for name in row.names if name.startswith("torch.")]


@pytest.mark.parametrize("name", CONTEXT_NAMES)
def test_contexts_exist(name: str) -> None:
    assert resolve(name) is not None


ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "torch.nn.Flatten": (),
    "torch.nn.Threshold": (0.1, 0.0),
    "torch.nn.Unflatten": (1, (2, 2)),
}
NUMBER_PARAMETERS = frozenset(
    words(
        "in_features out_features in_channels out_channels kernel_size num_features normalized_shape num_embeddings embedding_dim "
        "input_size hidden_size embed_dim num_heads d_model nhead in1_features in2_features num_groups num_channels output_size "
        "upscale_factor downscale_factor groups padding value norm_type size n_classes num_classes"
    )
)
UNBUILT = frozenset(
    words(
        "torch.nn.Transformer torch.nn.TransformerEncoder torch.nn.TransformerDecoder torch.nn.AdaptiveLogSoftmaxWithLoss "
        "torch.nn.FractionalMaxPool2d torch.nn.FractionalMaxPool3d"
    )
)


def build(name: str) -> nn.Module:
    """A layer with 4 for every required size."""
    found = resolve(name)
    if name in ARGUMENTS:
        module = found(*ARGUMENTS[name])
    else:
        required = [p for p in inspect.signature(found).parameters.values() if p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD]
        count = 2 if parameters_of(found) == FORWARDS_EVERYTHING and "RNN LSTM GRU".find(name.rpartition(".")[2]) >= 0 else len(required)
        module = found(*[4] * count)
    assert isinstance(module, nn.Module)
    return module


LAYER_NAMES = [(name, row) for row in layers.ALL for name in torch_names(row) if name not in UNBUILT]


@pytest.mark.parametrize(("name", "row"), LAYER_NAMES, ids=[name for name, _ in LAYER_NAMES])
def test_layers_hold_the_parameters_and_defaults_that_rows_say(name: str, row: Layer) -> None:
    module = build(name)
    if row.container == "no":
        assert any(True for _ in module.parameters()) == row.has_parameters
    for key, value in row.defaults:
        if not isinstance(getattr(module, key, module), nn.Module):
            held = getattr(module, key)
            kept = held[0] if isinstance(held, tuple) else held is not None if key == "bias" else held
            assert kept == value or (key == "stride" and value is None)


MODES = [(name, row) for name, row in LAYER_NAMES if row.mode in ("statistics", "dropout") and "Lazy" not in name]


@pytest.mark.parametrize(
    "name",
    [
        "torch.nn.BatchNorm1d",
        "torch.nn.BatchNorm2d",
        "torch.nn.BatchNorm3d",
        "torch.nn.InstanceNorm2d",
        "torch.nn.LayerNorm",
        "torch.nn.Dropout",
    ],
)
def test_running_statistics_are_held_where_rows_say(name: str) -> None:
    row = lookup.layer(name)
    assert row is not None
    assert (getattr(build(name), "running_mean", None) is not None) == (row.mode == "statistics")


@pytest.mark.parametrize("name", [name for name, row in MODES if row.operation.endswith("dropout")])
def test_dropout_layers_change_with_the_mode(name: str) -> None:
    module, x = resolve(name)(), torch.ones(1, 4, 6)
    assert torch.equal(module.eval()(x), x)
    assert not torch.equal(torch.stack([module.train()(x) for _ in range(20)]), x.expand(20, 1, 4, 6))


LOSS_CLASSES = [(name, row) for row in losses.ALL for name in row.classes if name.startswith("torch.")]
LOSS_FUNCTIONS = [(name, row) for row in losses.ALL for name in row.functions if name.startswith("torch.")]
OTHER_FORWARD_NAMES = {"torch.nn.PoissonNLLLoss": "its forward calls the prediction log_input"}


@pytest.mark.parametrize(("name", "row"), LOSS_CLASSES, ids=[name for name, _ in LOSS_CLASSES])
def test_loss_classes_take_these_parameters(name: str, row: Loss) -> None:
    found = resolve(name)
    assert parameters_of(found) in (row.constructor, FORWARDS_EVERYTHING)
    forward = parameters_of(found.forward)[1:]
    assert name in OTHER_FORWARD_NAMES or forward == row.call[: len(forward)]


@pytest.mark.parametrize(("name", "row"), LOSS_FUNCTIONS, ids=[name for name, _ in LOSS_FUNCTIONS])
def test_loss_functions_take_these_parameters(name: str, row: Loss) -> None:
    assert parameters_of(resolve(name)) == row.call


def test_every_loss_of_torch_is_known() -> None:
    missing = [
        name
        for name in dir(nn)
        if name.endswith("Loss") and lookup.loss_class(f"torch.nn.{name}") is None and lookup.layer(f"torch.nn.{name}") is None
    ]
    assert missing == []


def test_every_layer_of_torch_is_known() -> None:
    classes = {name for name in dir(nn) if isinstance(getattr(nn, name), type) and issubclass(getattr(nn, name), nn.Module)}
    assert {name for name in classes if not lookup.is_known(f"torch.nn.{name}")} == set()


def test_every_optimizer_and_scheduler_of_torch_is_known() -> None:
    found = {name for name in dir(torch.optim) if isinstance(getattr(torch.optim, name), type)} - {"dict"}
    assert {name for name in found if lookup.optimizer(f"torch.optim.{name}") is None} == set()
    module = torch.optim.lr_scheduler
    kinds = {n for n in dir(module) if isinstance(getattr(module, n), type) and issubclass(getattr(module, n), module.LRScheduler)}
    assert {name for name in kinds if lookup.scheduler(f"torch.optim.lr_scheduler.{name}") is None} == set()


EXPECTED = {
    # how each expectation shows in numbers: the loss of a confident right answer in that form is near zero
    "logits": torch.tensor([[20.0, -20.0]]),
    "log_probabilities": torch.tensor([[0.0, -40.0]]),
    "binary_logits": torch.tensor([[20.0, -20.0]]),
    "probabilities": torch.tensor([[1.0, 0.0]]),
}


@pytest.mark.parametrize(
    "name",
    ["cross_entropy", "nll_loss", "binary_cross_entropy", "binary_cross_entropy_with_logits", "multilabel_soft_margin_loss", "kl_div"],
)
def test_a_right_answer_in_the_expected_form_costs_nothing(name: str) -> None:
    row = lookup.loss_function(f"torch.nn.functional.{name}")
    assert row is not None
    target = torch.tensor([0]) if row.target.startswith("class_index") else torch.tensor([[1.0, 0.0]])
    prediction = EXPECTED[row.expects]
    loss = resolve(f"torch.nn.functional.{name}")
    assert loss(prediction, target, reduction="sum").abs() < 1e-6
    assert row.expects == "probabilities" or loss(EXPECTED["probabilities"], target, reduction="sum").abs() > 0.1


@pytest.mark.parametrize("name", [row.name for row in losses.ALL if row.symmetric])
def test_symmetric_losses_do_not_mind_the_order(name: str) -> None:
    loss = resolve(f"torch.nn.functional.{name}")
    prediction, target = torch.rand(3), torch.rand(3)
    assert torch.equal(loss(prediction, target), loss(target, prediction))
