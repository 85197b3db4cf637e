"""Optimizer classes of torch and of the libraries that people take them from."""

from __future__ import annotations

from lintnn.knowledge.rows import under, words
from lintnn.knowledge.schema import Optimizer


def optimizer(names: str, parameters: str = "params lr", *, closure: bool = False, scale_free: bool = False) -> Optimizer:
    """A row; names without a dot are those of ``torch.optim``."""
    qualified = tuple(name if "." in name else f"torch.optim.{name}" for name in names.split())
    return Optimizer(names=qualified, parameters=words(parameters), closure=closure, scale_free=scale_free)


TORCH = (
    optimizer("Optimizer", "params defaults"),
    optimizer("SGD", "params lr momentum dampening weight_decay nesterov maximize foreach differentiable fused"),
    optimizer("Adam", "params lr betas eps weight_decay amsgrad foreach maximize capturable differentiable fused", scale_free=True),
    optimizer("AdamW", "params lr betas eps weight_decay amsgrad maximize foreach capturable differentiable fused", scale_free=True),
    optimizer("Adamax", "params lr betas eps weight_decay foreach maximize differentiable capturable", scale_free=True),
    optimizer("NAdam", "params lr betas eps weight_decay momentum_decay decoupled_weight_decay foreach maximize", scale_free=True),
    optimizer("RAdam", "params lr betas eps weight_decay decoupled_weight_decay foreach maximize", scale_free=True),
    optimizer("RMSprop", "params lr alpha eps weight_decay momentum centered capturable foreach maximize differentiable", scale_free=True),
    optimizer("Rprop", "params lr etas step_sizes capturable foreach maximize differentiable", scale_free=True),
    optimizer(
        "Adagrad", "params lr lr_decay weight_decay initial_accumulator_value eps foreach maximize differentiable fused", scale_free=True
    ),
    optimizer("Adadelta", "params lr rho eps weight_decay foreach capturable maximize differentiable", scale_free=True),
    optimizer("Adafactor", "params lr beta2_decay eps d weight_decay foreach maximize", scale_free=True),
    optimizer("ASGD", "params lr lambd alpha t0 weight_decay foreach maximize differentiable capturable"),
    optimizer("SparseAdam", "params lr betas eps maximize", scale_free=True),
    optimizer("Muon", "params lr weight_decay momentum nesterov ns_coefficients eps ns_steps adjust_lr_fn", scale_free=True),
    optimizer("LBFGS", "params lr max_iter max_eval tolerance_grad tolerance_change history_size line_search_fn", closure=True),
    optimizer("torch.distributed.optim.ZeroRedundancyOptimizer", "params optimizer_class process_group parameters_as_bucket_view"),
)

THIRD_PARTY = (
    optimizer("transformers.AdamW transformers.optimization.AdamW", "params lr betas eps weight_decay correct_bias", scale_free=True),
    optimizer("transformers.Adafactor transformers.optimization.Adafactor", "params lr eps clip_threshold decay_rate beta1 weight_decay"),
    optimizer(
        "pytorch_transformers.AdamW pytorch_transformers.optimization.AdamW pytorch_pretrained_bert.BertAdam "
        "pytorch_pretrained_bert.optimization.BertAdam pytorch_pretrained_bert.optimization.OpenAIAdam",
        scale_free=True,
    ),
    optimizer("transformers.optimization.LayerWiseDummyOptimizer", "optimizer_dict"),
    Optimizer(
        names=under("apex.optimizers", "FusedAdam FusedSGD FusedLAMB FusedNovoGrad FusedAdagrad"),
        parameters=words("params lr"),
    ),
    Optimizer(
        names=under(
            "bitsandbytes.optim",
            "Adam Adam8bit Adam32bit AdamW AdamW8bit AdamW32bit PagedAdam PagedAdam8bit PagedAdamW PagedAdamW8bit PagedAdamW32bit "
            "SGD SGD8bit RMSprop RMSprop8bit Adagrad Adagrad8bit LAMB LAMB8bit LARS LARS8bit Lion Lion8bit PagedLion PagedLion8bit",
        ),
        parameters=words("params lr"),
    ),
    Optimizer(names=under("deepspeed.ops.adam", "FusedAdam DeepSpeedCPUAdam"), parameters=words("model_params lr")),
    optimizer("deepspeed.ops.lamb.FusedLamb deepspeed.ops.lion.FusedLion deepspeed.ops.lion.DeepSpeedCPULion"),
    Optimizer(
        names=under(
            "timm.optim",
            "AdaBelief Adafactor AdafactorBigVision Adahessian AdamP AdamW AdamWLegacy Adan Adopt Kron Lamb Lars Lion Lookahead "
            "MADGRAD Mars Muon NAdam NAdamLegacy NAdamW NvNovoGrad RAdam RAdamLegacy RMSpropTF SGDP SGDW",
        ),
        parameters=words("params lr"),
    ),
    Optimizer(
        names=under(
            "torch_optimizer",
            "A2GradExp A2GradInc A2GradUni AccSGD AdaBelief AdaBound Adafactor Adahessian AdaMod AdamP AggMo Apollo DiffGrad Lamb LARS "
            "Lookahead MADGRAD NovoGrad PID QHAdam QHM RAdam Ranger RangerQH RangerVA SGDP SGDW Shampoo SWATS Yogi",
        ),
        parameters=words("params lr"),
    ),
    Optimizer(
        names=under(
            "pytorch_optimizer",
            "AdaBelief AdaBound Adai AdamP Adan ADOPT CAME DAdaptAdam DAdaptSGD DiffGrad Lamb LARS Lion Lookahead MADGRAD Muon Prodigy "
            "QHAdam RAdam Ranger Ranger21 SAM ScheduleFreeAdamW ScheduleFreeSGD SGDP Shampoo SOAP SophiaH StableAdamW Yogi",
        ),
        parameters=words("params lr"),
    ),
    Optimizer(
        names=under("schedulefree", "AdamWScheduleFree SGDScheduleFree RAdamScheduleFree AdamWScheduleFreeClosure"),
        parameters=words("params lr"),
    ),
    optimizer(
        "lion_pytorch.Lion adabelief_pytorch.AdaBelief adamp.AdamP adamp.SGDP adabound.AdaBound madgrad.MADGRAD prodigyopt.Prodigy "
        "adan_pytorch.Adan adan.Adan ranger.Ranger ranger21.Ranger21 radam.RAdam muon.Muon muon.SingleDeviceMuon "
        "dadaptation.DAdaptAdam dadaptation.DAdaptSGD dadaptation.DAdaptLion came_pytorch.CAME galore_torch.GaLoreAdamW "
        "galore_torch.GaLoreAdamW8bit galore_torch.GaLoreAdafactor fairscale.optim.OSS fairscale.optim.oss.OSS"
    ),
)

FACTORIES = (
    "timm.optim.create_optimizer",
    "timm.optim.create_optimizer_v2",
    "timm.optim.optim_factory.create_optimizer",
    "timm.optim.optim_factory.create_optimizer_v2",
)
"""Functions that return an optimizer over the module they are given first or second."""

ALL = (*TORCH, *THIRD_PARTY)
"""Every row of this table."""
