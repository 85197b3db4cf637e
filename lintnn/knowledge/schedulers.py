"""Learning-rate schedulers, as classes and as functions that return one."""

from __future__ import annotations

from typing import Literal

from lintnn.knowledge.rows import under, words
from lintnn.knowledge.schema import Scheduler


def scheduler(
    names: str,
    parameters: str,
    unit: Literal["epoch", "batch", "either"] = "epoch",
    *,
    needs_metric: bool = False,
    lengths: str = "",
    default_length: int = 0,
) -> Scheduler:
    """A row; names without a dot are those of ``torch.optim.lr_scheduler``."""
    qualified = tuple(name if "." in name else f"torch.optim.lr_scheduler.{name}" for name in names.split())
    return Scheduler(
        names=qualified,
        parameters=words(parameters),
        unit=unit,
        needs_metric=needs_metric,
        lengths=words(lengths),
        default_length=default_length,
    )


TORCH = (
    scheduler("LRScheduler _LRScheduler", "optimizer last_epoch", "either"),
    scheduler("StepLR", "optimizer step_size gamma last_epoch", lengths="step_size"),
    scheduler("MultiStepLR", "optimizer milestones gamma last_epoch", lengths="milestones"),
    scheduler("ExponentialLR", "optimizer gamma last_epoch", lengths="gamma"),
    scheduler("ConstantLR", "optimizer factor total_iters last_epoch", "either", lengths="total_iters"),
    scheduler("LinearLR", "optimizer start_factor end_factor total_iters last_epoch", "either", lengths="total_iters"),
    scheduler("PolynomialLR", "optimizer total_iters power last_epoch", "either", lengths="total_iters"),
    scheduler("LambdaLR", "optimizer lr_lambda last_epoch", "either"),
    scheduler("MultiplicativeLR", "optimizer lr_lambda last_epoch", "either"),
    scheduler("CosineAnnealingLR", "optimizer T_max eta_min last_epoch", "either", lengths="T_max"),
    scheduler("CosineAnnealingWarmRestarts", "optimizer T_0 T_mult eta_min last_epoch", "either"),
    scheduler("SequentialLR", "optimizer schedulers milestones last_epoch", "either"),
    scheduler("ChainedScheduler", "schedulers optimizer", "either"),
    scheduler(
        "CyclicLR", "optimizer base_lr max_lr step_size_up step_size_down mode gamma", "batch", lengths="step_size_up", default_length=2000
    ),
    scheduler(
        "OneCycleLR",
        "optimizer max_lr total_steps epochs steps_per_epoch pct_start anneal_strategy",
        "batch",
        lengths="steps_per_epoch total_steps",
    ),
    scheduler(
        "ReduceLROnPlateau",
        "optimizer mode factor patience threshold threshold_mode cooldown min_lr eps",
        needs_metric=True,
        lengths="patience",
    ),
    scheduler("torch.optim.swa_utils.SWALR", "optimizer swa_lr anneal_epochs anneal_strategy last_epoch"),
)

TRANSFORMERS = (
    scheduler("transformers.get_scheduler", "name optimizer num_warmup_steps num_training_steps", "batch", lengths="num_training_steps"),
    scheduler("transformers.get_constant_schedule", "optimizer last_epoch", "batch"),
    scheduler(
        "transformers.get_constant_schedule_with_warmup", "optimizer num_warmup_steps last_epoch", "batch", lengths="num_warmup_steps"
    ),
    scheduler(
        "transformers.get_inverse_sqrt_schedule", "optimizer num_warmup_steps timescale last_epoch", "batch", lengths="num_warmup_steps"
    ),
    Scheduler(
        names=under(
            "transformers",
            "get_linear_schedule_with_warmup get_cosine_schedule_with_warmup get_cosine_with_hard_restarts_schedule_with_warmup "
            "get_polynomial_decay_schedule_with_warmup get_cosine_with_min_lr_schedule_with_warmup get_wsd_schedule",
        ),
        parameters=words("optimizer num_warmup_steps num_training_steps"),
        unit="batch",
        lengths=words("num_training_steps"),
    ),
    Scheduler(
        names=under("pytorch_transformers", "WarmupLinearSchedule WarmupConstantSchedule WarmupCosineSchedule"),
        parameters=words("optimizer warmup_steps"),
        unit="batch",
    ),
)

THIRD_PARTY = (
    scheduler("timm.scheduler.CosineLRScheduler timm.scheduler.cosine_lr.CosineLRScheduler", "optimizer t_initial lr_min", "either"),
    scheduler("timm.scheduler.StepLRScheduler timm.scheduler.step_lr.StepLRScheduler", "optimizer decay_t decay_rate", "either"),
    scheduler("timm.scheduler.MultiStepLRScheduler", "optimizer decay_t decay_rate", "either"),
    scheduler("timm.scheduler.PlateauLRScheduler", "optimizer decay_rate patience_t", needs_metric=True),
    scheduler("timm.scheduler.PolyLRScheduler", "optimizer t_initial", "either"),
    scheduler("timm.scheduler.TanhLRScheduler", "optimizer t_initial", "either"),
    scheduler("warmup_scheduler.GradualWarmupScheduler", "optimizer multiplier total_epoch after_scheduler", "either"),
    scheduler("pl_bolts.optimizers.lr_scheduler.LinearWarmupCosineAnnealingLR", "optimizer warmup_epochs max_epochs", "either"),
    scheduler("cosine_annealing_warmup.CosineAnnealingWarmupRestarts", "optimizer first_cycle_steps", "either"),
)

ALL = (*TORCH, *TRANSFORMERS, *THIRD_PARTY)
"""Every row of this table."""
