"""Each named system with its published defaults: `recipe(image_shape) -> compiled model`."""

from __future__ import annotations

from collections.abc import Callable

from tfgan_it.models import GAN
from tfgan_it.names import unknown
from tfgan_it.recipes.dcgan import dcgan, gan
from tfgan_it.recipes.infogan import infogan

RECIPES: dict[str, Callable[..., GAN]] = {"dcgan": dcgan, "gan": gan, "infogan": infogan}


def get(name: str) -> Callable[..., GAN]:
    """The recipe of that name.

    Raises:
        ValueError: names the recipe, what is allowed, and the nearest name.
    """
    if name not in RECIPES:
        raise unknown("recipe", name, RECIPES)
    return RECIPES[name]


__all__ = ["RECIPES", "dcgan", "gan", "get", "infogan"]
