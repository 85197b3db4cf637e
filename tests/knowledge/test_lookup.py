"""Questions are answered under every name that people import a thing by."""

from __future__ import annotations

import math

import pytest

from lintnn.knowledge import lookup


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("torch.nn.modules.loss.CrossEntropyLoss", "torch.nn.CrossEntropyLoss"),
        ("torch.nn.modules.module.Module", "torch.nn.Module"),
        ("torch.nn.modules.Linear", "torch.nn.Linear"),
        ("torch.nn.parameter.Parameter", "torch.nn.Parameter"),
        ("torch.optim.adam.Adam", "torch.optim.Adam"),
        ("torch.optim.optimizer.Optimizer", "torch.optim.Optimizer"),
        ("torch.utils.data.dataloader.DataLoader", "torch.utils.data.DataLoader"),
        ("torch.utils.data.distributed.DistributedSampler", "torch.utils.data.DistributedSampler"),
        ("torch.cuda.amp.GradScaler", "torch.amp.GradScaler"),
        ("torch.cuda.amp.grad_scaler.GradScaler", "torch.amp.GradScaler"),
        ("torch.cuda.amp.autocast", "torch.cuda.amp.autocast"),
        ("torch.nn.parallel.distributed.DistributedDataParallel", "torch.nn.parallel.DistributedDataParallel"),
        ("torch.nn.parallel.DataParallel", "torch.nn.DataParallel"),
        ("torch.nn.utils.clip_grad.clip_grad_norm_", "torch.nn.utils.clip_grad_norm_"),
        ("torch.functional.einsum", "torch.functional.einsum"),
        ("torch.autograd.variable.Variable", "torch.autograd.Variable"),
        ("torch.autograd.no_grad", "torch.autograd.no_grad"),
        ("lightning.LightningModule", "pytorch_lightning.LightningModule"),
        ("lightning.pytorch.core.module.LightningModule", "pytorch_lightning.LightningModule"),
        ("pytorch_lightning.core.lightning.LightningModule", "pytorch_lightning.LightningModule"),
        ("lightning.Fabric.setup", "lightning.fabric.Fabric.setup"),
        ("lightning_fabric.Fabric.setup", "lightning.fabric.Fabric.setup"),
        ("transformers.optimization.get_linear_schedule_with_warmup", "transformers.get_linear_schedule_with_warmup"),
        ("transformers.trainer.Trainer", "transformers.Trainer"),
        ("accelerate.accelerator.Accelerator.prepare", "accelerate.Accelerator.prepare"),
        ("torchvision.datasets.mnist.MNIST", "torchvision.datasets.MNIST"),
        ("project.models.Net", "project.models.Net"),
    ],
)
def test_canonical_name(written: str, canonical: str) -> None:
    assert lookup.canonical(written) == canonical
    assert lookup.canonical(canonical) == canonical


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ("torch.softmax", "softmax"),
        ("torch.nn.functional.softmax", "softmax"),
        ("torch.special.softmax", "softmax"),
        ("torch.special.expit", "sigmoid"),
        ("torch.nn.functional.logsigmoid", "log_sigmoid"),
        ("torch.functional.einsum", "einsum"),
        ("torch.FloatTensor", "legacy_tensor"),
        ("numpy.array", "array_array"),
    ],
)
def test_function_spells_operation(spelling: str, name: str) -> None:
    found = lookup.operation_of_function(spelling)
    assert found is not None
    assert found.name == name
    assert lookup.operation(name) is found


@pytest.mark.parametrize(("method", "name"), [("softmax", "softmax"), ("sigmoid_", "sigmoid"), ("clip", "clamp"), ("ndimension", "dim")])
def test_method_spells_operation(method: str, name: str) -> None:
    found = lookup.operation_of_method(method)
    assert found is not None
    assert found.name == name


def test_operators_and_attributes_spell_operations() -> None:
    named = [
        lookup.operation_of_operator("@"),
        lookup.operation_of_unary_operator("~"),
        lookup.operation_of_attribute("T"),
        lookup.operation_of_attribute("data"),
        lookup.operation_of_array_method("astype"),
        lookup.operation_of_array_attribute("T"),
    ]
    assert [row.name if row else None for row in named] == ["matmul", "bitwise_not", "t", "detach", "array_astype", "array_transpose"]


def test_losses_are_found_in_both_spellings() -> None:
    by_class, by_function = lookup.loss_class("torch.nn.NLLLoss"), lookup.loss_function("torch.nn.functional.nll_loss")
    assert by_class is not None
    assert by_class is by_function
    assert by_class.expects == "log_probabilities"


def test_skorch_gives_nll_loss_another_meaning() -> None:
    found = lookup.estimator("skorch.NeuralNetClassifier")
    assert found is not None
    assert found.default_criterion == "torch.nn.NLLLoss"
    assert dict(found.criterion_expects) == {"torch.nn.NLLLoss": "probabilities"}


def test_other_estimators_of_skorch_call_the_criterion_as_it_is() -> None:
    for name in ("skorch.NeuralNet", "skorch.NeuralNetRegressor", "skorch.NeuralNetBinaryClassifier", "ray_skorch.RayTrainNeuralNet"):
        found = lookup.estimator(name)
        assert found is not None
        assert found.criterion_expects == ()


def test_a_trainer_runs_what_it_is_given() -> None:
    found = lookup.framework_of_runner("lightning.Trainer.fit")
    assert found is not None
    assert found.name == "lightning"
    assert found.manual_switch == "automatic_optimization"


def test_an_estimator_is_known_by_its_last_name() -> None:
    assert lookup.estimator("my_sklearn.NeuralNetClassifier") is lookup.estimator("skorch.NeuralNetClassifier")
    assert lookup.estimator("my_sklearn.Net") is None


@pytest.mark.parametrize(
    ("factory", "mode", "dependence", "output"),
    [
        ("torchvision.models.resnet50", "train", "statistics", "logits"),
        ("torchvision.models.vgg16", "train", "dropout", "logits"),
        ("torchvision.models.vgg16_bn", "train", "statistics", "logits"),
        ("torchvision.models.segmentation.deeplabv3_resnet50", "train", "statistics", "out"),
        ("timm.create_model", "train", "unknown", "logits"),
        ("transformers.BertForSequenceClassification.from_pretrained", "eval", "dropout", "logits"),
        ("transformers.models.bert.modeling_bert.BertModel.from_pretrained", "eval", "dropout", "unknown"),
        ("pytorch_pretrained_bert.BertModel.from_pretrained", "train", "dropout", "unknown"),
        ("torch.hub.load", "unknown", "unknown", "unknown"),
    ],
)
def test_module_factories(factory: str, mode: str, dependence: str, output: str) -> None:
    found = lookup.loader_of_module(factory)
    assert found is not None
    assert (found.mode, found.mode_dependence, found.output) == (mode, dependence, output)


@pytest.mark.parametrize(
    "name", ["transformers.AutoTokenizer.from_pretrained", "transformers.BertTokenizerFast.from_pretrained", "project.load"]
)
def test_other_calls_load_no_module(name: str) -> None:
    assert lookup.loader_of_module(name) is None


@pytest.mark.parametrize(
    "name", ["logging.getLogger", "tqdm.tqdm", "wandb.log", "os.path.join", "sklearn.metrics.f1_score", "torch.manual_seed"]
)
def test_inert(name: str) -> None:
    assert lookup.is_inert(name)


@pytest.mark.parametrize(
    "name", ["torch.softmax", "torch.nn.init.zeros_", "functools.partial", "copy.deepcopy", "project.log", "torchvision.models.resnet18"]
)
def test_not_inert(name: str) -> None:
    assert not lookup.is_inert(name)


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("torch.nn.Module", True),
        ("torch.nn.modules.loss._Loss", True),
        ("torch.nn.CrossEntropyLoss", True),
        ("lightning.pytorch.LightningModule", True),
        ("transformers.BertPreTrainedModel", True),
        ("torchvision.models.ResNet", True),
        ("torch.utils.data.Dataset", False),
        ("torch.optim.Optimizer", False),
        ("builtins.object", False),
    ],
)
def test_module_classes(name: str, answer: bool) -> None:
    assert lookup.is_module_class(name) is answer


def test_constants() -> None:
    assert lookup.dtype_constant("torch.long") == "int64"
    assert lookup.dtype_constant("numpy.float32") == "float32"
    assert lookup.dtype_constant("builtins.float") == "float64"
    assert lookup.dtype_string("torch.LongTensor") == "int64"
    assert lookup.number_constant("torch.pi") == math.pi
    assert lookup.dtype_constant("torch.softmax") is None


def test_the_rest_of_the_floor_answers() -> None:
    optimizer, schedule = lookup.optimizer("torch.optim.LBFGS"), lookup.scheduler("torch.optim.lr_scheduler.OneCycleLR")
    fabric = lookup.framework_of_wrapper("lightning.Fabric.setup")
    lightning = lookup.framework_of_base("lightning.LightningModule")
    no_grad, clip = lookup.context("torch.no_grad"), lookup.effect("torch.nn.utils.clip_grad_norm_")
    cifar = lookup.data_source("torchvision.datasets.CIFAR10")
    assert optimizer is not None
    assert optimizer.closure
    assert schedule is not None
    assert schedule.unit == "batch"
    assert fabric is not None
    assert "zero_grad" not in fabric.owns
    assert lightning is not None
    assert {"zero_grad", "mode", "no_grad"} <= set(lightning.owns)
    assert no_grad is not None
    assert no_grad.effect == "no_grad"
    assert clip is not None
    assert clip.kind == "clip"
    assert cifar is not None
    assert cifar.split == "train"
    assert lookup.is_optimizer_factory("timm.optim.create_optimizer_v2")
    assert lookup.is_library("torchvision")
    assert not lookup.is_library("project")


def test_unknown_names_have_no_row() -> None:
    questions = (
        lookup.operation_of_function,
        lookup.operation_of_method,
        lookup.layer,
        lookup.loss_class,
        lookup.loss_function,
        lookup.optimizer,
        lookup.scheduler,
        lookup.framework_of_base,
        lookup.framework_of_wrapper,
        lookup.framework_of_runner,
        lookup.estimator,
        lookup.loader_of_module,
        lookup.context,
        lookup.effect,
        lookup.data_source,
        lookup.dtype_constant,
        lookup.number_constant,
    )
    assert [question("project.thing") for question in questions] == [None] * len(questions)
    assert not lookup.is_known("project.thing")
    assert lookup.is_known("torch.nn.modules.linear.Linear")


def test_objects_that_loops_hold_of_frameworks() -> None:
    for written in ("accelerate.Accelerator", "accelerate.accelerator.Accelerator", "lightning.Fabric", "lightning_fabric.Fabric"):
        assert lookup.handle(written) is not None, written
    assert lookup.handle("transformers.Trainer") is None
    assert lookup.handle_called("accelerator") == "accelerate.Accelerator"
    assert lookup.handle_called("trainer") is None
