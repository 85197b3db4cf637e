"""Floor 7: the one API that checks and plug-ins see."""

from lintnn.model.semantic_model import SemanticModel

__all__ = ["SemanticModel"]
