"""Ready-made ``nn.Module`` classes of torch, and a few that other libraries add."""

from __future__ import annotations

from typing import Literal

from lintnn.knowledge.rows import words
from lintnn.knowledge.schema import Layer, ModeDependence

Default = None | bool | int | float | str
FACTORY = "device dtype"


def layer(
    names: str,
    operation: str,
    parameters: str = "",
    *defaults: tuple[str, Default],
    mode: ModeDependence = "never",
    has_parameters: bool = False,
    result: Literal["tensor", "recurrent", "attention", "pair", "unknown"] = "tensor",
    container: Literal["sequential", "list", "dict", "parameter_list", "parameter_dict", "no"] = "no",
) -> Layer:
    """A row; names without a dot are those of ``torch.nn``."""
    qualified = tuple(name if "." in name else f"torch.nn.{name}" for name in names.split())
    return Layer(
        names=qualified,
        operation=operation,
        parameters=words(parameters),
        defaults=defaults,
        mode=mode,
        has_parameters=has_parameters,
        result=result,
        container=container,
    )


CONV = f"in_channels out_channels kernel_size stride padding dilation groups bias padding_mode {FACTORY}"
CONV_TRANSPOSE = f"in_channels out_channels kernel_size stride padding output_padding groups bias dilation padding_mode {FACTORY}"
LAZY_CONV = f"out_channels kernel_size stride padding dilation groups bias padding_mode {FACTORY}"
LAZY_CONV_TRANSPOSE = f"out_channels kernel_size stride padding output_padding groups bias dilation padding_mode {FACTORY}"
BATCH_NORM = f"num_features eps momentum affine track_running_stats {FACTORY}"
LAZY_NORM = f"eps momentum affine track_running_stats {FACTORY}"
MAX_POOL = "kernel_size stride padding dilation return_indices ceil_mode"
AVERAGE_POOL = "kernel_size stride padding ceil_mode count_include_pad divisor_override"
RECURRENT = "input_size hidden_size num_layers bias batch_first dropout bidirectional proj_size device dtype"
RECURRENT_DEFAULTS: tuple[tuple[str, Default], ...] = (
    ("num_layers", 1),
    ("bias", True),
    ("batch_first", False),
    ("dropout", 0.0),
    ("bidirectional", False),
)
CONV_DEFAULTS: tuple[tuple[str, Default], ...] = (("stride", 1), ("padding", 0), ("dilation", 1), ("groups", 1), ("bias", True))
NORM_DEFAULTS: tuple[tuple[str, Default], ...] = (("eps", 1e-5), ("momentum", 0.1), ("affine", True), ("track_running_stats", True))
INSTANCE_NORM_DEFAULTS: tuple[tuple[str, Default], ...] = (
    ("eps", 1e-5),
    ("momentum", 0.1),
    ("affine", False),
    ("track_running_stats", False),
)
TRANSFORMER_LAYER = "d_model nhead dim_feedforward dropout activation layer_norm_eps batch_first norm_first bias device dtype"
TRANSFORMER_DEFAULTS: tuple[tuple[str, Default], ...] = (
    ("dim_feedforward", 2048),
    ("dropout", 0.1),
    ("batch_first", False),
    ("norm_first", False),
)

CONTAINERS = (
    layer("Sequential", "container", "args", container="sequential", result="unknown"),
    layer("ModuleList", "container", "modules", container="list", result="unknown"),
    layer("ModuleDict", "container", "modules", container="dict", result="unknown"),
    layer("ParameterList", "container", "values", container="parameter_list", has_parameters=True, result="unknown"),
    layer("ParameterDict", "container", "parameters", container="parameter_dict", has_parameters=True, result="unknown"),
)

LINEAR_LAYERS = (
    layer("Identity", "identity", "args"),
    layer("Linear", "linear", "in_features out_features bias device dtype", ("bias", True), has_parameters=True),
    layer(
        "torch.nn.modules.linear.NonDynamicallyQuantizableLinear",
        "linear",
        "in_features out_features bias device dtype",
        ("bias", True),
        has_parameters=True,
    ),
    layer("LazyLinear", "linear", "out_features bias device dtype", ("bias", True), has_parameters=True),
    layer("Bilinear", "bilinear", "in1_features in2_features out_features bias device dtype", ("bias", True), has_parameters=True),
    layer(
        "Embedding",
        "embedding",
        "num_embeddings embedding_dim padding_idx max_norm norm_type scale_grad_by_freq sparse",
        ("padding_idx", None),
        has_parameters=True,
    ),
    layer(
        "EmbeddingBag",
        "embedding_bag",
        "num_embeddings embedding_dim max_norm norm_type scale_grad_by_freq mode sparse",
        ("mode", "mean"),
        has_parameters=True,
    ),
    layer("CosineSimilarity", "cosine_similarity", "dim eps", ("dim", 1)),
    layer("PairwiseDistance", "pairwise_distance", "p eps keepdim", ("keepdim", False)),
    layer("Flatten", "flatten", "start_dim end_dim", ("start_dim", 1), ("end_dim", -1)),
    layer("Unflatten", "unflatten", "dim unflattened_size"),
)

CONVOLUTIONS = (
    layer("Conv1d", "conv1d", CONV, *CONV_DEFAULTS, has_parameters=True),
    layer("Conv2d", "conv2d", CONV, *CONV_DEFAULTS, has_parameters=True),
    layer("Conv3d", "conv3d", CONV, *CONV_DEFAULTS, has_parameters=True),
    layer("ConvTranspose1d", "conv_transpose1d", CONV_TRANSPOSE, *CONV_DEFAULTS, ("output_padding", 0), has_parameters=True),
    layer("ConvTranspose2d", "conv_transpose2d", CONV_TRANSPOSE, *CONV_DEFAULTS, ("output_padding", 0), has_parameters=True),
    layer("ConvTranspose3d", "conv_transpose3d", CONV_TRANSPOSE, *CONV_DEFAULTS, ("output_padding", 0), has_parameters=True),
    layer("LazyConv1d", "conv1d", LAZY_CONV, *CONV_DEFAULTS, has_parameters=True),
    layer("LazyConv2d", "conv2d", LAZY_CONV, *CONV_DEFAULTS, has_parameters=True),
    layer("LazyConv3d", "conv3d", LAZY_CONV, *CONV_DEFAULTS, has_parameters=True),
    layer("LazyConvTranspose1d", "conv_transpose1d", LAZY_CONV_TRANSPOSE, *CONV_DEFAULTS, ("output_padding", 0), has_parameters=True),
    layer("LazyConvTranspose2d", "conv_transpose2d", LAZY_CONV_TRANSPOSE, *CONV_DEFAULTS, ("output_padding", 0), has_parameters=True),
    layer("LazyConvTranspose3d", "conv_transpose3d", LAZY_CONV_TRANSPOSE, *CONV_DEFAULTS, ("output_padding", 0), has_parameters=True),
    layer("Unfold", "sliding_windows", "kernel_size dilation padding stride"),
    layer("Fold", "fold", "output_size kernel_size dilation padding stride"),
)

ACTIVATIONS = (
    layer("Softmax", "softmax", "dim", ("dim", None)),
    layer("Softmax2d", "softmax", "", ("dim", -3)),
    layer("Softmin", "softmin", "dim", ("dim", None)),
    layer("LogSoftmax", "log_softmax", "dim", ("dim", None)),
    layer("entmax.Sparsemax", "sparsemax", "dim", ("dim", -1)),
    layer("Sigmoid", "sigmoid"),
    layer("Hardsigmoid", "hardsigmoid", "inplace", ("inplace", False)),
    layer("LogSigmoid", "log_sigmoid"),
    layer("Tanh", "tanh"),
    layer("ReLU", "relu", "inplace", ("inplace", False)),
    layer("ReLU6", "relu6", "inplace", ("inplace", False)),
    layer("Softplus", "softplus", "beta threshold", ("beta", 1.0), ("threshold", 20.0)),
    layer("LeakyReLU", "leaky_relu", "negative_slope inplace", ("negative_slope", 0.01), ("inplace", False)),
    layer("RReLU", "rrelu", "lower upper inplace", ("inplace", False), mode="dropout"),
    layer("PReLU", "prelu", "num_parameters init device dtype", ("num_parameters", 1), has_parameters=True),
    layer("ELU", "elu", "alpha inplace", ("alpha", 1.0), ("inplace", False)),
    layer("SELU", "selu", "inplace", ("inplace", False)),
    layer("CELU", "celu", "alpha inplace", ("alpha", 1.0), ("inplace", False)),
    layer("GELU", "gelu", "approximate", ("approximate", "none")),
    layer("SiLU", "silu", "inplace", ("inplace", False)),
    layer("Mish", "mish", "inplace", ("inplace", False)),
    layer("Hardswish", "hardswish", "inplace", ("inplace", False)),
    layer("Hardtanh", "hardtanh", "min_val max_val inplace", ("min_val", -1.0), ("max_val", 1.0), ("inplace", False)),
    layer("Softsign", "softsign"),
    layer("Tanhshrink", "tanhshrink"),
    layer("Softshrink", "softshrink", "lambd", ("lambd", 0.5)),
    layer("Hardshrink", "hardshrink", "lambd", ("lambd", 0.5)),
    layer("Threshold", "threshold", "threshold value inplace", ("inplace", False)),
    layer("GLU", "glu", "dim", ("dim", -1)),
)

DROPOUTS = (
    layer("Dropout", "dropout", "p inplace", ("p", 0.5), ("inplace", False), mode="dropout"),
    layer("Dropout1d", "dropout1d", "p inplace", ("p", 0.5), ("inplace", False), mode="dropout"),
    layer("Dropout2d", "dropout2d", "p inplace", ("p", 0.5), ("inplace", False), mode="dropout"),
    layer("Dropout3d", "dropout3d", "p inplace", ("p", 0.5), ("inplace", False), mode="dropout"),
    layer("AlphaDropout", "alpha_dropout", "p inplace", ("p", 0.5), ("inplace", False), mode="dropout"),
    layer("FeatureAlphaDropout", "feature_alpha_dropout", "p inplace", ("p", 0.5), ("inplace", False), mode="dropout"),
    layer(
        "timm.layers.DropPath timm.models.layers.DropPath timm.layers.drop.DropPath",
        "dropout",
        "drop_prob scale_by_keep",
        ("drop_prob", 0.0),
        mode="dropout",
    ),
    layer("torchvision.ops.StochasticDepth", "dropout", "p mode", mode="dropout"),
)

NORMALISATIONS = (
    layer("BatchNorm1d", "batch_norm", BATCH_NORM, *NORM_DEFAULTS, mode="statistics", has_parameters=True),
    layer("BatchNorm2d", "batch_norm", BATCH_NORM, *NORM_DEFAULTS, mode="statistics", has_parameters=True),
    layer("BatchNorm3d", "batch_norm", BATCH_NORM, *NORM_DEFAULTS, mode="statistics", has_parameters=True),
    layer(
        "SyncBatchNorm apex.parallel.SyncBatchNorm",
        "batch_norm",
        "num_features eps momentum affine track_running_stats",
        *NORM_DEFAULTS,
        mode="statistics",
        has_parameters=True,
    ),
    layer("LazyBatchNorm1d", "batch_norm", LAZY_NORM, *NORM_DEFAULTS, mode="statistics", has_parameters=True),
    layer("LazyBatchNorm2d", "batch_norm", LAZY_NORM, *NORM_DEFAULTS, mode="statistics", has_parameters=True),
    layer("LazyBatchNorm3d", "batch_norm", LAZY_NORM, *NORM_DEFAULTS, mode="statistics", has_parameters=True),
    layer("InstanceNorm1d", "instance_norm", BATCH_NORM, *INSTANCE_NORM_DEFAULTS),
    layer("InstanceNorm2d", "instance_norm", BATCH_NORM, *INSTANCE_NORM_DEFAULTS),
    layer("InstanceNorm3d", "instance_norm", BATCH_NORM, *INSTANCE_NORM_DEFAULTS),
    layer(
        "LazyInstanceNorm1d LazyInstanceNorm2d LazyInstanceNorm3d",
        "instance_norm",
        LAZY_NORM,
        *NORM_DEFAULTS,
        mode="statistics",
        has_parameters=True,
    ),
    layer(
        "LayerNorm",
        "layer_norm",
        "normalized_shape eps elementwise_affine bias device dtype",
        ("elementwise_affine", True),
        has_parameters=True,
    ),
    layer("RMSNorm", "rms_norm", "normalized_shape eps elementwise_affine device dtype", ("elementwise_affine", True), has_parameters=True),
    layer("GroupNorm", "group_norm", "num_groups num_channels eps affine device dtype", ("affine", True), has_parameters=True),
    layer("LocalResponseNorm", "local_response_norm", "size alpha beta k"),
    layer("CrossMapLRN2d", "local_response_norm", "size alpha beta k"),
)

POOLINGS = (
    layer("MaxPool1d", "max_pool1d", MAX_POOL, ("stride", None), ("padding", 0), ("return_indices", False)),
    layer("MaxPool2d", "max_pool2d", MAX_POOL, ("stride", None), ("padding", 0), ("return_indices", False)),
    layer("MaxPool3d", "max_pool3d", MAX_POOL, ("stride", None), ("padding", 0), ("return_indices", False)),
    layer("AvgPool1d", "avg_pool1d", "kernel_size stride padding ceil_mode count_include_pad", ("stride", None), ("padding", 0)),
    layer("AvgPool2d", "avg_pool2d", AVERAGE_POOL, ("stride", None), ("padding", 0)),
    layer("AvgPool3d", "avg_pool3d", AVERAGE_POOL, ("stride", None), ("padding", 0)),
    layer("AdaptiveMaxPool1d", "adaptive_max_pool1d", "output_size return_indices", ("return_indices", False)),
    layer("AdaptiveMaxPool2d", "adaptive_max_pool2d", "output_size return_indices", ("return_indices", False)),
    layer("AdaptiveMaxPool3d", "adaptive_max_pool3d", "output_size return_indices", ("return_indices", False)),
    layer("AdaptiveAvgPool1d", "adaptive_avg_pool1d", "output_size"),
    layer("AdaptiveAvgPool2d", "adaptive_avg_pool2d", "output_size"),
    layer("AdaptiveAvgPool3d", "adaptive_avg_pool3d", "output_size"),
    layer("LPPool1d LPPool2d LPPool3d", "lp_pool", "norm_type kernel_size stride ceil_mode"),
    layer(
        "FractionalMaxPool2d FractionalMaxPool3d",
        "fractional_max_pool2d",
        "kernel_size output_size output_ratio return_indices",
        mode="dropout",
    ),
    layer("MaxUnpool1d MaxUnpool2d MaxUnpool3d", "max_unpool", "kernel_size stride padding"),
)

PADDINGS = (
    layer("ZeroPad1d ZeroPad2d ZeroPad3d", "pad", "padding"),
    layer("ConstantPad1d ConstantPad2d ConstantPad3d", "pad", "padding value"),
    layer("ReflectionPad1d ReflectionPad2d ReflectionPad3d", "pad", "padding", ("mode", "reflect")),
    layer("ReplicationPad1d ReplicationPad2d ReplicationPad3d", "pad", "padding", ("mode", "replicate")),
    layer("CircularPad1d CircularPad2d CircularPad3d", "pad", "padding", ("mode", "circular")),
)

RESAMPLINGS = (
    layer("Upsample", "upsample", "size scale_factor mode align_corners recompute_scale_factor", ("mode", "nearest")),
    layer("UpsamplingNearest2d", "upsample", "size scale_factor", ("mode", "nearest")),
    layer("UpsamplingBilinear2d", "upsample", "size scale_factor", ("mode", "bilinear")),
    layer("PixelShuffle", "pixel_shuffle", "upscale_factor"),
    layer("PixelUnshuffle", "pixel_unshuffle", "downscale_factor"),
    layer("ChannelShuffle", "channel_shuffle", "groups"),
)

RECURRENT_LAYERS = (
    layer(
        "RNN",
        "recurrent",
        "input_size hidden_size num_layers nonlinearity bias batch_first dropout bidirectional device dtype",
        *RECURRENT_DEFAULTS,
        mode="dropout",
        has_parameters=True,
        result="recurrent",
    ),
    layer("LSTM", "recurrent", RECURRENT, *RECURRENT_DEFAULTS, mode="dropout", has_parameters=True, result="recurrent"),
    layer("GRU", "recurrent", RECURRENT, *RECURRENT_DEFAULTS, mode="dropout", has_parameters=True, result="recurrent"),
    layer("RNNCell", "recurrent_cell", "input_size hidden_size bias nonlinearity device dtype", has_parameters=True),
    layer("GRUCell", "recurrent_cell", "input_size hidden_size bias device dtype", has_parameters=True),
    layer("LSTMCell", "recurrent_cell", "input_size hidden_size bias device dtype", has_parameters=True, result="unknown"),
)

ATTENTION_LAYERS = (
    layer(
        "MultiheadAttention",
        "attention",
        "embed_dim num_heads dropout bias add_bias_kv add_zero_attn kdim vdim batch_first device dtype",
        ("dropout", 0.0),
        ("batch_first", False),
        mode="dropout",
        has_parameters=True,
        result="attention",
    ),
    layer("TransformerEncoderLayer", "transformer_encoder", TRANSFORMER_LAYER, *TRANSFORMER_DEFAULTS, mode="dropout", has_parameters=True),
    layer("TransformerDecoderLayer", "transformer_decoder", TRANSFORMER_LAYER, *TRANSFORMER_DEFAULTS, mode="dropout", has_parameters=True),
    layer(
        "TransformerEncoder",
        "transformer_encoder",
        "encoder_layer num_layers norm enable_nested_tensor",
        mode="unknown",
        has_parameters=True,
    ),
    layer("TransformerDecoder", "transformer_decoder", "decoder_layer num_layers norm", mode="unknown", has_parameters=True),
    layer(
        "Transformer",
        "transformer",
        "d_model nhead num_encoder_layers num_decoder_layers dim_feedforward dropout activation",
        ("dropout", 0.1),
        mode="dropout",
        has_parameters=True,
    ),
)

OUTPUT_LAYERS = (
    layer(
        "AdaptiveLogSoftmaxWithLoss",
        "adaptive_log_softmax_with_loss",
        "in_features n_classes cutoffs div_value head_bias device dtype",
        has_parameters=True,
        result="unknown",
    ),
    layer("LinearCrossEntropyLoss", "linear_cross_entropy", "in_features num_classes", has_parameters=True),
)

ALL = (
    *CONTAINERS, *LINEAR_LAYERS, *CONVOLUTIONS, *ACTIVATIONS, *DROPOUTS, *NORMALISATIONS, *POOLINGS, *PADDINGS, *RESAMPLINGS,
    *RECURRENT_LAYERS, *ATTENTION_LAYERS, *OUTPUT_LAYERS,
)  # fmt: skip
"""Every row of this table."""

MODULE_BASES = words(
    "torch.nn.Module torch.nn.Container torch.nn.modules.loss._Loss torch.nn.modules.loss._WeightedLoss "
    "torch.nn.modules.batchnorm._BatchNorm torch.nn.modules.batchnorm._NormBase torch.nn.modules.instancenorm._InstanceNorm "
    "torch.nn.modules.conv._ConvNd torch.nn.modules.conv._ConvTransposeNd torch.nn.modules.dropout._DropoutNd torch.nn.RNNBase "
    "torch.nn.RNNCellBase torch.jit.ScriptModule torch.fx.GraphModule torch.distributions.transforms.TransformModule "
    "pytorch_lightning.LightningModule composer.ComposerModel composer.models.ComposerModel mmengine.model.BaseModule "
    "mmengine.model.BaseModel mmcv.runner.BaseModule transformers.PreTrainedModel transformers.*PreTrainedModel transformers.*Model "
    "transformers.*For* transformers.*LMHead* transformers.*Layer torchvision.models.*Net torchvision.models.*.[A-Z]* "
    "timm.models.*.[A-Z]* torch_geometric.nn.MessagePassing torch_geometric.nn.*Conv kornia.*.[A-Z]* monai.networks.nets.* "
    "monai.losses.* allennlp.models.Model flair.nn.Model segmentation_models_pytorch.*Net fairseq.models.* "
    "sentence_transformers.SentenceTransformer gpytorch.models.* botorch.models.* huggingface_hub.PyTorchModelHubMixin e3nn.*.[A-Z]* "
    "pytorch_transformers.*Model pytorch_transformers.*For* pytorch_pretrained_bert.*Model pytorch_pretrained_bert.*For* "
    "stable_baselines3.common.torch_layers.*"
)
"""Classes that are ``nn.Module`` without being layers described here; ``*`` stands for any characters, ``[A-Z]`` for a capital."""
