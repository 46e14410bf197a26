"""Generators, discriminators and heads, as builders of `keras.Model`."""

from tfgan_it.networks.dcgan import dcgan_discriminator, dcgan_generator
from tfgan_it.networks.infogan import (
    discriminator_head,
    infogan_discriminator,
    infogan_generator,
    infogan_trunk,
    recognition_head,
)

__all__ = [
    "dcgan_discriminator",
    "dcgan_generator",
    "discriminator_head",
    "infogan_discriminator",
    "infogan_generator",
    "infogan_trunk",
    "recognition_head",
]
