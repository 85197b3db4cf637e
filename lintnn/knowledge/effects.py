"""Functions that act on parameters, gradients, modules or processes instead of computing a tensor."""

from __future__ import annotations

from lintnn.knowledge.rows import under, words
from lintnn.knowledge.schema import Effect

GRADIENTS = (
    Effect(
        names=words("torch.nn.utils.clip_grad_norm_ torch.nn.utils.clip_grad_norm"),
        kind="clip",
        parameters=words("parameters max_norm norm_type error_if_nonfinite foreach"),
    ),
    Effect(names=words("torch.nn.utils.clip_grad_value_"), kind="clip", parameters=words("parameters clip_value foreach")),
    Effect(names=words("torch.nn.utils.clip_grads_with_norm_"), kind="clip", parameters=words("parameters max_norm total_norm foreach")),
    Effect(names=words("timm.utils.dispatch_clip_grad"), kind="clip", parameters=words("parameters value mode norm_type")),
    Effect(names=words("timm.utils.adaptive_clip_grad timm.utils.agc.adaptive_clip_grad"), kind="clip", parameters=words("parameters")),
    Effect(
        names=words("torch.autograd.backward"),
        kind="backward",
        parameters=words("tensors grad_tensors retain_graph create_graph"),
    ),
    Effect(
        names=words(
            "accelerate.Accelerator.backward lightning.fabric.Fabric.backward pytorch_lightning.LightningModule.manual_backward "
            "deepspeed.DeepSpeedEngine.backward"
        ),
        kind="backward",
        parameters=words("loss"),
    ),
    Effect(
        names=words("accelerate.Accelerator.clip_grad_norm_ accelerate.Accelerator.clip_grad_value_"),
        kind="clip",
        parameters=words("parameters"),
    ),
    Effect(names=words("lightning.fabric.Fabric.clip_gradients"), kind="clip", parameters=words("module optimizer")),
    Effect(
        names=words("pytorch_lightning.LightningModule.clip_gradients"),
        kind="clip",
        parameters=words("optimizer gradient_clip_val gradient_clip_algorithm"),
    ),
    Effect(
        names=words("torch.autograd.grad"),
        kind="gradient",
        parameters=words("outputs inputs grad_outputs retain_graph create_graph"),
    ),
    Effect(
        names=words(
            "torch.func.grad torch.func.grad_and_value torch.func.vjp torch.func.jvp torch.func.jacrev torch.func.jacfwd "
            "torch.autograd.functional.jacobian torch.autograd.functional.hessian torch.autograd.functional.vjp"
        ),
        kind="gradient",
    ),
)

WRAPPERS = (
    Effect(
        names=words(
            "torch.nn.DataParallel torch.nn.parallel.DistributedDataParallel torch.distributed.fsdp.FullyShardedDataParallel "
            "apex.parallel.DistributedDataParallel fairscale.nn.FullyShardedDataParallel "
            "fairscale.nn.ShardedDataParallel peft.get_peft_model opacus.GradSampleModule"
        ),
        kind="wrap",
        parameters=words("module"),
    ),
    Effect(names=words("torch.optim.swa_utils.AveragedModel"), kind="average", parameters=words("model")),
    Effect(names=words("timm.utils.ModelEma timm.utils.ModelEmaV2 timm.utils.ModelEmaV3"), kind="shadow", parameters=words("model")),
    Effect(
        names=words(
            "torch.compile torch.jit.script torch.jit.trace torch.jit.freeze torch.jit.optimize_for_inference torch.fx.symbolic_trace "
            "torch.nn.SyncBatchNorm.convert_sync_batchnorm apex.parallel.convert_syncbn_model torch.distributed.fsdp.fully_shard "
            "torch.nn.utils.weight_norm torch.nn.utils.spectral_norm torch.nn.utils.parametrizations.weight_norm "
            "torch.nn.utils.parametrizations.spectral_norm torch.nn.utils.parametrizations.orthogonal torch.nn.utils.remove_weight_norm "
            "torch.nn.utils.remove_spectral_norm torch.nn.utils.parametrize.remove_parametrizations "
            "torch.quantization.quantize_dynamic torch.ao.quantization.quantize_dynamic torch.quantization.prepare_qat "
            "torch.ao.quantization.prepare_qat"
        ),
        kind="adapt",
    ),
    Effect(names=words("copy.copy copy.deepcopy"), kind="copy", parameters=words("x")),
    Effect(
        names=words("torch.utils.checkpoint.checkpoint"),
        kind="checkpoint",
        parameters=words("function"),
    ),
)

INITIALISERS = Effect(
    names=under(
        "torch.nn.init",
        "uniform_ normal_ trunc_normal_ constant_ ones_ zeros_ eye_ dirac_ xavier_uniform_ xavier_normal_ kaiming_uniform_ "
        "kaiming_normal_ orthogonal_ sparse_ uniform normal constant eye dirac xavier_uniform xavier_normal kaiming_uniform "
        "kaiming_normal orthogonal sparse",
    )
    + words("timm.layers.trunc_normal_ timm.models.layers.trunc_normal_ timm.layers.lecun_normal_"),
    kind="initialise",
    parameters=words("tensor"),
)

DISTRIBUTED = (
    Effect(
        names=under(
            "torch.distributed",
            "all_reduce all_gather all_gather_into_tensor all_gather_object all_to_all all_to_all_single broadcast "
            "broadcast_object_list gather gather_object reduce reduce_scatter reduce_scatter_tensor scatter scatter_object_list",
        ),
        kind="collective",
    ),
    Effect(names=under("torch.distributed", "barrier monitored_barrier"), kind="barrier"),
    Effect(
        names=under("accelerate.Accelerator", "gather gather_for_metrics reduce pad_across_processes")
        + under("lightning.fabric.Fabric", "all_gather all_reduce broadcast")
        + under("pytorch_lightning.LightningModule", "all_gather")
        + words("accelerate.utils.gather accelerate.utils.reduce accelerate.utils.pad_across_processes"),
        kind="gather",
    ),
)

ENGINES = Effect(names=words("deepspeed.initialize"), kind="engine", parameters=words("args model optimizer"))

STORAGE = (
    Effect(
        names=words(
            "torch.hub.load_state_dict_from_url torch.utils.model_zoo.load_url safetensors.torch.load_file safetensors.torch.load_model"
        ),
        kind="load_state",
    ),
    Effect(names=words("torch.load"), kind="load_state", parameters=words("f map_location")),
)

DEFAULTS = (
    Effect(names=words("torch.set_default_dtype"), kind="default_dtype", parameters=words("d")),
    Effect(names=words("torch.set_default_tensor_type"), kind="default_dtype", parameters=words("t")),
    Effect(names=words("torch.set_default_device"), kind="default_device", parameters=words("device")),
)

ALL = (*GRADIENTS, *WRAPPERS, INITIALISERS, *DISTRIBUTED, ENGINES, *STORAGE, *DEFAULTS)
"""Every row of this table."""
