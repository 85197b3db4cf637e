"""Classes of results that hold what they are given under its name: output objects, plain namespaces.

In a name, ``*`` stands for any characters.
"""

from __future__ import annotations

from lintnn.knowledge.rows import words

NAMES = frozenset(
    words("types.SimpleNamespace transformers.utils.ModelOutput transformers.file_utils.ModelOutput diffusers.utils.BaseOutput")
)
"""Classes by qualified name; subclasses in the project hold their fields in the same way."""

PATTERNS = words("transformers.modeling_outputs.*Output* transformers.*.*Output transformers.*Output diffusers.*Output")

TUPLES = words("typing.NamedTuple typing_extensions.NamedTuple")
"""The base of named tuples that are written as a class."""

MEMBERS: dict[str, str] = {
    "torch.optim": "torch.optim.Optimizer",
    "torch.optim.lr_scheduler": "torch.optim.lr_scheduler.LRScheduler",
    "torchvision.models": "torchvision.models.get_model",
}
"""What a member of a library module is of which the name is not known: ``getattr(torch.optim, name)``."""
