"""Recipes of named systems with published defaults: `recipe(sample_shape) -> compiled model`."""

from __future__ import annotations

from collections.abc import Callable

from tfgan_it.checks import check_choice
from tfgan_it.models import GAN
from tfgan_it.recipes.attention_infogan import attention_infogan
from tfgan_it.recipes.began import began
from tfgan_it.recipes.composition import build_gan
from tfgan_it.recipes.conditional import acgan, conditional_gan, projection_gan
from tfgan_it.recipes.critics import kl_wgan, r3gan, ragan, wgan, wgan_gp
from tfgan_it.recipes.dcgan import dcgan, gan
from tfgan_it.recipes.divergences import dragan, fgan, lsgan
from tfgan_it.recipes.diversity import adagan, dcgan_ada, lecam, pacgan
from tfgan_it.recipes.infogan import infogan
from tfgan_it.recipes.infogan_cr import infogan_cr
from tfgan_it.recipes.information_terms import ibgan, infomax_gan, meg, vdb
from tfgan_it.recipes.invariant_infogan import invariant_infogan
from tfgan_it.recipes.multimodal_infogan import multimodal_infogan
from tfgan_it.recipes.regularized_infogan import regularized_infogan
from tfgan_it.recipes.spectral import sagan, sngan
from tfgan_it.recipes.text_gan import text_gan
from tfgan_it.recipes.text_to_image import text_to_image
from tfgan_it.recipes.trained import load
from tfgan_it.recipes.translation import build_translator, cut, cyclegan, pix2pix
from tfgan_it.recipes.variational_infogan import variational_infogan
from tfgan_it.recipes.video_gan import video_gan
from tfgan_it.recipes.wasserstein_infogan import wasserstein_infogan
from tfgan_it.recipes.wave_gan import wave_gan

RECIPES: dict[str, Callable[..., GAN]] = {
    recipe.__name__: recipe
    for recipe in (
        infogan,
        invariant_infogan,
        gan,
        dcgan,
        lsgan,
        fgan,
        dragan,
        wgan,
        wgan_gp,
        kl_wgan,
        sngan,
        sagan,
        began,
        r3gan,
        ragan,
        pacgan,
        lecam,
        dcgan_ada,
        adagan,
        vdb,
        ibgan,
        infomax_gan,
        meg,
        multimodal_infogan,
        variational_infogan,
        wasserstein_infogan,
        infogan_cr,
        regularized_infogan,
        attention_infogan,
        conditional_gan,
        acgan,
        projection_gan,
        text_to_image,
        cyclegan,
        pix2pix,
        cut,
        text_gan,
        wave_gan,
        video_gan,
    )
}


def get(name: str) -> Callable[..., GAN]:
    """Returns the recipe of that name.

    Raises:
        ValueError: If the name is unknown; the message names the nearest.
    """
    return RECIPES[check_choice("recipe", name, RECIPES)]


# Literal, for type checkers: they take a name from here only if they can read it.
__all__ = [
    "RECIPES",
    "build_gan",
    "build_translator",
    "get",
    "load",
    "infogan",
    "invariant_infogan",
    "gan",
    "dcgan",
    "lsgan",
    "fgan",
    "dragan",
    "wgan",
    "wgan_gp",
    "kl_wgan",
    "sngan",
    "sagan",
    "began",
    "r3gan",
    "ragan",
    "pacgan",
    "lecam",
    "dcgan_ada",
    "adagan",
    "vdb",
    "ibgan",
    "infomax_gan",
    "meg",
    "multimodal_infogan",
    "variational_infogan",
    "wasserstein_infogan",
    "infogan_cr",
    "regularized_infogan",
    "attention_infogan",
    "conditional_gan",
    "acgan",
    "projection_gan",
    "text_to_image",
    "cyclegan",
    "pix2pix",
    "cut",
    "text_gan",
    "wave_gan",
    "video_gan",
]
