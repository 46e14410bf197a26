"""Options of a run: from flags, or those of the run that is resumed; checked before any work."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from absl import flags

from tfgan_it.errors import unknown_name
from tfgan_it.files import local_path, reading

from .hyperparameters import get_recipe, hyperparameters
from .library import import_whole
from .quality_names import check_features, check_measure_names
from .recipe_table import recipe_table
from .run_files import check_options, run_path
from .train_flags import DEGRADATIONS, SHORTHANDS

if TYPE_CHECKING:
    from .run_directory import RunDirectory

# Names of flags and options that measure sample quality.
QUALITY_OPTIONS = (
    "metrics",
    "metrics_every",
    "metrics_samples",
    "features",
    "feature_steps",
    "patience",
)
# Options that a resumed run must not change, except steps and keep; others are paths or actions.
OPTIONS = [
    "recipe",
    "dataset",
    "condition",
    "image_size",
    "steps",
    "batch_size",
    "seed",
    "precision",
]
OPTIONS += ["jit", "strategy", "set", "log_every", "save_every", "sample_every", "monitor_every"]
_OPTIONS_OF_EVERY_RUN = [*OPTIONS]  # Earlier ones did not record the next.
OPTIONS += ["keep", "keep_best", "mirror", "degrade", "init_from", *QUALITY_OPTIONS]
PLACES = ("files_dir", "export_dir")
_CHANGEABLE = (*PLACES, "cache_dir", "log_to")


def chosen_options(values: flags.FlagValues) -> tuple[dict[str, Any], RunDirectory | None]:
    """Returns the options of this run and, with --resume, the folder of the run.

    Raises:
        FileNotFoundError: If there is no run to resume.
        ValueError: If it cannot be resumed with these flags.
    """
    steps, directory = values.steps, None
    if values.resume:
        run_path(values.resume)
        import_whole()
        from .run_directory import RunDirectory

        directory = RunDirectory(values.resume)
        directory.check_resumable({})  # Another version may have other options.
        names = [*_OPTIONS_OF_EVERY_RUN, *PLACES]
        check_options(directory.options, names, values, directory.path / "options.json")
        if not values["steps"].present:
            steps = directory.options["steps"]
    assignments = [
        f"{hyperparameter}={values[name].value}"
        for name, hyperparameter in SHORTHANDS.items()
        if values[name].present
    ]
    if values["schedule"].present:
        assignments.append(f"decay_steps={steps}")
    assignments += values.set
    if directory is None:
        options = {name: values[name].value for name in [*OPTIONS, *_CHANGEABLE]}
        options["condition"] = options["condition"] or implied_condition(str(options["recipe"]))
        return {**options, "set": assignments}, None
    changes = {name: values[name].value for name in OPTIONS if values[name].present}
    if assignments:
        changes["set"] = assignments
    directory.check_resumable(changes)
    directory.check_results()
    places = {name: values[name].value for name in _CHANGEABLE if values[name].present}
    # Of runs that did not record them.
    later = ("keep_best", "mirror", "degrade", "init_from", "cache_dir", "log_to", *QUALITY_OPTIONS)
    defaults = {name: values[name].default for name in later}
    defaults["keep"] = values.keep
    return {**defaults, **directory.options, **changes, **places}, directory


def check_run_options(options: Mapping[str, Any], directory: RunDirectory | None) -> None:
    """Checks the options of a run, as far as that takes no import of Keras.

    Args:
        options: The options.
        directory: Folder of the resumed run that they come from, which errors then name.

    Raises:
        FileNotFoundError: If there is nothing to start from.
        ValueError: If one is invalid; names what is allowed.
    """
    with naming_options(directory):
        hyperparameters(get_recipe(options["recipe"]), options["set"])
        check_condition(options["recipe"], options["condition"])
        degradation(options["degrade"])
        check_quality_options(options)
        local_path(options["export_dir"], "export_dir")
        local_path(options["dataset"], "the data set")
        local_path(options["files_dir"] or ".", "files_dir")
    if directory is None and options["init_from"]:
        source = local_path(options["init_from"], "init_from")
        if not source.exists():
            raise FileNotFoundError(f"--init_from: no run and no .keras file at {source}.")


def naming_options(directory: RunDirectory | None) -> contextlib.AbstractContextManager[None]:
    """A context whose errors name the file that the options of a resumed run come from."""
    if directory is None:
        return contextlib.nullcontext()
    return reading(directory.path / "options.json", "a record of this program's options")


def check_wait(seconds: float) -> None:
    """Checks the flag `--wait`, whose lower bound lets nan pass.

    Raises:
        ValueError: If it is not finite.
    """
    if not math.isfinite(seconds):
        raise ValueError(f"--wait must be at least 0 and finite, got {seconds}.")


def implied_condition(recipe: str) -> str | None:
    """Returns `label` or `text` for a recipe whose networks take a condition, else None.

    Example:

    >>> implied_condition("acgan"), implied_condition("dcgan")
    ('label', None)
    """
    return get_recipe(recipe).condition


def check_condition(recipe: str, condition: str | None) -> None:
    """Checks that the networks of a recipe take the condition.

    Raises:
        ValueError: If they take none or another; names the recipes that do.
    """
    implied = implied_condition(recipe)
    if condition and implied != condition:
        able = ", ".join(n for n in sorted(recipe_table()) if implied_condition(n) == condition)
        raise ValueError(
            f"--condition={condition}: the recipe {recipe} takes "
            f"{'none' if implied is None else 'a ' + implied}; use one of {able}."
        )


def degradation(text: str | None) -> tuple[str, float | None] | None:
    """Reads `--degrade`, a kind and its amount; None if there is none.

    Raises:
        ValueError: If the kind is unknown or the amount is not a number.

    Example:

    >>> degradation("noise:0.3"), degradation("grey")
    (('noise', 0.3), ('grey', None))
    """
    if not text:
        return None
    kind, _, amount = text.partition(":")
    if kind not in DEGRADATIONS:
        raise unknown_name("degradation", kind, DEGRADATIONS)
    try:
        return kind, float(amount) if amount else None
    except ValueError:
        raise ValueError(f"--degrade={text}: {amount!r} is not a number.") from None


def is_quality(name: str | None, options: Mapping[str, Any]) -> bool:
    """Returns whether the quantity of `keep_best` is one of `metrics`."""
    return name is not None and name.removeprefix("-") in (options["metrics"] or ())


def check_quality_options(options: Mapping[str, Any]) -> None:
    """Checks the options of a run that measures sample quality.

    Raises:
        ValueError: If a measure or the features are unknown (names the nearest), or `patience` has
            no measure.
    """
    check_measure_names(options["metrics"])
    if options["features"] is not None:
        check_features(options["features"])
    if options["patience"] and not is_quality(options["keep_best"], options):
        raise ValueError(
            f"--patience={options['patience']} waits for the measure of --keep_best, which must be "
            f"one of --metrics, got {options['keep_best']!r}."
        )
