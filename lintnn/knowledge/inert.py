"""Packages whose functions never touch a tensor, a module or an optimizer in a way that training sees."""

from __future__ import annotations

from lintnn.knowledge.rows import words

PACKAGES = frozenset(
    words(
        # the standard library
        "abc argparse array ast asyncio atexit base64 bisect builtins bz2 calendar cmath codecs collections concurrent configparser "
        "contextlib csv ctypes dataclasses datetime decimal difflib dis distutils enum errno faulthandler fcntl filecmp "
        "fileinput fnmatch fractions "
        "ftplib functools gc getopt getpass glob gzip hashlib heapq hmac html http importlib inspect io ipaddress itertools json "
        "keyword linecache locale logging lzma mailbox math mimetypes mmap multiprocessing numbers operator optparse os pathlib "
        "pdb pickle pkgutil platform pprint profile queue random re readline resource runpy sched secrets select shelve shlex shutil "
        "signal site smtplib socket sqlite3 ssl stat statistics string struct subprocess sys sysconfig tarfile tempfile textwrap "
        "threading time timeit token tokenize traceback tracemalloc types typing unicodedata unittest urllib uuid venv warnings "
        "weakref webbrowser xml zipfile zlib zoneinfo __future__ "
        # progress, logging, experiment tracking
        "tqdm wandb tensorboard tensorboardX mlflow comet_ml neptune clearml aim visdom rich loguru colorama coloredlogs termcolor "
        "tabulate prettytable progressbar alive_progress fastprogress swanlab trackio sacred "
        # configuration and command lines
        "yaml hydra omegaconf fire click typer absl docopt configargparse dotenv easydict box yacs ml_collections addict munch "
        "toml tomli "
        "tap simple_parsing jsonargparse pydantic attr attrs "
        # drawing and images
        "matplotlib seaborn plotly PIL cv2 skimage imageio pylab bokeh IPython ipywidgets gradio streamlit albumentations "
        "imgaug tifffile "
        "pycocotools lmdb h5py zarr decord moviepy imagesize "
        # data, text, audio and science on the host
        "pandas polars pyarrow scipy sklearn statsmodels xgboost lightgbm nltk spacy gensim sentencepiece tokenizers jieba sacrebleu "
        "rouge rouge_score rouge_chinese evaluate datasets librosa soundfile audioread pydub networkx rdkit sympy numba joblib dill "
        "cloudpickle msgpack ujson simplejson regex requests bs4 lxml aiohttp flask fastapi boto3 huggingface_hub gdown psutil "
        "pynvml GPUtil packaging setuptools pkg_resources pytest hypothesis gym gymnasium pettingzoo dm_control mujoco atari_py ale_py "
        "optuna nevergrad natsort more_itertools toolz einops_exts thop fvcore torchinfo torchsummary six editdistance jiwer "
        "Levenshtein wget termplotlib shap lime filelock fsspec smart_open s3fs trimesh open3d nibabel SimpleITK pydicom"
    )
)
"""Top-level packages; everything in them is inert, unless :data:`EXCEPTIONS` says otherwise."""

EXCEPTIONS = frozenset(
    words(
        "copy functools.partial functools.wraps functools.reduce contextlib.contextmanager builtins.setattr builtins.getattr "
        "builtins.map threading.Thread concurrent.futures joblib.Parallel joblib.delayed hydra.utils fire.Fire absl.app optuna "
        "scipy.optimize multiprocessing.Pool builtins.filter operator.attrgetter operator.methodcaller scipy.special "
        "multiprocessing.Process multiprocessing.spawn"
    )
)
"""Names below those packages that call, hold or change what they are given."""

PREFIXES = frozenset(
    words(
        "torch.backends torch.cuda.is_available torch.cuda.device_count torch.cuda.current_device torch.cuda.set_device "
        "torch.cuda.synchronize torch.cuda.empty_cache torch.cuda.manual_seed torch.cuda.manual_seed_all torch.cuda.get_device_name "
        "torch.cuda.get_device_properties torch.cuda.get_device_capability torch.cuda.memory_allocated "
        "torch.cuda.max_memory_allocated torch.cuda.memory_reserved torch.cuda.max_memory_reserved torch.cuda.reset_peak_memory_stats "
        "torch.cuda.mem_get_info torch.cuda.memory_summary torch.cuda.memory_cached torch.cuda.is_bf16_supported torch.cuda.init "
        "torch.cuda.is_initialized torch.cuda.Event torch.cuda.Stream torch.cuda.current_stream torch.cuda.stream torch.cuda.nvtx "
        "torch.cuda.memory torch.cuda.get_rng_state torch.cuda.set_rng_state torch.cuda.get_rng_state_all "
        "torch.cuda.set_rng_state_all torch.cuda.ipc_collect torch.cuda.OutOfMemoryError torch.cuda.cudart "
        "torch.cuda.reset_max_memory_allocated torch.cuda.default_stream torch.cuda.amp.custom_fwd torch.cuda.amp.custom_bwd "
        "torch.cuda.amp.common torch.mps torch.xpu torch.npu torch.mlu torch.accelerator torch.version torch.__version__ "
        "torch.contiguous_format torch.preserve_format torch.channels_last torch.channels_last_3d torch.strided torch.sparse_coo "
        "torch.sparse_csr torch.sparse_csc torch.jagged torch.qint8 torch.quint8 torch.jit._overload torch.jit._overload_method "
        "torch.manual_seed torch.seed torch.initial_seed torch.random torch.get_rng_state torch.set_rng_state torch.default_generator "
        "torch.Generator torch.set_num_threads torch.get_num_threads torch.set_num_interop_threads torch.use_deterministic_algorithms "
        "torch.set_deterministic torch.set_float32_matmul_precision torch.set_printoptions torch.set_warn_always "
        "torch.get_default_dtype torch.get_default_device torch.is_grad_enabled torch.is_autocast_enabled torch.get_autocast_dtype "
        "torch.get_autocast_gpu_dtype torch.get_autocast_cpu_dtype torch.is_autocast_cpu_enabled "
        "torch.are_deterministic_algorithms_enabled torch.is_inference_mode_enabled torch.is_storage torch.iinfo torch.finfo "
        "torch.promote_types torch.result_type torch.can_cast torch.broadcast_shapes torch.typename torch.get_device_module "
        "torch.save torch.serialization torch.onnx torch.profiler torch.autograd.profiler torch.utils.tensorboard "
        "torch.utils.collect_env torch.utils.benchmark torch.utils.cpp_extension torch.utils.deterministic "
        "torch.utils.data.get_worker_info torch.utils.model_zoo.urlparse torch.hub.get_dir torch.hub.set_dir torch.hub.list "
        "torch.hub.help torch.hub.download_url_to_file torch.hub.urlparse torch.hub.HASH_REGEX torch.hub._get_torch_home "
        "torch.jit.is_scripting torch.jit.is_tracing torch.jit.ignore torch.jit.unused torch.jit.export torch.jit.Final "
        "torch.jit.annotate torch.jit.isinstance torch.jit.save torch.jit.annotations torch.jit.interface torch.jit.script_if_tracing "
        "torch.jit.fork torch.jit.wait torch.compiler torch._dynamo torch._C torch._assert torch._assert_async torch._check "
        "torch.testing torch.fx.wrap torch.distributed.init_process_group torch.distributed.destroy_process_group "
        "torch.distributed.get_rank torch.distributed.get_world_size torch.distributed.is_available torch.distributed.is_initialized "
        "torch.distributed.is_nccl_available torch.distributed.is_torchelastic_launched torch.distributed.get_backend "
        "torch.distributed.new_group torch.distributed.ReduceOp torch.distributed.group torch.distributed.launch "
        "torch.distributed.run torch.distributed.elastic torch.distributed.init_device_mesh torch.distributed.device_mesh "
        "torch.multiprocessing.set_start_method torch.multiprocessing.set_sharing_strategy torch.multiprocessing.get_context "
        "torch.multiprocessing.cpu_count torch.multiprocessing.Queue torch.nn.init.calculate_gain "
        "torch.nn.init._calculate_fan_in_and_fan_out torch.nn.modules.utils torch.nn.attention.SDPBackend torch.overrides "
        "torch.is_anomaly_enabled torch.get_float32_matmul_precision torch.Size torch.device torch.dtype torch.layout "
        "torch.memory_format torch.return_types torch.SymInt torch.utils.throughput_benchmark numpy.random.seed "
        "numpy.random.default_rng numpy.random.RandomState numpy.random.shuffle numpy.random.get_state numpy.random.set_state "
        "numpy.set_printoptions numpy.save numpy.savez numpy.savez_compressed numpy.savetxt numpy.errstate numpy.seterr numpy.testing "
        "numpy.finfo numpy.iinfo numpy.dtype numpy.lib.stride_tricks torchmetrics transformers.set_seed transformers.logging "
        "transformers.utils.logging accelerate.utils.set_seed accelerate.logging torchvision.utils torchvision.io "
        "pytorch_lightning.seed_everything pytorch_lightning.loggers pytorch_lightning.callbacks pytorch_lightning.utilities"
    )
)
"""Qualified names outside those packages; each is inert with everything below it."""

LIBRARIES = frozenset(
    words(
        "torch numpy torchvision torchaudio torchtext torchdata torchmetrics torch_geometric torch_scatter torch_sparse torch_cluster "
        "pytorch_lightning lightning lightning_fabric lightning_utilities pl_bolts transformers accelerate datasets diffusers peft "
        "trl deepspeed ignite skorch ray fastai fastcore composer mmengine mmcv mmdet mmseg mmcls mmpretrain mmpose catalyst poutyne "
        "apex timm kornia monai einops xformers flash_attn bitsandbytes safetensors sentence_transformers flair allennlp speechbrain "
        "segmentation_models_pytorch efficientnet_pytorch pretrainedmodels open_clip clip detectron2 fairseq fairscale opacus "
        "gpytorch botorch pyro captum torchinfo torchsummary tensorflow keras jax flax optax stable_baselines3 torchrl tianshou dgl "
        "ogb pytorch_transformers pytorch_pretrained_bert pytorch_metric_learning entmax torchtnt torchtune torch_xla torch_optimizer "
        "pytorch_optimizer lion_pytorch adabelief_pytorch schedulefree prodigyopt warmup_scheduler torchattacks facenet_pytorch "
        "ultralytics albumentations horovod habana_frameworks intel_extension_for_pytorch bmtrain colossalai megatron vllm pytorch3d "
        "pytorch_wavelets pytorch_msssim lpips piq torch_fidelity cupy copy torchsde torchdiffeq functorch optree hivemind ray_skorch "
        "adan adan_pytorch ranger21 cosine_annealing_warmup came_pytorch dadaptation adapters setfit torch_ema adamp adabound madgrad "
        "ranger radam muon galore_torch"
    )
)
"""Third-party packages that are never looked for in the project, described here or not."""
