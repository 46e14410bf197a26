"""Builders of generators, discriminators, encoders and heads."""

from tfgan_it.networks.attention_infogan import (
    attention_infogan_discriminator,
    attention_infogan_generator,
)
from tfgan_it.networks.autoencoder import autoencoder_discriminator, decoder_generator
from tfgan_it.networks.conditional import (
    acgan_discriminator,
    condition_inputs,
    conditional_dcgan_discriminator,
    conditional_dcgan_generator,
)
from tfgan_it.networks.dcgan import dcgan_discriminator, dcgan_generator
from tfgan_it.networks.encoders import critic_with_encoder, image_encoder, plain_trunk
from tfgan_it.networks.grouped import grouped_discriminator, grouped_encoder
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
from tfgan_it.networks.multimodal import multimodal_discriminator, multimodal_generator
from tfgan_it.networks.pairs import pair_classifier
from tfgan_it.networks.patch import patch_discriminator
from tfgan_it.networks.projection import projection_discriminator, projection_generator
from tfgan_it.networks.residual import residual_discriminator, residual_generator
from tfgan_it.networks.sngan import sngan_discriminator, sngan_generator
from tfgan_it.networks.text import text_discriminator, text_generator
from tfgan_it.networks.text_to_image import (
    text_to_image_discriminator,
    text_to_image_generator,
)
from tfgan_it.networks.translation import translation_generator
from tfgan_it.networks.unet import unet_generator
from tfgan_it.networks.video import video_discriminator, video_generator
from tfgan_it.networks.wave import wave_discriminator, wave_generator

__all__ = [
    "acgan_discriminator",
    "attention_infogan_discriminator",
    "attention_infogan_generator",
    "autoencoder_discriminator",
    "bottleneck_generator",
    "bottleneck_head",
    "condition_inputs",
    "conditional_dcgan_discriminator",
    "conditional_dcgan_generator",
    "critic_with_encoder",
    "dcgan_discriminator",
    "dcgan_generator",
    "decoder_generator",
    "discriminator_head",
    "grouped_discriminator",
    "grouped_encoder",
    "image_encoder",
    "infogan_discriminator",
    "infogan_generator",
    "infogan_trunk",
    "infomax_head",
    "mlp_discriminator",
    "mlp_generator",
    "plain_trunk",
    "pair_classifier",
    "multimodal_discriminator",
    "multimodal_generator",
    "patch_discriminator",
    "projection_discriminator",
    "projection_generator",
    "recognition_head",
    "residual_discriminator",
    "residual_generator",
    "sngan_discriminator",
    "sngan_generator",
    "text_discriminator",
    "text_generator",
    "text_to_image_discriminator",
    "text_to_image_generator",
    "translation_generator",
    "unet_generator",
    "video_discriminator",
    "video_generator",
    "wave_discriminator",
    "wave_generator",
    "with_probe",
]
