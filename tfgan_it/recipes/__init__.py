"""Each named system with its published defaults: `recipe(image_shape) -> compiled model`."""

from __future__ import annotations

import difflib
from collections.abc import Callable

from tfgan_it.models import GAN
from tfgan_it.recipes.dcgan import dcgan, gan
from tfgan_it.recipes.infogan import infogan

RECIPES: dict[str, Callable[..., GAN]] = {"dcgan": dcgan, "gan": gan, "infogan": infogan}


def get(name: str) -> Callable[..., GAN]:
    """The recipe of that name.

    Raises:
        ValueError: names the recipe, what is allowed, and the nearest name.
    """
    if name not in RECIPES:
        near = difflib.get_close_matches(name, RECIPES, n=1, cutoff=0)[0]
        raise ValueError(
            f"Unknown recipe {name!r}: use one of {', '.join(sorted(RECIPES))} (nearest: {near})."
        )
    return RECIPES[name]


__all__ = ["RECIPES", "dcgan", "gan", "get", "infogan"]
