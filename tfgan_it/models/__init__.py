"""The models: networks, a latent and a game, trained by `fit`."""

from tfgan_it.models.boosting import AdaGAN, boosting_weights
from tfgan_it.models.gan import GAN
from tfgan_it.models.infogan import InfoGAN
from tfgan_it.models.moving_average import MovingAverage
from tfgan_it.models.multimodal_infogan import MultimodalInfoGAN
from tfgan_it.models.variational_infogan import VariationalInfoGAN

__all__ = [
    "GAN",
    "AdaGAN",
    "InfoGAN",
    "MovingAverage",
    "MultimodalInfoGAN",
    "VariationalInfoGAN",
    "boosting_weights",
]
