"""Losses for which the discriminator is a critic: differences of its logits matter, not signs."""

from __future__ import annotations

import keras
from keras import ops

from tfgan_it.distribution import all_gather
from tfgan_it.information.arrays import upcast
from tfgan_it.losses.games.adversarial import AdversarialLoss
from tfgan_it.typing import Tensor


@keras.saving.register_keras_serializable(package="tfgan_it")
class Wasserstein(AdversarialLoss):
    """The dual of the Wasserstein-1 distance, for a critic that other means keep 1-Lipschitz.

        discriminator: f(G) - f(x)
        generator:     -f(G)

    Minus the discriminator's loss estimates the distance.

    Source: Arjovsky et al., 2017, "Wasserstein GAN".

    Example:

    >>> print(Wasserstein().discriminator_loss(ops.array([2.0]), ops.array([0.5])).numpy())
    [-1.5]
    """

    def discriminator_loss(self, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        """Computes f(G) - f(x)."""
        return fake_logits - real_logits

    def generator_loss(self, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        """Computes -f(G)."""
        return -fake_logits


@keras.saving.register_keras_serializable(package="tfgan_it")
class Hinge(AdversarialLoss):
    """The hinge loss for the discriminator, the critic's score for the generator.

        discriminator: relu(1 - f(x)) + relu(1 + f(G))
        generator:     -f(G)

    Source: Lim and Ye, 2017, "Geometric GAN"; Miyato et al., 2018, "Spectral Normalization for
    Generative Adversarial Networks".

    Example:

    >>> loss = Hinge()
    >>> print(loss.discriminator_loss(ops.array([0.5, 2.0]), ops.array([-2.0, 0.0])).numpy())
    [0.5 1. ]
    """

    def discriminator_loss(self, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        """Computes relu(1 - f(x)) + relu(1 + f(G))."""
        return ops.relu(1.0 - real_logits) + ops.relu(1.0 + fake_logits)

    def generator_loss(self, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        """Computes -f(G)."""
        return -fake_logits


@keras.saving.register_keras_serializable(package="tfgan_it")
class KLWasserstein(Hinge):
    """`Hinge` with generated samples re-weighted by the critic's density ratio.

        r_i = B softmax_i(f(G)) over the batch of B, all replicas together
        discriminator: relu(1 - f(x)) + relu(1 + r f(G))
        generator:     -r f(G)

    r estimates the density ratio of data to generator; its mean is 1. The gradient passes through
    it, as in the authors' code. If a sample has several logits, B counts all of them: the weights
    are those of patches, not of samples.

    Source: Song and Ermon, 2020, "Bridging the Gap Between f-GANs and Wasserstein GANs".

    Example:

    >>> print(KLWasserstein().generator_loss(None, ops.array([0.0, 0.6931472])).numpy().round(4))
    [-0.     -0.9242]
    """

    def discriminator_loss(self, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        """Computes relu(1 - f(x)) + relu(1 + r f(G))."""
        return super().discriminator_loss(upcast(real_logits), _reweighted(fake_logits))

    def generator_loss(self, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        """Computes -r f(G)."""
        return -_reweighted(fake_logits)


@keras.saving.register_keras_serializable(package="tfgan_it")
class RelativisticPairing(AdversarialLoss):
    """Compares each generated sample with one real sample.

        discriminator: softplus(-(f(x) - f(G)))
        generator:     softplus(-(f(G) - f(x)))

    With gradient penalties R1 and R2 this is the loss of R3GAN, which converges locally.

    Source: Jolicoeur-Martineau, 2019, "The Relativistic Discriminator: A Key Element Missing from
    Standard GAN"; Huang et al., 2024, "The GAN is dead; long live the GAN! A Modern Baseline GAN".

    Example:

    >>> loss = RelativisticPairing()
    >>> print(loss.discriminator_loss(ops.array([1.0]), ops.array([1.0])).numpy().round(4))
    [0.6931]
    """

    generator_needs_real = True

    def discriminator_loss(self, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        """Computes softplus(f(G) - f(x)), nats."""
        return ops.softplus(fake_logits - real_logits)

    def generator_loss(self, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        """Computes softplus(f(x) - f(G)), nats."""
        return ops.softplus(real_logits - fake_logits)


@keras.saving.register_keras_serializable(package="tfgan_it")
class RelativisticAverage(AdversarialLoss):
    """Compares each real sample with the mean generated one, and vice versa.

        discriminator: softplus(-(f(x) - E f(G))) + softplus(f(G) - E f(x))
        generator:     softplus(-(f(G) - E f(x))) + softplus(f(x) - E f(G))

    The means are over the batch, all replicas together, at each position of the logits.

    Source: Jolicoeur-Martineau, 2019, "The Relativistic Discriminator: A Key Element Missing from
    Standard GAN" (RaSGAN).

    Example:

    >>> loss = RelativisticAverage()
    >>> real, fake = ops.array([2.0, 4.0]), ops.array([3.0, 3.0])
    >>> print(loss.discriminator_loss(real, fake).numpy().round(4))
    [2.0064 1.0064]
    """

    generator_needs_real = True

    def discriminator_loss(self, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        """Computes softplus(E f(G) - f(x)) + softplus(f(G) - E f(x)), nats."""
        real_mean, fake_mean = _global_mean(real_logits), _global_mean(fake_logits)
        return ops.softplus(fake_mean - real_logits) + ops.softplus(fake_logits - real_mean)

    def generator_loss(self, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        """Computes softplus(E f(x) - f(G)) + softplus(f(x) - E f(G)), nats."""
        return self.discriminator_loss(fake_logits, real_logits)


def _global_mean(logits: Tensor) -> Tensor:
    """Computes the mean over the batches of all replicas; the gradient reaches each of them."""
    return ops.mean(all_gather(logits), axis=0)


def _reweighted(logits: Tensor) -> Tensor:
    """Computes r f, with r's normaliser over all logits of the batches of all replicas."""
    # r is a softmax over the batch and not a quantity in nats.
    logits = upcast(logits)
    gathered = all_gather(logits)
    size = ops.cast(ops.size(gathered), logits.dtype)
    return size * ops.exp(logits - ops.logsumexp(gathered)) * logits
