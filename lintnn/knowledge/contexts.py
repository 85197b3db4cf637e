"""Context managers and decorators that change what happens inside them."""

from __future__ import annotations

from lintnn.knowledge.rows import words
from lintnn.knowledge.schema import Context

ALL = (
    Context(names=words("torch.no_grad torch.inference_mode torch.autograd.no_grad torch.autograd.grad_mode.no_grad"), effect="no_grad"),
    Context(names=words("torch.enable_grad"), effect="grad"),
    Context(names=words("torch.set_grad_enabled"), effect="set_grad"),
    Context(names=words("torch.autocast torch.amp.autocast torch.cpu.amp.autocast torch.cuda.amp.autocast"), effect="autocast"),
    Context(names=words("accelerate.Accelerator.autocast lightning.fabric.Fabric.autocast"), effect="autocast"),
    Context(names=words("accelerate.Accelerator.accumulate"), effect="accumulate"),
    Context(names=words("apex.amp.scale_loss apex.amp.handle.scale_loss"), effect="scale_loss"),
    Context(
        names=words(
            "torch.autograd.set_detect_anomaly torch.autograd.detect_anomaly torch.autograd.profiler.profile torch.profiler.profile "
            "torch.autograd.profiler.record_function torch.profiler.record_function torch.autograd.profiler.emit_nvtx "
            "torch.autograd.graph.saved_tensors_hooks torch.autograd.graph.save_on_cpu torch.cuda.device torch.cuda.stream "
            "torch.random.fork_rng torch.device torch.backends.cuda.sdp_kernel torch.nn.attention.sdpa_kernel "
            "torch.backends.cudnn.flags torch.jit.optimized_execution torch.autograd.set_multithreading_enabled "
            "torch.nn.utils.parametrize.cached torch.distributed.algorithms.join.Join "
            "accelerate.Accelerator.no_sync accelerate.Accelerator.main_process_first accelerate.Accelerator.local_main_process_first "
            "accelerate.Accelerator.join_uneven_inputs accelerate.Accelerator.profile lightning.fabric.Fabric.no_backward_sync "
            "lightning.fabric.Fabric.init_module lightning.fabric.Fabric.init_tensor lightning.fabric.Fabric.rank_zero_first "
            "lightning.fabric.Fabric.sharded_model "
            "contextlib.nullcontext contextlib.suppress contextlib.ExitStack warnings.catch_warnings "
            "tempfile.TemporaryDirectory tempfile.NamedTemporaryFile builtins.open"
        ),
        effect="inert",
    ),
)
"""Every row of this table."""
