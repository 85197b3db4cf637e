"""Sample calls: for every operation that torch can run on small tensors, arguments that fit its parameters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from lintnn.knowledge import tensor_operations
from lintnn.knowledge.rows import words
from lintnn.knowledge.schema import Operation
from tests.knowledge.signatures import resolve

Argument = Callable[[Tensor], Any]


def _same(value: object) -> Argument:
    return lambda x: value


def _index(x: Tensor) -> Tensor:
    return torch.zeros(x.shape, dtype=torch.int64)


def _other(x: Tensor) -> Tensor:
    """Another tensor like ``x``; for integers one without zeros."""
    return x.detach().flip(0) if x.is_floating_point() else torch.ones_like(x)


def _mask(x: Tensor) -> Tensor:
    return x > 0.5


def _weight(x: Tensor) -> Tensor:
    return torch.ones(2, 4, 3, 3, dtype=x.dtype)


REMAINING: dict[str, tuple[Argument, ...]] = {
    # what follows the tensor, by operation
    **dict.fromkeys(
        words("softmax softmin log_softmax logsumexp cumsum cumprod cummax cummin logcumsumexp unbind unsqueeze kthvalue topk"),
        (_same(1),),
    ),
    **dict.fromkeys(
        words(
            "sub rsub mul add div floor_divide remainder fmod maximum minimum atan2 hypot copysign xlogy logaddexp logaddexp2 "
            "heaviside ldexp nextafter eq ne lt le gt ge isclose isin logical_and logical_or logical_xor bitwise_and bitwise_or "
            "bitwise_xor left_shift right_shift gcd lcm equal allclose dist view_as reshape_as expand_as type_as cosine_similarity "
            "pairwise_distance pow"
        ),
        (_other,),
    ),
    "addcmul": (_other, _other),
    "addcdiv": (_other, _other),
    "lerp": (_other, _same(0.5)),
    "prelu": (lambda x: torch.ones(1, dtype=x.dtype),),
    "threshold": (_same(0.5), _same(0.0)),
    "clamp": (_same(0), _same(1)),
    "clamp_min": (_same(0),),
    "clamp_max": (_same(1),),
    "polar": (_other,),
    "complex": (_other,),
    "mode": (),
    "quantile": (_same(0.5),),
    "nanquantile": (_same(0.5),),
    "view": (_same(-1),),
    "reshape": (_same((-1,)),),
    "unflatten": (_same(0), _same((1, -1))),
    "permute": (_same((1, 0)),),
    "movedim": (_same(0), _same(1)),
    "transpose": (_same(0), _same(1)),
    "swapaxes": (_same(0), _same(1)),
    "expand": (lambda x: x.shape,),
    "resize": (_same(3), _same(3)),
    "broadcast_to": (lambda x: x.shape,),
    "repeat": (_same((2, 1)),),
    "tile": (_same((2, 1)),),
    "repeat_interleave": (_same(2),),
    "flip": (_same((0,)),),
    "roll": (_same(1),),
    "unfold": (_same(1), _same(2), _same(1)),
    "as_strided": (_same((2, 2)), _same((1, 1))),
    "split": (_same(1),),
    "split_with_sizes": (lambda x: list((1,) * x.shape[0]),),
    "tensor_split": (_same(2),),
    "chunk": (_same(2),),
    "hsplit": (_same([1]),),
    "dsplit": (_same([1]),),
    "slice_scatter": (lambda x: x.detach()[:1], _same(0), _same(0), _same(1)),
    "select_scatter": (lambda x: x.detach()[0], _same(0), _same(0)),
    "diagonal_scatter": (lambda x: x.detach()[0],),
    "renorm": (_same(2), _same(0), _same(0.5)),
    "sum_to_size": (lambda x: x.shape,),
    "cholesky_solve": (_other,),
    "vecdot": (_other,),
    "gather": (_same(1), _index),
    "take": (_index,),
    "take_along_dim": (_index, _same(1)),
    "index_select": (_same(0), _same(torch.tensor([0]))),
    "masked_select": (_mask,),
    "select": (_same(0), _same(0)),
    "narrow": (_same(0), _same(0), _same(1)),
    "where_method": (_mask, lambda x: x),
    "masked_fill": (_mask, _same(0)),
    "masked_scatter": (_mask, _other),
    "fill": (_same(1),),
    **dict.fromkeys(("scatter", "scatter_add"), (_same(1), _index, _other)),
    "scatter_reduce": (_same(1), _index, _other, _same("amax")),
    "index_add": (_same(0), lambda x: torch.arange(x.shape[0]), _other),
    "index_copy": (_same(0), _same(torch.tensor([0])), lambda x: x.detach()[:1]),
    "index_fill": (_same(0), _same(torch.tensor([0])), _same(1)),
    "index_put": (_same((torch.tensor([0]),)), lambda x: torch.ones(1, dtype=x.dtype)),
    "put": (_same(torch.tensor([0])), lambda x: torch.ones(1, dtype=x.dtype)),
    "multinomial": (_same(1),),
    "bucketize": (lambda x: torch.tensor([0, 1], dtype=x.dtype),),
    "type": (lambda x: x.dtype,),
    "to": (_same("cpu"),),
    "is_set_to": (lambda x: x,),
    "full_like": (_same(1),),
    "randint_like": (_same(3),),
    "new_zeros": (_same((2,)),),
    "new_ones": (_same((2,)),),
    "new_empty": (_same((2,)),),
    "new_full": (_same((2,)), _same(1)),
    "new_tensor": (_same([1]),),
    "matmul": (_other,),
    "mm": (_other,),
    "bmm": (_other,),
    "mv": (lambda x: x.detach()[0],),
    "dot": (_other,),
    "inner": (_other,),
    "outer": (_other,),
    "kron": (_other,),
    "cross": (_other, _same(1)),
    "cdist": (_other,),
    "tensordot": (_other,),
    "addmm": (_other, _other),
    "addmv": (lambda x: torch.ones(3, 3, dtype=x.dtype), _other),
    "addr": (lambda x: torch.ones(3, dtype=x.dtype), lambda x: torch.ones(3, dtype=x.dtype)),
    "addbmm": (lambda x: torch.ones(2, 3, 3, dtype=x.dtype), lambda x: torch.ones(2, 3, 3, dtype=x.dtype)),
    "baddbmm": (lambda x: torch.ones(2, 3, 3, dtype=x.dtype), lambda x: torch.ones(2, 3, 3, dtype=x.dtype)),
    "solve": (_other,),
    "lstsq": (_other,),
    "matrix_power": (_same(2),),
    "linear": (lambda x: torch.ones(4, x.shape[-1], dtype=x.dtype),),
    "conv1d": (lambda x: torch.ones(2, x.shape[1], 3, dtype=x.dtype),),
    "conv2d": (_weight,),
    "conv3d": (lambda x: torch.ones(2, x.shape[1], 3, 3, 3, dtype=x.dtype),),
    "conv_transpose1d": (lambda x: torch.ones(x.shape[1], 2, 3, dtype=x.dtype),),
    "conv_transpose2d": (lambda x: torch.ones(x.shape[1], 2, 3, 3, dtype=x.dtype),),
    "conv_transpose3d": (lambda x: torch.ones(x.shape[1], 2, 3, 3, 3, dtype=x.dtype),),
    "batch_norm": (lambda x: torch.zeros(x.shape[1], dtype=x.dtype), lambda x: torch.ones(x.shape[1], dtype=x.dtype)),
    "layer_norm": (lambda x: x.shape[-1:],),
    "rms_norm": (lambda x: x.shape[-1:],),
    "group_norm": (_same(1),),
    "local_response_norm": (_same(2),),
    **dict.fromkeys(words("max_pool1d max_pool2d max_pool3d avg_pool1d avg_pool2d avg_pool3d"), (_same(2),)),
    **dict.fromkeys([f"adaptive_{kind}_pool{n}d" for kind in ("max", "avg") for n in (1, 2, 3)], (_same(1),)),
    "lp_pool": (_same(2), _same(2)),
    "fractional_max_pool2d": (_same(2), _same(2)),
    "interpolate": (_same(2),),
    "upsample": (_same(2),),
    "grid_sample": (lambda x: torch.zeros(x.shape[0], 2, 2, 2, dtype=x.dtype),),
    "pad": (_same((1, 1)),),
    "pixel_shuffle": (_same(2),),
    "pixel_unshuffle": (_same(2),),
    "channel_shuffle": (_same(2),),
    "sliding_windows": (_same(2),),
    "fold": (_same((2, 2)), _same((1, 1))),
    "affine_grid": (_same((2, 1, 2, 2)),),
    "scaled_dot_product_attention": (lambda x: x.detach(), lambda x: x.detach()),
    "stft": (_same(4), _same(None), _same(None), _same(None), _same(True), _same("reflect"), _same(False), _same(True), _same(True)),
    **dict.fromkeys(words("dropout dropout1d dropout2d dropout3d alpha_dropout feature_alpha_dropout"), (_same(0.5), _same(False))),
}

SHAPES: dict[str, tuple[int, ...]] = {
    **dict.fromkeys(words("item is_nonzero"), (1,)),
    **dict.fromkeys(words("dot outer addmv bincount combinations cartesian_prod exponential_ stft"), (3,)),
    "stft": (16,),
    **dict.fromkeys(words("bmm baddbmm"), (2, 3, 3)),
    **dict.fromkeys(
        words(
            "conv2d conv_transpose2d max_pool2d avg_pool2d adaptive_max_pool2d adaptive_avg_pool2d lp_pool fractional_max_pool2d "
            "interpolate upsample grid_sample pixel_shuffle pixel_unshuffle channel_shuffle sliding_windows dropout2d batch_norm "
            "instance_norm group_norm local_response_norm scaled_dot_product_attention feature_alpha_dropout"
        ),
        (2, 4, 6, 6),
    ),
    **dict.fromkeys(words("conv1d conv_transpose1d max_pool1d avg_pool1d adaptive_max_pool1d adaptive_avg_pool1d dropout1d"), (2, 4, 6)),
    **dict.fromkeys(
        words("conv3d conv_transpose3d max_pool3d avg_pool3d adaptive_max_pool3d adaptive_avg_pool3d dropout3d"), (2, 4, 6, 6, 6)
    ),
    "glu": (3, 4),
    "dsplit": (2, 2, 2),
    "view_as_complex": (3, 2),
    "fold": (1, 2, 4),
    "affine_grid": (2, 2, 3),
}

FUNCTION_NAMES: dict[str, str] = {
    # the spelling to run where the first one means another shape of arguments
    "lp_pool": "torch.nn.functional.lp_pool2d",
}

OTHER_ARGUMENTS = words(
    "broadcast_tensors cat stack hstack vstack dstack block_diag meshgrid cartesian_prod chain_matmul einsum where searchsorted isin "
    "embedding embedding_bag one_hot bilinear pdist solve_triangular max_unpool multi_head_attention_forward pad_sequence "
    "pack_padded_sequence pack_sequence pad_packed_sequence parameters_to_vector linear_cross_entropy sparsemax istft to_dense "
    "coalesce as_subclass set_ resize_ resize_as_ random_ geometric_ cauchy_ exponential_ uniform_ normal_ record_stream "
    "register_hook retain_grad storage copy fill_diagonal share_memory pin_memory cuda is_pinned imag view_as_real view_as_complex "
    "to_sparse sparse_coo_tensor frombuffer from_numpy from_dlpack normal fftfreq cholesky parameter buffer variable tolist numpy item "
    "requires_grad legacy_tensor zero"
)
"""Operations whose calls do not begin with one float tensor, or change it; they have tests of their own or none."""


def runnable(row: Operation) -> bool:
    """Whether :func:`run` can call it on a sample tensor."""
    takes_a_tensor = row.parameters[0] in ("input", "tensor", "x", "A", "x1", "a", "theta", "query", "logits", "real", "abs", "elements")
    return takes_a_tensor and bool(row.functions or row.methods) and row.name not in OTHER_ARGUMENTS


def sample(row: Operation, dtype: torch.dtype = torch.float32) -> Tensor:
    """A tensor with numbers between 0 and 1 (integers: 0 to 3) that the operation accepts."""
    shape = SHAPES.get(row.name, (3, 3))
    generator = torch.Generator().manual_seed(1)
    numbers = torch.rand(shape, generator=generator) * 0.8 + 0.1
    if len(shape) == 2 and shape[0] == shape[1]:
        numbers = (numbers + numbers.T) / 4 + torch.eye(shape[0]) * 0.5
    return numbers.to(dtype) if dtype.is_floating_point else (numbers * 3).to(dtype)


def run(row: Operation, x: Tensor) -> Any:
    """Call the operation's first spelling on a tensor with sample arguments."""
    rest = [argument(x) for argument in REMAINING.get(row.name, ())]
    if row.functions:
        return resolve(FUNCTION_NAMES.get(row.name, row.functions[0]))(x, *rest)
    return getattr(x, row.methods[0])(*rest)


RUNNABLE = frozenset(row.name for row in tensor_operations.ALL if runnable(row))
"""The names of all operations that :func:`run` can call."""
