"""Libraries that own the training loop, or part of it: what they call, and what they do by themselves."""

from __future__ import annotations

from lintnn.knowledge.rows import words
from lintnn.knowledge.schema import Framework

WHOLE_LOOP = words("zero_grad backward step mode no_grad device scheduler")

ALL = (
    Framework(
        name="lightning",
        bases=words("pytorch_lightning.LightningModule"),
        training_methods=words(
            "training_step training_step_end on_train_batch_start on_train_batch_end on_before_backward on_after_backward "
            "on_train_start on_train_epoch_start on_train_epoch_end training_epoch_end"
        ),
        evaluation_methods=words(
            "validation_step validation_step_end validation_epoch_end test_step test_step_end test_epoch_end predict_step "
            "on_validation_batch_start on_validation_batch_end on_test_batch_start on_test_batch_end on_predict_batch_end "
            "on_validation_epoch_start on_validation_epoch_end on_test_epoch_start on_test_epoch_end on_predict_epoch_end "
            "on_validation_start on_validation_end on_test_start on_test_end"
        ),
        owns=WHOLE_LOOP,
        runners=words(
            "pytorch_lightning.Trainer.fit pytorch_lightning.Trainer.validate pytorch_lightning.Trainer.test "
            "pytorch_lightning.Trainer.predict"
        ),
        manual_switch="automatic_optimization",
        configures="configure_optimizers",
        optimizers="optimizers",
        schedulers="lr_schedulers",
        around=words("on_train_batch_start on_train_batch_end"),
    ),
    Framework(
        name="fabric",
        bases=words("lightning.fabric.Fabric"),
        owns=words("device"),
        wrappers=words(
            "lightning.fabric.Fabric.setup lightning.fabric.Fabric.setup_module lightning.fabric.Fabric.setup_optimizers "
            "lightning.fabric.Fabric.setup_dataloaders lightning.fabric.Fabric.to_device"
        ),
        handles=words("lightning.fabric.Fabric"),
        called=words("fabric"),
    ),
    Framework(
        name="transformers",
        bases=words(
            "transformers.Trainer transformers.Seq2SeqTrainer trl.SFTTrainer trl.DPOTrainer "
            "trl.RewardTrainer trl.GRPOTrainer trl.PPOTrainer trl.ORPOTrainer trl.KTOTrainer "
            "sentence_transformers.SentenceTransformerTrainer "
            "setfit.Trainer adapters.AdapterTrainer"
        ),
        training_methods=words("training_step compute_loss"),
        evaluation_methods=words("prediction_step"),
        owns=WHOLE_LOOP,
    ),
    Framework(
        name="accelerate",
        bases=words("accelerate.Accelerator"),
        owns=words("device"),
        wrappers=words(
            "accelerate.Accelerator.prepare accelerate.Accelerator.prepare_model accelerate.Accelerator.prepare_optimizer "
            "accelerate.Accelerator.prepare_data_loader accelerate.Accelerator.prepare_scheduler accelerate.Accelerator.unwrap_model "
            "accelerate.Accelerator.skip_first_batches accelerate.skip_first_batches"
        ),
        handles=words("accelerate.Accelerator"),
        called=words("accelerator"),
    ),
    Framework(
        name="deepspeed",
        bases=words("deepspeed.DeepSpeedEngine"),
        owns=words("zero_grad scheduler device"),
        wrappers=words("deepspeed.init_inference"),
        handles=words("deepspeed.DeepSpeedEngine"),
    ),
    Framework(
        name="ignite",
        bases=(),
        owns=words("zero_grad backward step mode no_grad device"),
        runners=words("ignite.engine.create_supervised_trainer ignite.engine.create_supervised_evaluator"),
    ),
    Framework(
        name="ignite.distributed",
        bases=(),
        owns=words("device"),
        wrappers=words("ignite.distributed.auto_model ignite.distributed.auto_optim ignite.distributed.auto_dataloader"),
    ),
    Framework(name="apex", bases=(), wrappers=words("apex.amp.initialize")),
    Framework(name="ipex", bases=(), wrappers=words("intel_extension_for_pytorch.optimize intel_extension_for_pytorch.llm.optimize")),
    Framework(
        name="skorch",
        bases=words("skorch.NeuralNet skorch.NeuralNetClassifier skorch.NeuralNetRegressor skorch.NeuralNetBinaryClassifier"),
        training_methods=words("train_step train_step_single"),
        evaluation_methods=words("validation_step evaluation_step"),
        owns=WHOLE_LOOP,
    ),
    Framework(
        name="fastai",
        bases=words("fastai.learner.Learner fastai.vision.learner.Learner fastai.callback.core.Callback fastai.basic_train.Learner"),
        owns=WHOLE_LOOP,
    ),
    Framework(
        name="composer",
        bases=words(
            "composer.ComposerModel composer.models.ComposerModel composer.models.base.ComposerModel composer.models.HuggingFaceModel"
        ),
        training_methods=words("forward loss"),
        evaluation_methods=words("eval_forward update_metric"),
        owns=WHOLE_LOOP,
        runners=words("composer.Trainer.fit composer.Trainer.eval"),
    ),
    Framework(
        name="mmengine",
        bases=words(
            "mmengine.model.BaseModel mmengine.model.BaseModule mmcv.runner.BaseModule mmdet.models.BaseDetector "
            "mmdet.models.detectors.BaseDetector mmseg.models.segmentors.BaseSegmentor mmcls.models.BaseClassifier"
        ),
        training_methods=words("train_step forward_train loss"),
        evaluation_methods=words("val_step test_step forward_test simple_test predict"),
        owns=WHOLE_LOOP,
    ),
    Framework(
        name="catalyst",
        bases=words("catalyst.dl.Runner catalyst.dl.SupervisedRunner catalyst.runners.SupervisedRunner catalyst.core.runner.IRunner"),
        training_methods=words("handle_batch"),
        evaluation_methods=words("predict_batch"),
        owns=words("mode no_grad device scheduler"),
    ),
    Framework(
        name="poutyne",
        bases=words("poutyne.Model poutyne.Experiment poutyne.ModelBundle poutyne.framework.Model"),
        owns=WHOLE_LOOP,
    ),
    Framework(
        name="torchtnt",
        bases=words("torchtnt.framework.AutoUnit torchtnt.framework.auto_unit.AutoUnit"),
        training_methods=words("compute_loss"),
        owns=WHOLE_LOOP,
    ),
    Framework(
        name="speechbrain",
        bases=words("speechbrain.Brain speechbrain.core.Brain"),
        training_methods=words("compute_forward compute_objectives"),
        evaluation_methods=words("evaluate_batch"),
        owns=WHOLE_LOOP,
    ),
)
"""Every row of this table."""
