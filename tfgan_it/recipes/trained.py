"""Trained models that a user has, by the names under which the trainer writes them."""

from __future__ import annotations

import os

from tfgan_it.errors import unknown_name
from tfgan_it.export.finished import TRAINED_MODEL, versions
from tfgan_it.files import local_path
from tfgan_it.model_files import load_model
from tfgan_it.models import GAN


def load(name: str, folder: str | os.PathLike = "saved_models") -> GAN:
    """Loads a trained model, with both optimisers, that `tfgan-it train` has made.

    The package has no trained models: each is made by one command, which the error names, and which
    writes `FOLDER/RECIPE_DATASET/VERSION/`. The highest version with a model is loaded.

    Args:
        name: `RECIPE_DATASET`, such as `infogan_mnist`.
        folder: Folder of the exported models, the trainer's `--export_dir`.

    Raises:
        FileNotFoundError: If the model has not been made; the message names the command.
        ValueError: If the recipe is unknown, or the file is damaged.

    Example:

    >>> load("infogan_mnist", "nowhere")
    Traceback (most recent call last):
    ...
    FileNotFoundError: No trained model nowhere/infogan_mnist: make it by tfgan-it train
    --recipe=infogan --dataset=mnist --export_dir=nowhere
    """
    from tfgan_it.recipes import RECIPES

    path = local_path(folder, "folder") / name
    if path.is_dir():
        for version in sorted(versions(path), reverse=True):
            file = path / str(version) / TRAINED_MODEL
            if file.is_file():
                model = load_model(file)
                if not isinstance(model, GAN):
                    raise ValueError(f"{file} is not a GAN but a {type(model).__name__}.")
                return model
    found = [recipe for recipe in RECIPES if name.startswith(f"{recipe}_")]
    if not found:
        raise unknown_name("recipe", name.partition("_")[0], RECIPES)
    recipe = max(found, key=len)
    dataset = name.removeprefix(f"{recipe}_")
    raise FileNotFoundError(
        f"No trained model {path}: make it by tfgan-it train --recipe={recipe} "
        f"--dataset={dataset} --export_dir={folder}"
    )
