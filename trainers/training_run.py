"""Training of a new or a resumed run: data, model, `fit`, export and summary."""

from __future__ import annotations

import atexit
import contextlib
import pathlib
import shutil
import sys
import tempfile
from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from tfgan_it import callbacks, datasets, distribution, recipes
from tfgan_it.callbacks import trackers
from tfgan_it.export.finished import TRAINED_MODEL, finished_export
from tfgan_it.files import check_folder

from .conditions import Data, check_conditions, condition_of
from .hyperparameters import get_recipe, hyperparameters
from .invocation import program_command
from .processor import warn_of_bfloat16
from .quality_monitor import check_quality, last_quality
from .recipe_table import recipe_table
from .reports.writing import leave_report
from .run_directory import RunDirectory, export_name, load_model
from .run_options import OPTIONS, PLACES, degradation
from .summary import report, summarise
from .training import DivergedRun, train
from .workers import check_same_run


def build(options: dict[str, Any], data: Data) -> keras.Model:
    """Builds the compiled model of the options."""
    recipe = recipes.get(options["recipe"])
    arguments = hyperparameters(get_recipe(options["recipe"]), options["set"])
    if options["condition"]:
        arguments["conditions"] = condition_of(data, options["condition"])
    for name in ("vocabulary", "rate"):  # How samples are read and heard: those of the data.
        if name in recipe_table()[options["recipe"]].parameters:
            arguments[name] = getattr(data, name, None)
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
            model = build(options, data)
        if options["init_from"]:
            taken = model.init_from(load_model(options["init_from"]))
            print(f"{options['init_from']}: {taken}")
        return model
    # Outside the scope: the comparison needs no replicas, and the model is freed after it.
    expected = build(options, data)
    with strategy.scope():
        return directory.load_checkpoint(expected)


def _resume_flag(run: RunDirectory, strategy: tf.distribute.Strategy, resume: str | None) -> str:
    """Returns the flag that resumes the chief's run, whose folder other workers may not have."""
    path = run.path if distribution.is_chief(strategy) else resume
    return f"--resume={path or 'RUN (the folder that the first worker printed)'}"


def start(
    options: dict[str, Any],
    directory: RunDirectory | None,
    places: list[pathlib.Path],
    *,
    resume: str | None,
    wait: float,
) -> int | None:
    """Trains and exports a model, and writes all results.

    Args:
        options: Options of the run.
        directory: Folder of the run to resume, or None for a new one.
        places: Folder of all runs, and of all exports.
        resume: The flag `--resume`.
        wait: Seconds in which all workers must have started.

    Returns:
        The exit status, if a signal ended the run.
    """
    trackers.check_installed(options["log_to"])
    for place in places:
        check_folder(place)
    # Before TensorFlow does anything else.
    strategy = distribution.strategy(options["strategy"], seconds=wait)
    with contextlib.ExitStack() as locks:
        if directory and distribution.is_chief(strategy):
            locks.enter_context(directory.locked())
        return _run(options, directory, strategy, places, locks, resume)


def check(options: dict[str, Any], directory: RunDirectory | None) -> None:
    """Checks data and model of a run, as far as that takes no reading of all data.

    Args:
        options: Options of the run.
        directory: Folder of the run to resume, or None for a new one.

    Raises:
        FileNotFoundError: If there are no such data.
        ValueError: If data and options do not fit each other.
    """
    keras.config.set_dtype_policy(options["precision"])
    try:
        data = _checked_data(options, directory, datasets.outline)
        if options["mirror"] and not isinstance(data, datasets.ImageDataset):
            datasets.mirrored(data)  # Which is an error.
        _check_model(build(options, data), data, options)
    except (ValueError, FileNotFoundError) as error:
        if directory is None:
            raise
        kind = FileNotFoundError if isinstance(error, FileNotFoundError) else ValueError
        raise kind(f"{directory.path / 'options.json'}: {error}") from None


def _checked_data(
    options: dict[str, Any],
    directory: RunDirectory | None,
    load: Callable[..., Data],
    **arguments: Any,
) -> Data:
    """Loads the data set, and checks that it has what conditions and measures need."""
    try:
        data = load(
            options["dataset"],
            files_dir=options["files_dir"],
            image_size=options["image_size"],
            **arguments,
        )
    except FileNotFoundError as error:
        if directory is None:
            raise
        hint = "if the data were moved, give --dataset or --files_dir"
        raise FileNotFoundError(f"{str(error).rstrip('.')}; {hint}.") from None
    if chosen := degradation(options["degrade"]):
        if not isinstance(data, datasets.ImageDataset):
            raise ValueError(f"--degrade={options['degrade']} takes images, got {data!r}.")
        data = datasets.degraded(data, *chosen)
    translates, pairs = (
        recipe_table()[options["recipe"]].translates,
        isinstance(data, datasets.ImagePairs),
    )
    if translates and not pairs:
        raise ValueError(
            f"--recipe={options['recipe']} translates images of a domain a into those of b: give "
            "--dataset=emoji_pairs or a folder of trainA, trainB, testA and testB, or --degrade="
            f"noise:0.3, got {data!r}."
        )
    if pairs and not translates:
        able = ", ".join(name for name, recipe in recipe_table().items() if recipe.translates)
        raise ValueError(
            f"--recipe={options['recipe']} takes one set of images, got {data!r}; {able} take two."
        )
    takes_parts = "modalities" in recipe_table()[options["recipe"]].parameters
    if isinstance(data, datasets.ModalityDataset) and not takes_parts:
        raise ValueError(
            f"--recipe={options['recipe']} takes samples of one kind, got {data!r}: give "
            "--recipe=multimodal_infogan."
        )
    check_conditions(data, options["condition"])
    if options["metrics"] and directory is None:  # A resumed run has its features.
        check_quality(options, data)
    return data


def _check_model(model: keras.Model, data: Data, options: dict[str, Any]) -> None:
    if isinstance(data, datasets.ImagePairs) and model.paired and not data.paired:
        raise ValueError(
            f"--recipe={options['recipe']} takes pairs, got {data!r}: files of A and B must have "
            "the same names; cut and cyclegan take images without partners."
        )
    datasets.check_images(
        data.train_images,
        model.sample_shape,
        minimum=model.samples_per_step(options["batch_size"]),
        purpose=f"a step of --batch_size={options['batch_size']}",
    )
    if model.latent is None and options["monitor_every"]:
        raise ValueError(
            f"--monitor_every measures the information of latents, which {model.name} does not "
            "have: leave it out."
        )
    callbacks.check_best(options["keep_best"], model, options["metrics"] or ())


def _run(
    options: dict[str, Any],
    directory: RunDirectory | None,
    strategy: tf.distribute.Strategy,
    places: list[pathlib.Path],
    locks: contextlib.ExitStack,
    resume: str | None,
) -> int | None:
    """Trains and exports; `places` are the folders of all runs and of all exports."""
    keras.config.set_dtype_policy(options["precision"])
    warn_of_bfloat16(options["precision"])
    data = _checked_data(options, directory, datasets.load, cache_dir=options["cache_dir"])
    if options["mirror"]:
        data = datasets.mirrored(data)
    fingerprint = datasets.fingerprint(data)
    check_same_run(strategy, {name: options[name] for name in OPTIONS}, fingerprint)
    if directory:
        directory.check_data(fingerprint)
        if not callbacks.checkpoints(directory.checkpoints):
            print(f"{directory.path} has no checkpoint: the run starts again, from step 0.")
    model = started(options, data, directory, strategy)
    _check_model(model, data, options)
    if directory and min(directory.finished_steps, model.trained_steps) >= options["steps"]:
        # No error: it may have been killed after its last file, and be started until it succeeds.
        print(
            f"{directory.path} is at step {model.trained_steps}: give --steps above that to go on."
        )
        if distribution.is_chief(strategy):
            leave_report(directory, model, data)
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
    run.update_options(
        **{
            name: options[name]
            for name in ("steps", "keep", "dataset", "cache_dir", "log_to", *PLACES)
        }
    )
    place = run.path if chief else "the first worker writes the results"
    print(f"{options['recipe']} on {data}\n{place}, from step {model.trained_steps}", flush=True)
    run.write_failure(None)
    flag = _resume_flag(run, strategy, resume)
    resume = f"{program_command('train', sys.argv)} {flag}"
    try:
        images_per_second, received = train(
            model, data, options, run, fingerprint=fingerprint, resume=flag
        )
    except KeyboardInterrupt:
        print(f"interrupted in step {model.trained_steps + 1}; resume with\n  {resume}")
        raise
    except DivergedRun as error:
        run.write_failure({"step": model.trained_steps, "text": str(error)})
        leave_report(run, None, data)
        raise
    if received:
        print(
            f"{received.name}: stopped and saved at step {model.trained_steps}; resume with\n"
            f"  {resume}",
            flush=True,
        )
        leave_report(run, model, data)
        return 128 + received
    served = exports / export_name(options)
    # A run that was killed between its export and its summary has exported already.
    export_dir = directory and finished_export(model, served)
    export_dir = export_dir or model.export(served, details=run.export_details())
    # The model itself, which `recipes.load` reads; servers do not look at it.
    model.save(export_dir / TRAINED_MODEL)
    summary = {
        **summarise(model, data, options, run.measurements()),
        **last_quality(run),
        "images_per_second": images_per_second,
        "export_dir": str(export_dir),
    }
    run.write_summary(summary)
    leave_report(run, model, data)  # On all workers: none ends while the first is at work.
    if chief:
        print(report(summary, run.path, export_dir))
    return None
