"""Where batches come from: loaders, data sets, samplers, splits, and the transforms in between."""

from __future__ import annotations

from typing import Literal

from lintnn.knowledge.rows import under, words
from lintnn.knowledge.schema import ArrayEncoder, ArraySource, DataSource

Part = Literal["image", "class_index", "other"]
DATA = "torch.utils.data"
VISION = "torchvision.datasets"
IMAGE_CLASS: tuple[Part, ...] = ("image", "class_index")

LOADERS = (
    DataSource(
        names=words("torch.utils.data.DataLoader"),
        kind="loader",
        parameters=words(
            "dataset batch_size shuffle sampler batch_sampler num_workers collate_fn pin_memory drop_last timeout worker_init_fn"
        ),
    ),
    DataSource(
        names=words(
            "torch_geometric.loader.DataLoader torch_geometric.data.DataLoader torch_geometric.loader.DataListLoader monai.data.DataLoader"
        ),
        kind="loader",
        parameters=words("dataset batch_size shuffle"),
    ),
    DataSource(names=words("torch_geometric.loader.NeighborLoader"), kind="loader", parameters=words("data num_neighbors input_nodes")),
    DataSource(
        names=words("torchtext.data.BucketIterator torchtext.data.Iterator torchtext.legacy.data.BucketIterator"),
        kind="loader",
        parameters=words("dataset batch_size"),
    ),
)

TORCH = (
    DataSource(names=under(DATA, "Dataset IterableDataset"), kind="dataset"),
    DataSource(names=under(DATA, "TensorDataset"), kind="dataset", parameters=words("tensors")),
    DataSource(names=under(DATA, "Subset"), kind="wrapper", parameters=words("dataset indices")),
    DataSource(names=under(DATA, "ConcatDataset ChainDataset"), kind="wrapper", parameters=words("datasets")),
    DataSource(names=under(DATA, "random_split"), kind="split", parameters=words("dataset lengths generator")),
    DataSource(names=words("sklearn.model_selection.train_test_split"), kind="split", parameters=words("arrays")),
    DataSource(names=under(DATA, "Sampler"), kind="sampler"),
    DataSource(names=under(DATA, "SequentialSampler"), kind="sampler", parameters=words("data_source")),
    DataSource(names=under(DATA, "RandomSampler"), kind="sampler", parameters=words("data_source replacement num_samples generator")),
    DataSource(names=under(DATA, "SubsetRandomSampler"), kind="sampler", parameters=words("indices generator")),
    DataSource(names=under(DATA, "WeightedRandomSampler"), kind="sampler", parameters=words("weights num_samples replacement generator")),
    DataSource(names=under(DATA, "BatchSampler"), kind="sampler", parameters=words("sampler batch_size drop_last")),
    DataSource(
        names=under(DATA, "DistributedSampler"),
        kind="sampler",
        parameters=words("dataset num_replicas rank shuffle seed drop_last"),
    ),
    DataSource(names=under(DATA, "default_collate"), kind="collate", parameters=words("batch")),
)

VISION_SETS = (
    DataSource(
        names=under(VISION, "MNIST FashionMNIST KMNIST QMNIST CIFAR10 CIFAR100 USPS"),
        kind="dataset",
        parameters=words("root train"),
        split="train",
        item=IMAGE_CLASS,
    ),
    DataSource(names=under(VISION, "EMNIST"), kind="dataset", parameters=words("root split"), split="train", item=IMAGE_CLASS),
    DataSource(
        names=under(VISION, "SVHN STL10 GTSRB Flowers102 Food101 PCAM RenderedSST2 FGVCAircraft DTD StanfordCars Country211 ImageNet"),
        kind="dataset",
        parameters=words("root split"),
        split="split",
        item=IMAGE_CLASS,
    ),
    DataSource(names=under(VISION, "Imagenette"), kind="dataset", parameters=words("root split"), split="split", item=IMAGE_CLASS),
    DataSource(names=under(VISION, "OxfordIIITPet"), kind="dataset", parameters=words("root split"), split="split"),
    DataSource(names=under(VISION, "CelebA"), kind="dataset", parameters=words("root split target_type"), split="split"),
    DataSource(
        names=under(VISION, "VOCSegmentation VOCDetection"), kind="dataset", parameters=words("root year image_set"), split="image_set"
    ),
    DataSource(names=under(VISION, "Cityscapes"), kind="dataset", parameters=words("root split mode target_type"), split="split"),
    DataSource(names=under(VISION, "CocoDetection CocoCaptions"), kind="dataset", parameters=words("root annFile")),
    DataSource(names=under(VISION, "ImageFolder"), kind="dataset", parameters=words("root transform"), item=IMAGE_CLASS),
    DataSource(names=under(VISION, "DatasetFolder"), kind="dataset", parameters=words("root loader"), item=("other", "class_index")),
    DataSource(names=under(VISION, "FakeData"), kind="dataset", parameters=words("size image_size num_classes"), item=IMAGE_CLASS),
    DataSource(names=under(VISION, "LSUN Caltech101 Caltech256 VisionDataset"), kind="dataset", parameters=words("root")),
    DataSource(
        names=words("datasets.load_dataset"), kind="dataset", parameters=words("path name data_dir data_files split"), split="split"
    ),
    DataSource(names=words("torch_geometric.datasets.Planetoid"), kind="dataset", parameters=words("root name split")),
    DataSource(names=words("torch_geometric.datasets.TUDataset"), kind="dataset", parameters=words("root name")),
)

TRANSFORMS = (
    DataSource(
        names=under(
            "torchvision.transforms",
            "Compose ToTensor PILToTensor ToPILImage Normalize Resize CenterCrop RandomCrop RandomResizedCrop RandomHorizontalFlip "
            "RandomVerticalFlip RandomRotation RandomAffine RandomPerspective ColorJitter RandomGrayscale Grayscale GaussianBlur Lambda "
            "Pad FiveCrop TenCrop RandomApply RandomChoice RandomOrder RandomErasing ConvertImageDtype AutoAugment RandAugment "
            "TrivialAugmentWide AugMix RandomInvert RandomPosterize RandomSolarize RandomAdjustSharpness RandomAutocontrast "
            "RandomEqualize LinearTransformation InterpolationMode",
        ),
        kind="transform",
    ),
)

ALL = (*LOADERS, *TORCH, *VISION_SETS, *TRANSFORMS)
"""Every row of this table."""

SKLEARN = "sklearn.datasets"
TRANSFORM = words("fit_transform transform")
ARRAYS = (
    ArraySource(
        names=under(SKLEARN, "make_classification make_moons make_circles make_blobs make_gaussian_quantiles"), dtypes=("float64", "int64")
    ),
    ArraySource(names=under(SKLEARN, "make_regression make_friedman1 make_s_curve make_swiss_roll"), dtypes=("float64", "float64")),
    ArraySource(
        names=under(SKLEARN, "load_iris load_digits load_wine load_breast_cancer"),
        dtypes=("float64", "int64"),
        fields=("data", "target"),
        flag="return_X_y",
    ),
    ArraySource(
        names=under(SKLEARN, "load_boston load_diabetes fetch_california_housing"),
        dtypes=("float64", "float64"),
        fields=("data", "target"),
        flag="return_X_y",
    ),
)
"""Ready arrays."""
ENCODERS = (
    ArrayEncoder(names=under("sklearn.preprocessing", "LabelEncoder"), methods=TRANSFORM, dtype="int64"),
    ArrayEncoder(
        names=(
            *under("sklearn.preprocessing", "StandardScaler MinMaxScaler MaxAbsScaler RobustScaler PolynomialFeatures"),
            "sklearn.decomposition.PCA",
        ),
        methods=TRANSFORM,
    ),
)
"""Objects that convert arrays."""
