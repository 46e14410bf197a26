"""Trains a GAN; writes pictures, results, checkpoints and an exported generator.

python -m trainers.train                                    InfoGAN on real 8x8 digits, 2 minutes
python -m trainers.train --list                             the recipes
python -m trainers.train --recipe=dcgan --dataset=images/   your own folder of images
python -m trainers.train --recipe=acgan --condition=label   a conditional GAN
python -m trainers.train --set width=32 --set categories=12
python -m trainers.train --metrics=frechet_distance,coverage --keep_best=-frechet_distance
python -m trainers.train --resume=runs/00000-infogan-digits
"""

from __future__ import annotations

import atexit
import contextlib
import pathlib
import re
import shutil
import tempfile
from typing import Any

import keras
import tensorflow as tf
from absl import flags

from tfgan_it import callbacks, datasets, distribution, recipes
from tfgan_it.checks import check_at_least, check_choice
from tfgan_it.export.finished import finished_export
from tfgan_it.files import check_folder, local_path, reading
from trainers import command_line
from trainers.conditions import Data, check_condition, check_labels, implied_condition
from trainers.quality_monitor import (
    QUALITY_OPTIONS,
    check_quality_options,
    feature_choice,
    last_quality,
)
from trainers.run_directory import RunDirectory, dataset_name
from trainers.run_files import check_options
from trainers.sample_features import HELP
from trainers.summary import report, summarise
from trainers.training import train
from trainers.workers import check_same_run

FLAGS = flags.FLAGS
flags.adopt_module_key_flags(command_line)
LARGEST = 2**31 - 1  # Of a number of steps, images or pixels.
flags.DEFINE_string("recipe", "infogan", "Recipe to train; --list prints all.")
flags.DEFINE_string(
    "dataset",
    "digits",
    "digits, ring, grid, a TensorFlow Datasets name such as mnist, a folder, or an .npz.",
)
flags.DEFINE_string("files_dir", None, "Folder of raw files of TensorFlow Datasets.")
flags.DEFINE_enum(
    "condition",
    None,
    ["label"],
    "Condition of both networks: the label of the sample. It is the default of recipes that take a "
    "condition, such as acgan.",
)
flags.DEFINE_integer(
    "image_size", None, "Resize images to this square.", lower_bound=4, upper_bound=LARGEST
)
flags.DEFINE_integer(
    "steps", 3000, "Number of generator updates.", lower_bound=1, upper_bound=LARGEST
)
flags.DEFINE_integer(
    "batch_size", 128, "Images in a discriminator update.", lower_bound=1, upper_bound=LARGEST
)
flags.DEFINE_integer(
    "seed", 0, "Seed of weights, noise and data order.", lower_bound=-(2**63), upper_bound=2**63 - 1
)
flags.DEFINE_enum(
    "precision", "float32", ["float32", "mixed_bfloat16", "mixed_float16"], "Keras dtype policy."
)
flags.DEFINE_bool("jit", False, "Compile the networks with XLA.")
flags.DEFINE_string(
    "strategy",
    "default",
    "default (one device), mirrored (all GPUs), multi_worker (all machines of TF_CONFIG) or tpu.",
)
flags.DEFINE_float(
    "wait", 300.0, "Seconds in which all workers of TF_CONFIG must have started.", lower_bound=0
)
flags.DEFINE_multi_string("set", [], "A hyperparameter of the recipe, as name=value; repeatable.")
flags.DEFINE_string("optimizer", None, "Optimizer of both players: adam, rmsprop or adagrad.")
flags.DEFINE_float(
    "learning_rate", None, "Rate of the generator; of both players if the recipe has only one."
)
flags.DEFINE_string(
    "schedule", None, "Schedule of the rates, over --steps: linear, cosine or constant."
)
flags.DEFINE_float("clip_norm", None, "Largest norm of a player's gradient.")
flags.DEFINE_string("run_dir", "runs", "Folder of the numbered folders of runs.")
flags.DEFINE_string("export_dir", "saved_models", "Folder of the exported generators.")
flags.DEFINE_string("resume", None, "Folder of a run to resume.")
flags.DEFINE_integer("log_every", 100, "Steps between two status lines.", lower_bound=1)
flags.DEFINE_integer("save_every", 500, "Steps between two checkpoints.", lower_bound=1)
flags.DEFINE_integer("keep", 3, "Number of the newest checkpoints to keep.", lower_bound=1)
flags.DEFINE_string(
    "keep_best",
    None,
    "Also keep the checkpoint with the highest value of this test quantity, such as "
    "information_nats; with - before its name, the lowest.",
)
flags.DEFINE_integer("sample_every", 500, "Steps between two pictures and tests.", lower_bound=1)
flags.DEFINE_integer(
    "monitor_every",
    0,
    "Steps between two measurements of information on the test split, by a classifier and a "
    "density-ratio estimator trained for it; 0 disables them.",
    lower_bound=0,
)
flags.DEFINE_list(
    "metrics",
    None,
    "Measures of sample quality to take while training, such as frechet_distance,coverage; each of "
    "them may be that of --keep_best.",
)
flags.DEFINE_integer("metrics_every", 500, "Steps between two of these.", lower_bound=1)
flags.DEFINE_integer("metrics_samples", 5000, "Number of samples to measure.", lower_bound=20)
flags.DEFINE_string(
    "features",
    None,
    f"{HELP} By default supervised, without labels self_supervised, of points pixels.",
)
flags.DEFINE_integer("feature_steps", 3000, "Training steps of the features.", lower_bound=1)
flags.DEFINE_integer(
    "patience",
    0,
    "Stop when the measure of --keep_best has not improved by more than its standard error in so "
    "many measurements; 0 never stops.",
    lower_bound=0,
)
flags.DEFINE_bool("dry_run", False, "Print the options and exit.")
flags.DEFINE_bool("list", False, "Print the recipes and exit.")

# Options that a resumed run must not change, except steps and keep; others are paths or actions.
_OPTIONS = [
    "recipe",
    "dataset",
    "condition",
    "image_size",
    "steps",
    "batch_size",
    "seed",
    "precision",
]
_OPTIONS += ["jit", "strategy", "set", "log_every", "save_every", "sample_every", "monitor_every"]
_OPTIONS_OF_EVERY_RUN = [*_OPTIONS]  # Earlier ones did not record the next.
_OPTIONS += ["keep", "keep_best", *QUALITY_OPTIONS]
_PLACES = ["files_dir", "export_dir"]
# Flags that are short for --set NAME=VALUE.
_SHORTHANDS = ["optimizer", "learning_rate", "schedule", "clip_norm"]


def list_recipes() -> str:
    """Returns a line for each recipe: its name, the first line of its docstring, its source."""
    width = max(map(len, recipes.RECIPES))
    lines = []
    for name, recipe in sorted(recipes.RECIPES.items()):
        documentation = recipe.__doc__ or name
        text = " ".join(documentation.split())
        first = documentation.splitlines()[0].rstrip(".")
        source = re.search(r"Source: (.+?, \d{4})", text)
        lines.append(f"{name:<{width}}  {first} ({source[1]})" if source else f"{name}  {first}")
    return "\n".join(lines)


def chosen_options() -> tuple[dict[str, Any], RunDirectory | None]:
    """Returns the options of this run and, with --resume, the folder of the run."""
    directory = RunDirectory(FLAGS.resume) if FLAGS.resume else None
    if directory:
        directory.check_resumable({})  # Another version may have other options.
        names = [*_OPTIONS_OF_EVERY_RUN, *_PLACES]
        check_options(directory.options, names, FLAGS, directory.path / "options.json")
    steps = FLAGS.steps
    if directory and not FLAGS["steps"].present:
        steps = directory.options["steps"]
    hyperparameters = [f"{name}={FLAGS[name].value}" for name in _SHORTHANDS if FLAGS[name].present]
    if FLAGS["schedule"].present:
        hyperparameters.append(f"decay_steps={steps}")
    hyperparameters += FLAGS.set
    if directory is None:
        options = {name: FLAGS[name].value for name in [*_OPTIONS, *_PLACES]}
        options["condition"] = options["condition"] or implied_condition(str(options["recipe"]))
        return {**options, "set": hyperparameters}, None
    changes = {name: FLAGS[name].value for name in _OPTIONS if FLAGS[name].present}
    if hyperparameters:
        changes["set"] = hyperparameters
    directory.check_resumable(changes)
    directory.check_results()
    places = {name: FLAGS[name].value for name in _PLACES if FLAGS[name].present}
    # Of runs that did not record them.
    defaults = {name: FLAGS[name].default for name in ("keep_best", *QUALITY_OPTIONS)}
    defaults["keep"] = FLAGS.keep
    return {**defaults, **directory.options, **changes, **places}, directory


def _naming_options(directory: RunDirectory | None) -> contextlib.AbstractContextManager[None]:
    """A context whose errors name the file that the options of a resumed run come from."""
    if directory is None:
        return contextlib.nullcontext()
    return reading(directory.path / "options.json", "a record of this program's options")


def build(options: dict[str, Any], data: Data) -> keras.Model:
    """Builds the compiled model of the options."""
    recipe = recipes.get(options["recipe"])
    arguments = command_line.hyperparameters(recipe, options["set"])
    if options["condition"]:
        arguments["conditions"] = getattr(data, "num_classes", None)
    return recipe(data.sample_shape, seed=options["seed"], jit_compile=options["jit"], **arguments)


def started(
    options: dict[str, Any],
    data: Data,
    directory: RunDirectory | None,
    strategy: tf.distribute.Strategy,
) -> keras.Model:
    """Builds a new model, or loads that of a run's checkpoint, if the options match.

    A run that was killed before its first checkpoint starts again.
    """
    if directory is None or not callbacks.checkpoints(directory.checkpoints):
        with strategy.scope():
            return build(options, data)
    # Outside the scope: the comparison needs no replicas, and the model is freed after it.
    expected = build(options, data)
    with strategy.scope():
        return directory.load_checkpoint(expected)


def _resume(run: RunDirectory, strategy: tf.distribute.Strategy) -> str:
    """Returns the flag that resumes the chief's run, whose folder other workers may not have."""
    path = run.path if distribution.is_chief(strategy) else FLAGS.resume
    return f"--resume={path or 'RUN (the folder that the first worker printed)'}"


def main(arguments: list[str]) -> int | None:
    """Trains and exports a model, and writes all results."""
    if FLAGS.list:
        print(list_recipes())
        return None
    check_at_least("", "--wait", FLAGS.wait, 0, finite=True)
    options, directory = chosen_options()
    with _naming_options(directory):
        command_line.hyperparameters(recipes.get(options["recipe"]), options["set"])
        check_condition(options["recipe"], options["condition"])
        check_quality_options(options)
        check_choice("strategy", options["strategy"], distribution.STRATEGIES)
        places = [local_path(options["export_dir"], "export_dir")]
    places = [local_path(FLAGS.run_dir, "run_dir"), *places]
    if FLAGS.dry_run:
        print("\n".join(f"{name:>12}  {value}" for name, value in options.items()))
        return None
    for place in places:
        check_folder(place)
    # Before TensorFlow does anything else.
    strategy = distribution.strategy(options["strategy"], seconds=FLAGS.wait)
    with contextlib.ExitStack() as locks:
        if directory and distribution.is_chief(strategy):
            locks.enter_context(directory.locked())
        return _run(options, directory, strategy, places, locks)


def _run(
    options: dict[str, Any],
    directory: RunDirectory | None,
    strategy: tf.distribute.Strategy,
    places: list[pathlib.Path],
    locks: contextlib.ExitStack,
) -> int | None:
    """Trains and exports; `places` are the folders of all runs and of all exports."""
    keras.config.set_dtype_policy(options["precision"])
    try:
        data = datasets.load(
            options["dataset"], files_dir=options["files_dir"], image_size=options["image_size"]
        )
    except FileNotFoundError as error:
        if directory is None:
            raise
        hint = "if the data were moved, give --dataset or --files_dir"
        raise FileNotFoundError(f"{str(error).rstrip('.')}; {hint}.") from None
    check_labels(data, options["condition"])
    if options["metrics"]:
        feature_choice(options, data)
    fingerprint = datasets.fingerprint(data)
    check_same_run(strategy, {name: options[name] for name in _OPTIONS}, fingerprint)
    if directory:
        directory.check_data(fingerprint)
        if not callbacks.checkpoints(directory.checkpoints):
            print(f"{directory.path} has no checkpoint: the run starts again, from step 0.")
    model = started(options, data, directory, strategy)
    datasets.check_images(
        data.train_images,
        model.sample_shape,
        minimum=model.samples_per_step(options["batch_size"]),
    )
    callbacks.check_best(options["keep_best"], model, options["metrics"] or ())
    if directory and min(directory.finished_steps, model.trained_steps) >= options["steps"]:
        # No error: it may have been killed after its last file, and be started until it succeeds.
        print(
            f"{directory.path} is at step {model.trained_steps}: give --steps above that to go on."
        )
        return None
    runs, exports = places
    chief = distribution.is_chief(strategy)
    if not chief:  # All workers write the same files: one keeps them.
        scratch = pathlib.Path(tempfile.mkdtemp())
        atexit.register(shutil.rmtree, scratch, ignore_errors=True)
        directory, runs, exports = None, scratch / "runs", scratch / "exports"
    exports.mkdir(parents=True, exist_ok=True)  # Fails before training if it is not writable.
    run = directory or RunDirectory.create(runs, options, fingerprint)
    if chief and not directory:
        locks.enter_context(run.locked())
    run.update_options(**{name: options[name] for name in ("steps", "keep", "dataset", *_PLACES)})
    print(f"{options['recipe']} on {data}\n{run.path}, from step {model.trained_steps}", flush=True)
    resume = f"python -m trainers.train {_resume(run, strategy)}"
    try:
        images_per_second, received = train(
            model, data, options, run, fingerprint=fingerprint, resume=_resume(run, strategy)
        )
    except KeyboardInterrupt:
        print(f"interrupted in step {model.trained_steps + 1}; resume with\n  {resume}")
        raise
    if received:
        print(
            f"{received.name}: stopped and saved at step {model.trained_steps}; resume with\n"
            f"  {resume}"
        )
        return 128 + received
    name = f"{options['recipe']}_{dataset_name(options['dataset'])}"
    # A run that was killed between its export and its summary has exported already.
    export_dir = directory and finished_export(model, exports / name)
    export_dir = export_dir or model.export(exports / name)
    summary = {
        **summarise(model, data, options, run.measurements()),
        **last_quality(run),
        "images_per_second": images_per_second,
        "export_dir": str(export_dir),
    }
    run.write_summary(summary)
    print(report(summary, run.path, export_dir))
    return None


if __name__ == "__main__":
    command_line.run(main)
