"""Classes that take a module and a criterion and train them themselves, in the manner of scikit-learn."""

from __future__ import annotations

from lintnn.knowledge.rows import words
from lintnn.knowledge.schema import Estimator, Expectation

SKORCH_EXPECTS: tuple[tuple[str, Expectation], ...] = (("torch.nn.NLLLoss", "probabilities"),)
"""skorch's classifier takes the logarithm before it calls NLLLoss; its other estimators call the criterion as it is."""

CLASSIFIERS = (
    "skorch.NeuralNetClassifier skorch.classifier.NeuralNetClassifier ray_skorch.RayTrainNeuralNetClassifier *.NeuralNetClassifier"
)
REGRESSORS = "skorch.NeuralNetRegressor skorch.regressor.NeuralNetRegressor *.NeuralNetRegressor"
BINARY_CLASSIFIERS = "skorch.NeuralNetBinaryClassifier skorch.classifier.NeuralNetBinaryClassifier *.NeuralNetBinaryClassifier"

ALL = (
    Estimator(
        names=words(
            "skorch.NeuralNet skorch.net.NeuralNet ray_skorch.RayTrainNeuralNet ray_skorch.base.RayTrainNeuralNet *.RayTrainNeuralNet"
        ),
        module="module",
        criterion="criterion",
    ),
    Estimator(
        names=words(CLASSIFIERS),
        module="module",
        criterion="criterion",
        default_criterion="torch.nn.NLLLoss",
        criterion_expects=SKORCH_EXPECTS,
    ),
    Estimator(
        names=words(REGRESSORS),
        module="module",
        criterion="criterion",
        default_criterion="torch.nn.MSELoss",
    ),
    Estimator(
        names=words(BINARY_CLASSIFIERS),
        module="module",
        criterion="criterion",
        default_criterion="torch.nn.BCEWithLogitsLoss",
    ),
    Estimator(
        names=words("fastai.learner.Learner fastai.vision.all.Learner fastai.basics.Learner fastai.basic_train.Learner"),
        module="model",
        criterion="loss_func",
    ),
    Estimator(names=words("poutyne.Model"), module="network", criterion="loss_function"),
    Estimator(names=words("poutyne.Experiment"), module="network", criterion="loss_function"),
    Estimator(names=words("ignite.engine.create_supervised_trainer"), module="model", criterion="loss_fn"),
    Estimator(names=words("catalyst.dl.SupervisedRunner.train"), module="model", criterion="criterion"),
)
"""Every row of this table; a name ``*.Class`` stands for that class wherever it is defined."""
