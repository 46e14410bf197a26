"""Generators, discriminators and heads, as builders of `keras.Model`."""

from tfgan_it.networks.autoencoder import autoencoder_discriminator, decoder_generator
from tfgan_it.networks.dcgan import dcgan_discriminator, dcgan_generator
from tfgan_it.networks.heads import bottleneck_head, infomax_head, with_probe
from tfgan_it.networks.infogan import (
    bottleneck_generator,
    discriminator_head,
    infogan_discriminator,
    infogan_generator,
    infogan_trunk,
    recognition_head,
)
from tfgan_it.networks.mlp import mlp_discriminator, mlp_generator
from tfgan_it.networks.residual import residual_discriminator, residual_generator
from tfgan_it.networks.sngan import sngan_discriminator, sngan_generator

__all__ = [
    "autoencoder_discriminator",
    "bottleneck_generator",
    "bottleneck_head",
    "dcgan_discriminator",
    "dcgan_generator",
    "decoder_generator",
    "discriminator_head",
    "infogan_discriminator",
    "infogan_generator",
    "infogan_trunk",
    "infomax_head",
    "mlp_discriminator",
    "mlp_generator",
    "recognition_head",
    "residual_discriminator",
    "residual_generator",
    "sngan_discriminator",
    "sngan_generator",
    "with_probe",
]
