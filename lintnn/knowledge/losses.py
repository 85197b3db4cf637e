"""Losses of torch in both spellings, and those of other libraries that are used like them."""

from __future__ import annotations

from lintnn.knowledge.rows import FUNCTIONAL, words
from lintnn.knowledge.schema import Expectation, Loss, TargetKind

REDUCED = "size_average reduce reduction"


def loss(
    name: str,
    classes: str,
    functions: str,
    expects: Expectation,
    target: TargetKind,
    call: str,
    constructor: str,
    *,
    prediction: str = "input",
    target_name: str = "target",
    symmetric: bool = False,
) -> Loss:
    """A row; class names without a dot are those of ``torch.nn``, function names those of ``torch.nn.functional``."""
    return Loss(
        name=name,
        classes=tuple(word if "." in word else f"torch.nn.{word}" for word in classes.split()),
        functions=tuple(word if "." in word else FUNCTIONAL + word for word in functions.split()),
        expects=expects,
        target=target,
        call=words(call),
        constructor=words(constructor),
        prediction=prediction,
        target_name=target_name,
        symmetric=symmetric,
    )


CLASSIFICATION = (
    loss(
        "cross_entropy",
        "CrossEntropyLoss",
        "cross_entropy",
        "logits",
        "class_index_or_probabilities",
        "input target weight size_average ignore_index reduce reduction label_smoothing",
        "weight size_average ignore_index reduce reduction label_smoothing",
    ),
    loss(
        "nll_loss",
        "NLLLoss NLLLoss2d",
        "nll_loss",
        "log_probabilities",
        "class_index",
        "input target weight size_average ignore_index reduce reduction",
        "weight size_average ignore_index reduce reduction",
    ),
    loss(
        "binary_cross_entropy",
        "BCELoss",
        "binary_cross_entropy",
        "probabilities",
        "probabilities",
        f"input target weight {REDUCED}",
        f"weight {REDUCED}",
    ),
    loss(
        "binary_cross_entropy_with_logits",
        "BCEWithLogitsLoss",
        "binary_cross_entropy_with_logits",
        "binary_logits",
        "probabilities",
        f"input target weight {REDUCED} pos_weight",
        f"weight {REDUCED} pos_weight",
    ),
    loss(
        "multi_label_soft_margin_loss",
        "MultiLabelSoftMarginLoss",
        "multilabel_soft_margin_loss",
        "binary_logits",
        "probabilities",
        f"input target weight {REDUCED}",
        f"weight {REDUCED}",
    ),
    loss(
        "multi_label_margin_loss",
        "MultiLabelMarginLoss",
        "multilabel_margin_loss",
        "any",
        "other",
        f"input target {REDUCED}",
        REDUCED,
    ),
    loss("soft_margin_loss", "SoftMarginLoss", "soft_margin_loss", "any", "sign", f"input target {REDUCED}", REDUCED),
    loss(
        "multi_margin_loss",
        "MultiMarginLoss",
        "multi_margin_loss",
        "any",
        "class_index",
        f"input target p margin weight {REDUCED}",
        f"p margin weight {REDUCED}",
    ),
    loss(
        "ctc_loss",
        "CTCLoss",
        "ctc_loss",
        "log_probabilities",
        "other",
        "log_probs targets input_lengths target_lengths blank reduction zero_infinity",
        "blank reduction zero_infinity",
        prediction="log_probs",
        target_name="targets",
    ),
    loss(
        "sigmoid_focal_loss",
        "",
        "torchvision.ops.sigmoid_focal_loss torchvision.ops.focal_loss.sigmoid_focal_loss",
        "binary_logits",
        "probabilities",
        "inputs targets alpha gamma reduction",
        "",
        prediction="inputs",
        target_name="targets",
    ),
    loss(
        "soft_target_cross_entropy",
        "timm.loss.SoftTargetCrossEntropy",
        "",
        "logits",
        "probabilities",
        "x target",
        "",
        prediction="x",
    ),
    loss(
        "label_smoothing_cross_entropy",
        "timm.loss.LabelSmoothingCrossEntropy",
        "",
        "logits",
        "class_index",
        "x target",
        "smoothing",
        prediction="x",
    ),
)

DISTRIBUTIONS = (
    loss(
        "kl_div",
        "KLDivLoss",
        "kl_div",
        "log_probabilities",
        "probabilities",
        f"input target {REDUCED} log_target",
        f"{REDUCED} log_target",
    ),
    loss(
        "poisson_nll_loss",
        "PoissonNLLLoss",
        "poisson_nll_loss",
        "any",
        "other",
        "input target log_input full size_average eps reduce reduction",
        "log_input full size_average eps reduce reduction",
    ),
    loss(
        "gaussian_nll_loss",
        "GaussianNLLLoss",
        "gaussian_nll_loss",
        "any",
        "like_prediction",
        "input target var full eps reduction",
        "full eps reduction",
    ),
)

REGRESSION = (
    loss("mse_loss", "MSELoss", "mse_loss", "any", "like_prediction", f"input target {REDUCED} weight", REDUCED, symmetric=True),
    loss("l1_loss", "L1Loss", "l1_loss", "any", "like_prediction", f"input target {REDUCED} weight", REDUCED, symmetric=True),
    loss(
        "smooth_l1_loss",
        "SmoothL1Loss",
        "smooth_l1_loss",
        "any",
        "like_prediction",
        f"input target {REDUCED} beta",
        f"{REDUCED} beta",
        symmetric=True,
    ),
    loss(
        "huber_loss",
        "HuberLoss",
        "huber_loss",
        "any",
        "like_prediction",
        "input target reduction delta weight",
        "reduction delta",
        symmetric=True,
    ),
)

DISTANCES = (
    loss(
        "hinge_embedding_loss",
        "HingeEmbeddingLoss",
        "hinge_embedding_loss",
        "distances",
        "sign",
        f"input target margin {REDUCED}",
        f"margin {REDUCED}",
    ),
    loss(
        "cosine_embedding_loss",
        "CosineEmbeddingLoss",
        "cosine_embedding_loss",
        "any",
        "sign",
        f"input1 input2 target margin {REDUCED}",
        f"margin {REDUCED}",
        prediction="input1",
    ),
    loss(
        "margin_ranking_loss",
        "MarginRankingLoss",
        "margin_ranking_loss",
        "any",
        "sign",
        f"input1 input2 target margin {REDUCED}",
        f"margin {REDUCED}",
        prediction="input1",
    ),
    loss(
        "triplet_margin_loss",
        "TripletMarginLoss",
        "triplet_margin_loss",
        "any",
        "other",
        f"anchor positive negative margin p eps swap {REDUCED}",
        f"margin p eps swap {REDUCED}",
        prediction="anchor",
        target_name="positive",
    ),
    loss(
        "triplet_margin_with_distance_loss",
        "TripletMarginWithDistanceLoss",
        "triplet_margin_with_distance_loss",
        "any",
        "other",
        "anchor positive negative distance_function margin swap reduction",
        "distance_function margin swap reduction",
        prediction="anchor",
        target_name="positive",
    ),
)

ALL = (*CLASSIFICATION, *DISTRIBUTIONS, *REGRESSION, *DISTANCES)
"""Every row of this table."""
