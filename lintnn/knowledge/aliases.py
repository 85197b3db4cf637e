"""Other names under which libraries offer the same thing, and the constants they define."""

from __future__ import annotations

import math

from lintnn.knowledge.schema import Dtype

PREFIXES: tuple[tuple[str, str], ...] = (
    ("torch.torch.", "torch."),
    ("lightning.pytorch.", "pytorch_lightning."),
    ("lightning_fabric.", "lightning.fabric."),
    ("torch.distributed.fsdp.fully_sharded_data_parallel.", "torch.distributed.fsdp."),
    ("numpy.core.", "numpy."),
)
"""A name that begins with the first begins with the second instead."""

SHORTENED: tuple[tuple[str, str], ...] = (
    ("torch.nn.modules.", "torch.nn."),
    ("torch.nn.parallel.", "torch.nn.parallel."),
    ("torch.nn.parallel.", "torch.nn."),
    ("torch.nn.parameter.", "torch.nn."),
    ("torch.nn.utils.", "torch.nn.utils."),
    ("torch.nn.backends.", "torch.nn."),
    ("torch.optim.", "torch.optim."),
    ("torch.utils.data.", "torch.utils.data."),
    ("torch.utils.checkpoint.", "torch.utils.checkpoint."),
    ("torch.functional.", "torch."),
    ("torch.autograd.", "torch.autograd."),
    ("torch.autograd.", "torch."),
    ("torch.amp.", "torch.amp."),
    ("torch.cuda.amp.", "torch.amp."),
    ("torch.cpu.amp.", "torch.amp."),
    ("torch.distributed.", "torch.distributed."),
    ("torch.distributed.fsdp.", "torch.amp."),
    ("torchvision.datasets.", "torchvision.datasets."),
    ("torchvision.transforms.", "torchvision.transforms."),
    ("timm.optim.", "timm.optim."),
    ("timm.scheduler.", "timm.scheduler."),
    ("timm.loss.", "timm.loss."),
    ("timm.layers.", "timm.layers."),
    ("timm.models.", "timm.layers."),
    ("timm.utils.", "timm.utils."),
    ("transformers.", "transformers."),
    ("pytorch_transformers.", "pytorch_transformers."),
    ("pytorch_pretrained_bert.", "pytorch_pretrained_bert."),
    ("pytorch_lightning.", "pytorch_lightning."),
    ("lightning.", "pytorch_lightning."),
    ("lightning.", "lightning.fabric."),
    ("accelerate.", "accelerate."),
    ("skorch.", "skorch."),
    ("ignite.engine.", "ignite.engine."),
    ("apex.optimizers.", "apex.optimizers."),
    ("apex.parallel.", "apex.parallel."),
    ("bitsandbytes.optim.", "bitsandbytes.optim."),
    ("trl.", "trl."),
    ("segmentation_models_pytorch.", "segmentation_models_pytorch."),
)
"""Below the first, what the tables list directly below the second is the same thing: ``torch.optim.adam.Adam`` is "
"``torch.optim.Adam``."""

NAMES: dict[str, str] = {
    "torch.cuda.amp.grad_scaler.GradScaler": "torch.amp.GradScaler",
    "torch.distributed.fsdp.sharded_grad_scaler.ShardedGradScaler": "torch.amp.GradScaler",
    "torch.nn.parallel.DataParallel": "torch.nn.DataParallel",
}
"""Names that follow no rule."""

DTYPES: dict[str, Dtype] = {
    "torch.float32": "float32",
    "torch.float": "float32",
    "torch.float64": "float64",
    "torch.double": "float64",
    "torch.float16": "float16",
    "torch.half": "float16",
    "torch.bfloat16": "bfloat16",
    "torch.int64": "int64",
    "torch.long": "int64",
    "torch.int32": "int32",
    "torch.int": "int32",
    "torch.int16": "int16",
    "torch.short": "int16",
    "torch.int8": "int8",
    "torch.uint8": "uint8",
    "torch.bool": "bool",
    "torch.complex64": "complex64",
    "torch.cfloat": "complex64",
    "torch.FloatTensor": "float32",
    "torch.DoubleTensor": "float64",
    "torch.HalfTensor": "float16",
    "torch.BFloat16Tensor": "bfloat16",
    "torch.LongTensor": "int64",
    "torch.IntTensor": "int32",
    "torch.ShortTensor": "int16",
    "torch.CharTensor": "int8",
    "torch.ByteTensor": "uint8",
    "torch.BoolTensor": "bool",
    "torch.cuda.FloatTensor": "float32",
    "torch.cuda.DoubleTensor": "float64",
    "torch.cuda.HalfTensor": "float16",
    "torch.cuda.LongTensor": "int64",
    "torch.cuda.IntTensor": "int32",
    "torch.cuda.ByteTensor": "uint8",
    "torch.cuda.BoolTensor": "bool",
    "numpy.float32": "float32",
    "numpy.single": "float32",
    "numpy.float64": "float64",
    "numpy.double": "float64",
    "numpy.float": "float64",
    "numpy.float_": "float64",
    "numpy.float16": "float16",
    "numpy.half": "float16",
    "numpy.int64": "int64",
    "numpy.long": "int64",
    "numpy.int_": "int64",
    "numpy.int": "int64",
    "numpy.longlong": "int64",
    "numpy.int32": "int32",
    "numpy.intc": "int32",
    "numpy.int16": "int16",
    "numpy.short": "int16",
    "numpy.int8": "int8",
    "numpy.byte": "int8",
    "numpy.uint8": "uint8",
    "numpy.ubyte": "uint8",
    "numpy.bool": "bool",
    "numpy.bool_": "bool",
    "numpy.complex64": "complex64",
    "builtins.float": "float64",
    "builtins.int": "int64",
    "builtins.bool": "bool",
}
"""Names that stand for a dtype where one is asked for (tensor types included, as ``x.type(torch.LongTensor)`` takes them)."""

DTYPE_STRINGS: dict[str, Dtype] = {
    "float32": "float32",
    "float64": "float64",
    "float": "float64",
    "double": "float64",
    "float16": "float16",
    "half": "float16",
    "int64": "int64",
    "int": "int64",
    "int32": "int32",
    "int16": "int16",
    "int8": "int8",
    "uint8": "uint8",
    "bool": "bool",
    "complex64": "complex64",
    "f4": "float32",
    "f8": "float64",
    "i4": "int32",
    "i8": "int64",
    "u1": "uint8",
    "torch.FloatTensor": "float32",
    "torch.DoubleTensor": "float64",
    "torch.HalfTensor": "float16",
    "torch.LongTensor": "int64",
    "torch.IntTensor": "int32",
    "torch.ByteTensor": "uint8",
    "torch.BoolTensor": "bool",
    "torch.cuda.FloatTensor": "float32",
    "torch.cuda.LongTensor": "int64",
}
"""Strings that numpy's ``dtype=`` and ``astype`` and torch's ``type`` take."""

NUMBERS: dict[str, float] = {
    f"{package}.{name}": value
    for package in ("torch", "numpy", "math")
    for name, value in (("pi", math.pi), ("e", math.e), ("inf", math.inf), ("nan", math.nan))
}
"""Constants by qualified name."""

OPERATORS: dict[str, str] = {
    "+": "add",
    "-": "sub",
    "*": "mul",
    "/": "div",
    "//": "floor_divide",
    "%": "remainder",
    "**": "pow",
    "@": "matmul",
    "&": "bitwise_and",
    "|": "bitwise_or",
    "^": "bitwise_xor",
    "<<": "left_shift",
    ">>": "right_shift",
    "==": "eq",
    "!=": "ne",
    "<": "lt",
    "<=": "le",
    ">": "gt",
    ">=": "ge",
}
"""Binary operators of Python and the operations they spell on tensors."""

UNARY_OPERATORS: dict[str, str] = {"-": "neg", "~": "bitwise_not", "+": "positive"}
"""Unary operators of Python and the operations they spell on tensors."""
