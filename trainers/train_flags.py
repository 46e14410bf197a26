"""Flags of `trainers.train`."""

from __future__ import annotations

from absl import flags

from .command_line import group
from .quality_names import HELP
from .source_names import names_in_source

LARGEST = 2**31 - 1  # Of a number of steps, images or pixels.
AUGMENTATIONS = names_in_source("augmentation/registry.py", "AUGMENTATIONS")
DEGRADATIONS = names_in_source("datasets/degradations.py", "DEGRADATIONS")
SCHEDULES = names_in_source("recipes/optimizers.py", "SCHEDULES")
STRATEGIES = names_in_source("distribution.py", "STRATEGIES")
TRACKERS = names_in_source("callbacks/trackers.py", "TRACKERS")
# Flags that are short for --set NAME=VALUE, with the name.
SHORTHANDS = {
    "optimizer": "optimizer",
    "learning_rate": "learning_rate",
    "schedule": "schedule",
    "clip_norm": "clip_norm",
    "augment": "augmentation",
}
FLAGS = flags.FlagValues()

_DATA = group(FLAGS, "data")
flags.DEFINE_string(
    "dataset",
    "digits",
    "digits, sprites, glyphs, moving_sprites, moving_digits, emoji, emoji_pairs, ring, grid, "
    "unicode_words, emoji_names, a TensorFlow Datasets name such as mnist, a folder of images or "
    "TFRecord files, of trainA, trainB, testA and testB, an .npz, or a .txt of words.",
    **_DATA,
)
flags.DEFINE_string("files_dir", None, "Folder of raw files of TensorFlow Datasets.", **_DATA)
flags.DEFINE_string(
    "cache_dir",
    None,
    "Folder in which decoded images stay, for folders, TFRecord files and TensorFlow Datasets that "
    "are larger than memory.",
    **_DATA,
)
flags.DEFINE_integer(
    "image_size",
    None,
    "Resize images to this square.",
    lower_bound=4,
    upper_bound=LARGEST,
    **_DATA,
)
flags.DEFINE_bool(
    "mirror",
    False,
    "Train on the mirror images too, as many again; not for letters and digits.",
    **_DATA,
)
flags.DEFINE_string(
    "degrade",
    None,
    "Train on pairs of degraded and original images, for pix2pix and other recipes that translate: "
    "noise:0.3, downsample:4, mask:0.5 or grey.",
    **_DATA,
)
flags.DEFINE_enum(
    "condition",
    None,
    ["label", "text"],
    "Condition of both networks: the label or the text of the sample. It is the default of recipes "
    "that take one, such as acgan and text_to_image.",
    **_DATA,
)

_MODEL = group(FLAGS, "model")
flags.DEFINE_string("recipe", "infogan", "Recipe to train; --list prints all.", **_MODEL)
flags.DEFINE_multi_string(
    "set", [], "A hyperparameter of the recipe, as name=value; repeatable.", **_MODEL
)
flags.DEFINE_enum(
    "augment",
    None,
    AUGMENTATIONS,
    "Differentiable augmentation of what the discriminator sees; for few images.",
    **_MODEL,
)
flags.DEFINE_string(
    "init_from",
    None,
    "Folder of a run, or a .keras file: start from its weights in all layers whose shapes fit.",
    **_MODEL,
)
flags.DEFINE_string(
    "optimizer", None, "Optimizer of both players: adam, rmsprop or adagrad.", **_MODEL
)
flags.DEFINE_float(
    "learning_rate",
    None,
    "Rate of the generator; of both players if the recipe has only one.",
    **_MODEL,
)
flags.DEFINE_enum("schedule", None, SCHEDULES, "Schedule of the rates, over --steps.", **_MODEL)
flags.DEFINE_float("clip_norm", None, "Largest norm of a player's gradient.", **_MODEL)

_RUN = group(FLAGS, "run")
flags.DEFINE_integer(
    "steps",
    3000,
    "Number of generator updates.",
    lower_bound=1,
    upper_bound=LARGEST,
    **_RUN,
)
flags.DEFINE_integer(
    "batch_size",
    128,
    "Images in a discriminator update.",
    lower_bound=1,
    upper_bound=LARGEST,
    **_RUN,
)
flags.DEFINE_integer(
    "seed",
    0,
    "Seed of weights, noise and data order.",
    lower_bound=-(2**63),
    upper_bound=2**63 - 1,
    **_RUN,
)
flags.DEFINE_enum(
    "precision",
    "float32",
    ["float32", "mixed_bfloat16", "mixed_float16"],
    "Keras dtype policy.",
    **_RUN,
)
flags.DEFINE_bool("jit", False, "Compile the networks with XLA.", **_RUN)
flags.DEFINE_enum(
    "strategy",
    "default",
    STRATEGIES,
    "default (one device), mirrored (all GPUs), multi_worker (all machines of TF_CONFIG) or tpu.",
    **_RUN,
)
flags.DEFINE_float(
    "wait",
    300.0,
    "Seconds in which all workers of TF_CONFIG must have started.",
    lower_bound=0,
    **_RUN,
)
flags.DEFINE_string("resume", None, "Folder of a run to resume.", **_RUN)
flags.DEFINE_bool(
    "dry_run",
    False,
    "Check the options, the data and the model, print the options and exit.",
    **_RUN,
)
flags.DEFINE_bool(
    "list", False, "Print the recipes, or with --recipe its hyperparameters, and exit.", **_RUN
)

_MEASURES = group(FLAGS, "measures")
flags.DEFINE_integer(
    "sample_every", 500, "Steps between two pictures and tests.", lower_bound=1, **_MEASURES
)
flags.DEFINE_integer(
    "monitor_every",
    0,
    "Steps between two measurements of information on the test split, by a classifier and a "
    "density-ratio estimator trained for it; 0 disables them.",
    lower_bound=0,
    **_MEASURES,
)
flags.DEFINE_list(
    "metrics",
    None,
    "Measures of sample quality to take while training, such as frechet_distance,coverage; each of "
    "them may be that of --keep_best.",
    **_MEASURES,
)
flags.DEFINE_integer(
    "metrics_every", 500, "Steps between two of these.", lower_bound=1, **_MEASURES
)
flags.DEFINE_integer(
    "metrics_samples", 5000, "Number of samples to measure.", lower_bound=20, **_MEASURES
)
flags.DEFINE_string(
    "features",
    None,
    f"{HELP} By default supervised, without labels self_supervised, of points pixels.",
    **_MEASURES,
)
flags.DEFINE_integer(
    "feature_steps", 3000, "Training steps of the features.", lower_bound=1, **_MEASURES
)
flags.DEFINE_integer(
    "patience",
    0,
    "Stop when the measure of --keep_best has not improved by more than its standard error in so "
    "many measurements; 0 never stops.",
    lower_bound=0,
    **_MEASURES,
)

_OUTPUT = group(FLAGS, "output")
flags.DEFINE_string("run_dir", "runs", "Folder of the numbered folders of runs.", **_OUTPUT)
flags.DEFINE_string("export_dir", "saved_models", "Folder of the exported generators.", **_OUTPUT)
flags.DEFINE_multi_enum(
    "log_to",
    [],
    TRACKERS,
    "Experiment tracker that gets all that TensorBoard gets; repeatable. Its package is optional.",
    **_OUTPUT,
)
flags.DEFINE_integer("log_every", 100, "Steps between two status lines.", lower_bound=1, **_OUTPUT)
flags.DEFINE_integer("save_every", 500, "Steps between two checkpoints.", lower_bound=1, **_OUTPUT)
flags.DEFINE_integer(
    "keep", 3, "Number of the newest checkpoints to keep.", lower_bound=1, **_OUTPUT
)
flags.DEFINE_string(
    "keep_best",
    None,
    "Also keep the checkpoint with the highest value of this test quantity, such as "
    "information_nats; with - before its name, the lowest.",
    **_OUTPUT,
)
