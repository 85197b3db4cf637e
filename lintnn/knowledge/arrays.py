"""Functions of numpy and methods of its arrays: what they make, and in which dtype it arrives at torch."""

from __future__ import annotations

from lintnn.knowledge.rows import Facts, operation

SAME: Facts = {"array": True, "result": "array", "gradient": "stops", "shape": "same"}
FLOAT: Facts = {"array": True, "result": "array", "gradient": "stops", "shape": "same", "dtype": "float"}
BINARY: Facts = {"array": True, "result": "array", "gradient": "stops", "shape": "broadcast", "dtype": "promote"}
TEST: Facts = {"array": True, "result": "array", "gradient": "stops", "shape": "broadcast", "dtype": "bool"}
REDUCE: Facts = {"array": True, "result": "array", "gradient": "stops", "shape": "reduce"}
INDEX: Facts = {"array": True, "result": "array", "gradient": "stops", "shape": "reduce", "dtype": "int64"}
CREATE: Facts = {"array": True, "result": "array", "gradient": "stops", "shape": "create", "dtype": "default64"}
MADE: Facts = {"array": True, "result": "array", "gradient": "stops", "shape": "create", "dtype": "data"}
LIKE: Facts = {"array": True, "result": "array", "gradient": "stops", "shape": "like", "dtype": "argument"}
KEEP: Facts = {"array": True, "result": "array", "gradient": "stops", "flow": "keep"}
RANDOM: Facts = {"array": True, "result": "array", "gradient": "stops", "shape": "create", "dtype": "float64"}
INTEGERS: Facts = {"array": True, "result": "array", "gradient": "stops", "shape": "create", "dtype": "int64"}
OTHER: Facts = {"array": True, "result": "array", "gradient": "stops", "dtype": "unknown"}
NUMBER: Facts = {"array": True, "result": "number", "gradient": "stops", "shape": "scalar"}

CREATIONS = (
    operation("array_array", "object dtype copy order", "numpy.array", flow="keep", family=MADE),
    operation("array_asarray", "a dtype order", "numpy.asarray numpy.asanyarray numpy.ascontiguousarray", flow="keep", family=MADE),
    operation("array_zeros", "shape dtype order", "numpy.zeros numpy.ones numpy.empty", family=CREATE),
    operation("array_full", "shape fill_value dtype order", "numpy.full", family=MADE),
    operation("array_zeros_like", "a dtype order", "numpy.zeros_like numpy.ones_like numpy.empty_like", family=LIKE),
    operation("array_full_like", "a fill_value dtype order", "numpy.full_like", family=LIKE),
    operation("array_eye", "N M k dtype order", "numpy.eye", family=CREATE),
    operation("array_identity", "n dtype", "numpy.identity", family=CREATE),
    operation("array_arange", "start stop step dtype", "numpy.arange", family=MADE),
    operation("array_linspace", "start stop num endpoint retstep dtype", "numpy.linspace numpy.logspace numpy.geomspace", family=CREATE),
    operation("array_meshgrid", "xi", "numpy.meshgrid", variadic="xi", family=OTHER),
    operation("array_load", "file mmap_mode allow_pickle", "numpy.load", family=OTHER),
    operation("array_loadtxt", "fname dtype", "numpy.loadtxt numpy.genfromtxt", family=CREATE),
    operation("array_frombuffer", "buffer dtype count offset", "numpy.frombuffer", family=CREATE),
    operation("array_rand", "size", "numpy.random.rand numpy.random.randn", variadic="size", family=RANDOM),
    operation("array_random", "size", "numpy.random.random numpy.random.random_sample numpy.random.standard_normal", family=RANDOM),
    operation("array_normal", "loc scale size", "numpy.random.normal numpy.random.laplace", family=RANDOM),
    operation("array_uniform", "low high size", "numpy.random.uniform", family=RANDOM),
    operation("array_beta", "a b size", "numpy.random.beta", family=RANDOM),
    operation("array_randint", "low high size dtype", "numpy.random.randint", family=INTEGERS),
    operation("array_permutation", "x", "numpy.random.permutation", family=OTHER),
    operation("array_choice", "a size replace p", "numpy.random.choice", family=OTHER),
)

POINTWISE = (
    operation("array_exp", "x", "numpy.exp", activation="exp", flow="activation", family=FLOAT),
    operation("array_log", "x", "numpy.log", activation="log", flow="activation", family=FLOAT),
    operation("array_tanh", "x", "numpy.tanh", activation="tanh", flow="activation", family=FLOAT),
    operation("array_expit", "x", "scipy.special.expit", activation="sigmoid", flow="activation", family=FLOAT),
    operation("array_softmax", "x axis", "scipy.special.softmax", activation="softmax", flow="activation", family=FLOAT),
    operation("array_log_softmax", "x axis", "scipy.special.log_softmax", activation="log_softmax", flow="activation", family=FLOAT),
    operation(
        "array_float_function", "x", "numpy.sqrt numpy.log2 numpy.log10 numpy.log1p numpy.expm1 numpy.sin numpy.cos numpy.tan", family=FLOAT
    ),
    operation(
        "array_inverse_function",
        "x",
        "numpy.arcsin numpy.arccos numpy.arctan numpy.sinh numpy.cosh numpy.deg2rad numpy.rad2deg",
        family=FLOAT,
    ),
    operation("array_rounding", "x", "numpy.floor numpy.ceil numpy.rint numpy.trunc", family=FLOAT),
    operation("array_round", "a decimals", "numpy.round numpy.around", "round", family=SAME),
    operation("array_same_function", "x", "numpy.abs numpy.absolute numpy.square numpy.negative numpy.sign", family=SAME),
    operation("array_clip", "a min max", "numpy.clip", "clip", flow="keep", family=SAME),
    operation("array_nan_to_num", "x copy nan", "numpy.nan_to_num", flow="keep", family=SAME),
    operation("array_is", "x", "numpy.isnan numpy.isinf numpy.isfinite numpy.logical_not", family=TEST),
    operation(
        "array_compare", "x1 x2", "numpy.equal numpy.not_equal numpy.less numpy.less_equal numpy.greater numpy.greater_equal", family=TEST
    ),
    operation("array_logical", "x1 x2", "numpy.logical_and numpy.logical_or numpy.logical_xor", family=TEST),
    operation("array_isin", "element test_elements", "numpy.isin", family=TEST),
    operation(
        "array_arithmetic", "x1 x2", "numpy.add numpy.subtract numpy.multiply numpy.mod numpy.power numpy.floor_divide", family=BINARY
    ),
    operation("array_extreme", "x1 x2", "numpy.maximum numpy.minimum", flow="keep", keeps_range=True, family=BINARY),
    operation(
        "array_divide",
        "x1 x2",
        "numpy.divide numpy.true_divide numpy.arctan2",
        array=True,
        result="array",
        gradient="stops",
        shape="broadcast",
        dtype="quotient",
    ),
    operation("array_matmul", "x1 x2", "numpy.matmul", array=True, result="array", gradient="stops", shape="matmul", dtype="promote"),
    operation("array_dot", "a b", "numpy.dot", "dot", array=True, result="array", gradient="stops", dtype="promote"),
    operation("array_einsum", "operands", "numpy.einsum", variadic="operands", family=OTHER),
)

REDUCTIONS = (
    operation(
        "array_sum",
        "a axis dtype out keepdims",
        "numpy.sum numpy.prod numpy.nansum",
        "sum prod",
        array=True,
        result="array",
        gradient="stops",
        shape="reduce",
        dtype="sum",
    ),
    operation(
        "array_cumsum",
        "a axis dtype",
        "numpy.cumsum numpy.cumprod",
        "cumsum cumprod",
        array=True,
        result="array",
        gradient="stops",
        shape="same",
        dtype="sum",
    ),
    operation(
        "array_mean",
        "a axis dtype out keepdims",
        "numpy.mean numpy.std numpy.var numpy.nanmean numpy.nanstd",
        "mean std var",
        dtype="float",
        family=REDUCE,
    ),
    operation("array_median", "a axis", "numpy.median numpy.average", family=OTHER),
    operation("array_percentile", "a q axis", "numpy.percentile numpy.quantile", family=OTHER),
    operation(
        "array_max",
        "a axis out keepdims",
        "numpy.max numpy.min numpy.amax numpy.amin",
        "max min",
        flow="keep",
        keeps_range=True,
        family=REDUCE,
    ),
    operation("array_argmax", "a axis", "numpy.argmax numpy.argmin", "argmax argmin", activation="argmax", flow="activation", family=INDEX),
    operation("array_argsort", "a axis", "numpy.argsort", "argsort", family=INTEGERS),
    operation(
        "array_all", "a axis", "numpy.all numpy.any", "all any", array=True, result="array", gradient="stops", shape="reduce", dtype="bool"
    ),
    operation("array_nonzero", "a", "numpy.nonzero numpy.argwhere numpy.flatnonzero", "nonzero", family=INTEGERS),
    operation("array_bincount", "x weights minlength", "numpy.bincount", family=OTHER),
    operation("array_norm", "x ord axis keepdims", "numpy.linalg.norm", family=FLOAT),
    operation("array_array_equal", "a1 a2", "numpy.array_equal", family=NUMBER),
    operation("array_allclose", "a b rtol atol", "numpy.allclose", family=NUMBER),
)

ARRANGEMENTS = (
    operation("array_reshape", "a shape", "numpy.reshape", "reshape", variadic="shape", shape="view", family=KEEP),
    operation("array_flatten", "a", "numpy.ravel", "flatten ravel", shape="flatten", family=KEEP),
    operation(
        "array_transpose", "a axes", "numpy.transpose", "transpose", variadic="axes", shape="permute", attributes=("T",), family=KEEP
    ),
    operation("array_swapaxes", "a axis1 axis2", "numpy.swapaxes", "swapaxes", shape="transpose", family=KEEP),
    operation("array_moveaxis", "a source destination", "numpy.moveaxis", shape="permute", family=KEEP),
    operation("array_expand_dims", "a axis", "numpy.expand_dims", shape="unsqueeze", family=KEEP),
    operation("array_squeeze", "a axis", "numpy.squeeze", "squeeze", shape="squeeze", family=KEEP),
    operation("array_concatenate", "arrays axis", "numpy.concatenate", shape="cat", dtype="promote", family=KEEP),
    operation("array_stack", "arrays axis", "numpy.stack", shape="stack", dtype="promote", family=KEEP),
    operation("array_hstack", "tup", "numpy.hstack numpy.vstack numpy.dstack numpy.column_stack", dtype="promote", family=KEEP),
    operation("array_append", "arr values axis", "numpy.append", dtype="promote", family=KEEP),
    operation(
        "array_split",
        "ary indices_or_sections axis",
        "numpy.split numpy.array_split",
        array=True,
        result="unknown",
        gradient="stops",
        flow="keep",
    ),
    operation("array_repeat", "a repeats axis", "numpy.repeat", "repeat", family=KEEP),
    operation("array_tile", "A reps", "numpy.tile", family=KEEP),
    operation("array_flip", "m axis", "numpy.flip numpy.fliplr numpy.flipud", family=KEEP),
    operation("array_rot90", "m k axes", "numpy.rot90", family=KEEP),
    operation("array_roll", "a shift axis", "numpy.roll", family=KEEP),
    operation("array_pad", "array pad_width mode", "numpy.pad", family=KEEP),
    operation("array_where", "condition x y", "numpy.where", shape="broadcast", dtype="promote", family=KEEP),
    operation("array_take", "a indices axis", "numpy.take numpy.take_along_axis", "take", family=KEEP),
    operation("array_sort", "a axis", "numpy.sort", family=KEEP),
    operation("array_unique", "ar return_index", "numpy.unique", family=OTHER),
    operation("array_broadcast_to", "array shape", "numpy.broadcast_to", shape="expand", family=KEEP),
    operation("array_tril", "m k", "numpy.tril numpy.triu", family=SAME),
    operation("array_copy", "a", "numpy.copy", "copy", shape="same", family=KEEP),
    operation("array_astype", "a dtype order casting", "", "astype", dtype="argument", shape="same", family=KEEP),
    operation("array_item", "a", "", "item", family=NUMBER),
    operation("array_tolist", "a", "", "tolist", array=True, result="list", gradient="stops"),
)

ALL = (*CREATIONS, *POINTWISE, *REDUCTIONS, *ARRANGEMENTS)
"""Every row of this table."""
