"""The protocol machines, as tables."""

from __future__ import annotations

from lintnn.events.machine import ANY, AT_START, Bad, Machine
from lintnn.values.happenings import EventKind

MODE_AT_ENTRY = "mode at entry"
"""The assumption of a report on an object whose mode on entry is not known."""

MISSING_ZERO_GRAD = Machine(
    name="missing-zero-grad",
    slot="optimizer",
    starts={"any": "clean"},
    table={
        ANY: {"clear": "clean", "clear?": "clean", "unknown": "clean", "build": AT_START},
        "clean": {"backward": "dirty"},
        "dirty": {"step": "stale"},
        "stale": {"backward": "mixed"},
        "mixed": {"step": "repeated"},
    },
    bad={"repeated": Bad(after="stale")},
    home=frozenset({"clean"}),
    needs=frozenset({"backward", "step"}),
    primary=EventKind.STEP,
)

ZERO_GRAD_BEFORE_STEP = Machine(
    name="zero-grad-before-step",
    slot="optimizer",
    starts={"any": "idle"},
    table={
        ANY: {"step": "idle", "step?": "idle", "unknown": "idle", "build": AT_START},
        "idle": {"backward": "dirty"},
        "dirty": {"clear": "wiped"},
        "wiped": {"backward": "dirty", "backward?": "idle", "step": "vain"},
    },
    bad={"vain": Bad(after="idle")},
    home=frozenset({"idle"}),
    needs=frozenset({"backward", "clear", "step"}),
    primary=EventKind.CLEAR,
)

MISPLACED_GRADIENT_CLIP = Machine(
    name="misplaced-gradient-clip",
    slot="optimizer",
    starts={"any": "idle"},
    table={
        ANY: {
            "clear": "clean",
            "backward": "dirty",
            "backward?": "idle",
            "clip": "idle",
            "clip?": "idle",
            "step": "idle",
            "step?": "idle",
            "unknown": "idle",
            "build": AT_START,
        },
        "clean": {"clip": "early", "clip?": "clean"},
        "early": {"clip": "early", "clip?": "early", "backward": "unclipped"},
        "unclipped": {"backward": "unclipped", "backward?": "unclipped", "step": "unclipped-step"},
        "dirty": {"backward?": "dirty", "step": "stepped"},
        "stepped": {"clip": "late"},
    },
    bad={"unclipped-step": Bad(after="stepped"), "late": Bad(after="idle")},
    home=frozenset({"idle"}),
    needs=frozenset({"backward", "clip", "step"}),
    primary=EventKind.CLIP,
)

CLIP_BEFORE_UNSCALE = Machine(
    name="clip-before-unscale",
    slot="optimizer",
    starts={"any": "idle"},
    table={
        ANY: {
            "clear": "idle",
            "clear?": "idle",
            "unscale": "idle",
            "unscale?": "idle",
            "backward:plain": "idle",
            "backward:unknown": "idle",
            "step:plain": "idle",
            "step:scaled": "idle",
            "step:plain?": "idle",
            "step:scaled?": "idle",
            "unknown": "idle",
            "build": AT_START,
        },
        "idle": {"backward:scaled": "scaled", "backward:scaled?": "scaled"},
        "scaled": {"clip:plain": "clipped"},
        "clipped": {"step:scaled": "clipped-scaled", "unscale": "clipped-scaled"},
    },
    bad={"clipped-scaled": Bad(after="idle")},
    home=frozenset({"idle"}),
    needs=frozenset({"clip:plain", "step:scaled"}),
    primary=EventKind.CLIP,
    details=frozenset({EventKind.BACKWARD, EventKind.CLIP, EventKind.STEP}),
)

UNSCALED_OPTIMIZER_STEP = Machine(
    name="unscaled-optimizer-step",
    slot="optimizer",
    starts={"any": "idle"},
    table={
        ANY: {
            "clear": "idle",
            "clear?": "idle",
            "unscale": "idle",
            "unscale?": "idle",
            "backward:plain": "idle",
            "backward:unknown": "idle",
            "step:scaled": "idle",
            "step:plain?": "idle",
            "step:scaled?": "idle",
            "unknown": "idle",
            "build": AT_START,
        },
        "idle": {"backward:scaled": "scaled"},
        "scaled": {"step:plain": "scaled-step"},
    },
    bad={"scaled-step": Bad(after="idle")},
    home=frozenset({"idle"}),
    needs=frozenset({"backward:scaled", "step:plain"}),
    primary=EventKind.STEP,
    details=frozenset({EventKind.BACKWARD, EventKind.STEP}),
)

MISSING_SCALER_UPDATE = Machine(
    name="missing-scaler-update",
    slot="optimizer",
    starts={"any": "ready"},
    table={
        ANY: {"update": "ready", "update?": "ready", "unknown": "ready", "build": AT_START},
        "ready": {"step:scaled": "stepped", "unscale": "unscaled"},
        "unscaled": {"step:scaled": "stepped", "unscale": "unscaled-again"},
        "stepped": {"step:scaled": "stepped-again", "unscale": "unscaled-again"},
    },
    bad={"unscaled-again": Bad(after="unscaled"), "stepped-again": Bad(after="stepped")},
    home=frozenset({"ready"}),
    needs=frozenset({"step:scaled"}),
    primary=EventKind.STEP,
    details=frozenset({EventKind.STEP}),
)

MISSING_EVAL_MODE = Machine(
    name="missing-eval-mode",
    slot="module",
    starts={"train": "train", "eval": "unsure", "any": "entry"},
    table={
        ANY: {
            "train": "asked",
            "eval": "unsure",
            "eval?": "unsure",
            "mode?": "unsure",
            "unknown": "unsure",
            "build": AT_START,
        },
        "asked": {"backward": "train", "step": "train"},
        "train": {"forward:off": "evaluated", "forward:loop": "evaluated"},
        "entry": {"forward:off": "evaluated-as-entered"},
    },
    bad={"evaluated": Bad(after="train"), "evaluated-as-entered": Bad(after="entry", assumes=MODE_AT_ENTRY)},
    home=frozenset({"entry"}),
    needs=frozenset(),
    primary=EventKind.FORWARD,
    details=frozenset({EventKind.FORWARD}),
)

AFTER_TRAINING = "evaluated after training"
"""The assumption of a report on a pass that only looks like an evaluation: no gradients are computed around it."""

_KEPT = {"forward:loop": "kept", "forward:inner": "kept", "forward:pass": "kept"}

MISSING_NO_GRAD = Machine(
    name="missing-no-grad",
    slot="module",
    starts={"any": "entry"},
    table={
        ANY: {"train": "entry", "train?": "entry", "eval": "evaluating", "mode?": "entry", "unknown": "entry", "build": AT_START},
        "entry": {"backward": "trained"},
        "trained": {"forward:loop": "kept-after-training"},
        "evaluating": _KEPT | {"backward": "entry"},
    },
    bad={"kept": Bad(after="evaluating"), "kept-after-training": Bad(after="trained", assumes=AFTER_TRAINING)},
    home=frozenset({"entry"}),
    needs=frozenset(),
    primary=EventKind.FORWARD,
    details=frozenset({EventKind.FORWARD}),
)

_BACK_TO_TRAINING = {"train": "trained", "train?": "trained", "mode?": "trained", "unknown": "trained"}

MISSING_TRAIN_MODE = Machine(
    name="missing-train-mode",
    slot="module",
    starts={"train": "train", "eval": "frozen", "any": "entry"},
    table={
        ANY: {"build": AT_START},
        "entry": {"train": "train", "backward": "trained", "eval": "frozen"},
        "train": {"backward": "trained", "eval": "frozen"},
        "trained": {"eval": "evaluating"},
        "evaluating": _BACK_TO_TRAINING | {"forward:on": "resumed"},
        "resumed": _BACK_TO_TRAINING | {"backward": "pulled"},
        "pulled": _BACK_TO_TRAINING | {"step": "trained-in-eval"},
        "frozen": {"train": "train", "train?": "train", "mode?": "train", "unknown": "train"},
    },
    bad={"trained-in-eval": Bad(after="evaluating")},
    home=frozenset({"entry"}),
    needs=frozenset({"forward:on", "backward", "eval", "step"}),
    primary=EventKind.EVAL,
    details=frozenset({EventKind.FORWARD}),
)

MACHINES: tuple[Machine, ...] = (
    MISSING_ZERO_GRAD,
    ZERO_GRAD_BEFORE_STEP,
    MISPLACED_GRADIENT_CLIP,
    CLIP_BEFORE_UNSCALE,
    UNSCALED_OPTIMIZER_STEP,
    MISSING_SCALER_UPDATE,
    MISSING_EVAL_MODE,
    MISSING_NO_GRAD,
    MISSING_TRAIN_MODE,
)
