"""Errors of absl about flags, in one line with the nearest name."""

from __future__ import annotations

import re

from absl import flags

from tfgan_it.errors import nearest_names

# Likeness of spelling below which a name is another word: `samples` and `seeds` have 0.5.
_LIKE = 0.65


def with_nearest(error: Exception, values: flags.FlagValues) -> Exception:
    """Returns an error of absl with the nearest name, where it is of a name."""
    if isinstance(error, flags.UnrecognizedFlagError):
        nearest = _nearest_option(error.flagname, values)
        nearest = f" (nearest: {nearest})" if nearest else ""
        return ValueError(
            f"Unknown command line flag {error.flagname!r}{nearest}; --help lists all."
        )
    match = re.match(r"flag --(\w+)=None: Flag --\w+ must have a value", str(error))
    if match:
        return ValueError(f"Give --{match[1]}: {values[match[1]].help}")
    if match := re.match(r"flag --(\w+)=(.*): invalid literal for int", str(error), re.DOTALL):
        return ValueError(f"--{match[1]}={match[2][:200]}: must be a whole number.")
    match = re.match(r"flag --(\w+)=(.*): value should be one of <", str(error), re.DOTALL)
    parser = values[match[1]].parser if match else None
    if match and isinstance(parser, flags.EnumParser):
        name, value, allowed = match[1], match[2], parser.enum_values
        if not value:
            return empty_value(f"--{name}")
        return ValueError(
            f"--{name}={value[:200]}: use one of {', '.join(allowed)} (nearest: "
            f"{nearest_names(value, allowed)[0]})."
        )
    return error


def _nearest_option(name: str, values: flags.FlagValues) -> str | None:
    """Returns the flag, or the hyperparameter of `--set`, that is like an unknown flag, or None."""
    parameters: list[str] = []
    if "set" in values and "recipe" in values:
        from .hyperparameters import settable
        from .recipe_table import recipe_table

        recipe = recipe_table().get(str(values["recipe"].value))
        parameters = [] if recipe is None else list(settable(recipe))
    for nearest in nearest_names(name, [*values, *parameters], cutoff=_LIKE):
        return f"--{nearest}" if nearest in values else f"--set {nearest}=VALUE"
    return None


def empty_value(name: str) -> ValueError:
    """Returns the error of a flag or an argument without a value."""
    return ValueError(f"{name} is empty: give a value, or leave it out.")
