"""Models: networks and a latent, with the losses that `compile` sets and `fit` minimises."""

from tfgan_it.models.adagan import AdaGAN
from tfgan_it.models.adversarial_model import AdversarialModel
from tfgan_it.models.boosting import boosting_weights
from tfgan_it.models.domain_translation import DomainTranslationGAN
from tfgan_it.models.gan import GAN
from tfgan_it.models.image_pool import ImagePool
from tfgan_it.models.moving_average import MovingAverage
from tfgan_it.models.multimodal_infogan import MultimodalInfoGAN
from tfgan_it.models.player import Player
from tfgan_it.models.translation import TranslationGAN
from tfgan_it.models.variational_infogan import VariationalInfoGAN
from tfgan_it.step import GeneratedSamples

__all__ = [
    "GAN",
    "AdaGAN",
    "AdversarialModel",
    "DomainTranslationGAN",
    "GeneratedSamples",
    "ImagePool",
    "MovingAverage",
    "MultimodalInfoGAN",
    "Player",
    "TranslationGAN",
    "VariationalInfoGAN",
    "boosting_weights",
]
