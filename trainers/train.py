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

from absl import flags

from tfgan_it.files import local_path

from . import command_line
from .hyperparameters import describe, get_recipe, list_recipes
from .library import import_whole
from .run_options import check_run_options, check_wait, chosen_options
from .train_flags import FLAGS

# Flags with which a recipe of images fits the embedded digits, whatever their values.
_FITTING = frozenset(["dry_run", "config", "recipe", "steps", "seed", "run_dir", "export_dir"])


def main(values: flags.FlagValues, arguments: list[str]) -> int | None:
    """Trains and exports a model, and writes all results."""
    if values.list:
        print(chosen_recipe(values) or list_recipes())
        return None
    check_wait(values.wait)
    options, directory = chosen_options(values)
    check_run_options(options, directory)
    places = [
        local_path(values.run_dir, "run_dir"),
        local_path(options["export_dir"], "export_dir"),
    ]
    if values.dry_run:
        if not is_sure_to_fit(values):
            import_whole()
            from . import training_run

            training_run.check(options, directory)
        print("\n".join(f"{name:>12}  {value}" for name, value in options.items()))
        return None
    import_whole()
    from . import training_run

    return training_run.start(options, directory, places, resume=values.resume, wait=values.wait)


def is_sure_to_fit(values: flags.FlagValues) -> bool:
    """Returns whether data and model are those by default, which fit without a look at them."""
    given = {name for name in values if values[name].present}
    return given <= _FITTING and get_recipe(values.recipe).takes_images


def chosen_recipe(values: flags.FlagValues) -> str:
    """Describes the hyperparameters of the recipe that `--recipe` names; empty without it."""
    return describe(get_recipe(values.recipe)) if values["recipe"].present else ""


PROGRAM = command_line.Program("train", __doc__, FLAGS, main, details=chosen_recipe)

if __name__ == "__main__":
    command_line.run(PROGRAM)
