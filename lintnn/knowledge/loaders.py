"""Calls whose result is a ready module: pretrained models, model factories, stored modules.

In a name, ``*`` stands for any characters. Exact names win over patterns, and earlier patterns over later ones.
"""

from __future__ import annotations

from lintnn.knowledge.rows import words
from lintnn.knowledge.schema import Loader

VISION_WITH_BATCH_NORM = (
    "resnet* resnext* wide_resnet* densenet* mobilenet_v* mnasnet* shufflenet* googlenet inception_v3 regnet* efficientnet* vgg*_bn video.*"
)
VISION_WITH_DROPOUT = "alexnet vgg* squeezenet* convnext* swin* maxvit*"

ALL = (
    Loader(
        names=tuple(f"torchvision.models.{name}" for name in words("segmentation.*")),
        mode="train",
        output="out",
        mode_dependence="statistics",
    ),
    Loader(names=words("torchvision.models.detection.*"), mode="train", mode_dependence="statistics"),
    Loader(
        names=tuple(f"torchvision.models.{name}" for name in words(VISION_WITH_BATCH_NORM)),
        mode="train",
        output="logits",
        mode_dependence="statistics",
    ),
    Loader(
        names=tuple(f"torchvision.models.{name}" for name in words(VISION_WITH_DROPOUT)),
        mode="train",
        output="logits",
        mode_dependence="dropout",
    ),
    Loader(names=words("torchvision.models.vit*"), mode="train", output="logits", mode_dependence="unknown"),
    Loader(names=words("torchvision.models.get_model"), mode="train", output="logits"),
    Loader(names=words("timm.create_model timm.models.create_model timm.models.factory.create_model"), mode="train", output="logits"),
    Loader(
        names=words("transformers.*For*.from_pretrained transformers.*LMHead*.from_pretrained"),
        mode="eval",
        output="logits",
        mode_dependence="dropout",
    ),
    Loader(names=words("transformers.*Model*.from_pretrained"), mode="eval", mode_dependence="dropout"),
    Loader(names=words("transformers.AutoModel*.from_config"), mode="train", mode_dependence="dropout"),
    Loader(
        names=words("pytorch_transformers.*Model*.from_pretrained pytorch_transformers.*For*.from_pretrained"),
        mode="eval",
        mode_dependence="dropout",
    ),
    Loader(
        names=words("pytorch_pretrained_bert.*Model*.from_pretrained pytorch_pretrained_bert.*For*.from_pretrained"),
        mode="train",
        mode_dependence="dropout",
    ),
    Loader(names=words("diffusers.*Model*.from_pretrained diffusers.AutoencoderKL.from_pretrained"), mode="eval"),
    Loader(
        names=words("efficientnet_pytorch.EfficientNet.from_pretrained efficientnet_pytorch.EfficientNet.from_name"),
        mode="train",
        output="logits",
        mode_dependence="statistics",
    ),
    Loader(
        names=words(
            "segmentation_models_pytorch.create_model segmentation_models_pytorch.Unet segmentation_models_pytorch.UnetPlusPlus "
            "segmentation_models_pytorch.FPN segmentation_models_pytorch.PSPNet segmentation_models_pytorch.DeepLabV3 "
            "segmentation_models_pytorch.DeepLabV3Plus segmentation_models_pytorch.Linknet segmentation_models_pytorch.MAnet "
            "segmentation_models_pytorch.PAN segmentation_models_pytorch.Segformer segmentation_models_pytorch.UPerNet"
        ),
        mode="train",
        mode_dependence="statistics",
    ),
    Loader(names=words("clip.load"), mode="eval"),
    Loader(names=words("open_clip.create_model open_clip.create_model_and_transforms"), mode="unknown"),
    Loader(names=words("sentence_transformers.SentenceTransformer"), mode="unknown"),
    Loader(names=words("torch.hub.load torch.load torch.jit.load torch.package.PackageImporter.load_pickle"), mode="unknown"),
    Loader(names=words("*.load_from_checkpoint"), mode="unknown"),
)
"""Every row of this table."""
