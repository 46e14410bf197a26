"""A discrete code whose probabilities are learned in the model."""

from __future__ import annotations

from collections.abc import Sequence

import keras
import numpy as np
from keras import ops

from tfgan_it.checks import check_above, check_choice
from tfgan_it.information import categorical_log_prob, from_logits, shannon_entropy
from tfgan_it.latents.categorical import Categorical
from tfgan_it.typing import Seed, Tensor

GRADIENTS = ("score", "gumbel_softmax")


@keras.saving.register_keras_serializable(package="tfgan_it")
class LearnedCategorical(Categorical):
    """c ~ Cat(p), one-hot, p = softmax(logits), logits weights of the generator's player.

        c = one_hot(argmax(logits + g)),   g Gumbel noise

    draws c from p exactly. What moves p is, by `gradient`,

        score:           E (l(G(z, c)) - mean l) d ln p(c) / d logits
        gumbel_softmax:  that of y = softmax((logits + g) / temperature) in place of c's own

    `score` is the gradient of the generator's adversarial loss l, and of it alone, without a bias:
    a category whose images are more frequent than such real ones costs more than the mean, and is
    drawn less. So where each category draws one class, p becomes the shares of classes among real
    images; categories that draw one class together stay so. `gumbel_softmax`, the published one, is
    biased, and the information term pulls at p through it: categories that are frequent become more
    so, and p may end with two of them.

    H(c) = -sum_k p_k ln p_k is exact, and without a gradient: maximising it would pull p back to
    uniform. `entropy` gives a scalar tensor.

    Args:
        categories: K, the number of categories.
        probabilities: p at the start; uniform where None. None of them may be 0.
        gradient: `score` or `gumbel_softmax`.
        temperature: Temperature of the Gumbel-softmax.

    Raises:
        ValueError: a probability of 0, an unknown gradient, a temperature that is not above 0.

    Source: Ojha et al., 2020, "Elastic-InfoGAN: Unsupervised Disentangled Representation Learning
    in Class-Imbalanced Data"; Jang, Gu and Poole, 2017, "Categorical Reparameterization with
    Gumbel-Softmax"; Williams, 1992, "Simple Statistical Gradient-Following Algorithms for
    Connectionist Reinforcement Learning". Departures: `score`; with `gumbel_softmax`, that the code
    is one-hot, and its gradient goes straight through.

    Example:

    >>> code = LearnedCategorical(4, probabilities=[0.4, 0.3, 0.2, 0.1])
    >>> round(float(code.entropy()), 4), code.sample(5, seed=0).shape.as_list()
    (1.2799, [5, 4])
    """

    def __init__(
        self,
        categories: int,
        probabilities: Sequence[float] | None = None,
        gradient: str = "score",
        temperature: float = 1.0,
    ) -> None:
        super().__init__(categories, probabilities)
        check_choice("gradient", gradient, GRADIENTS)
        check_above(self, "temperature", temperature, 0)
        start = self._p
        if start.min() == 0:
            raise ValueError(
                "LearnedCategorical: a probability of 0 is never learned, got "
                f"{np.array2string(start, threshold=10)}."
            )
        self.gradient = gradient
        self.temperature = float(temperature)
        # Their softmax is the prior that was given.
        self.logits = keras.Variable(
            np.log(start).astype("float32"), name="prior_logits", aggregation="mean"
        )

    @property
    def trainable_variables(self) -> list[keras.Variable]:
        """The logits of p."""
        return [self.logits]

    def prior(self) -> Tensor:
        """p as it is now, `(categories,)`."""
        return ops.softmax(self.logits)

    def sample(self, batch: int, seed: Seed = None) -> Tensor:
        """One-hot rows, `(batch, categories)`, float32."""
        uniform = keras.random.uniform((batch, self.categories), dtype="float32", seed=seed)
        # Gumbel's noise: without the floor a uniform 0 gives minus infinity, perhaps to all.
        noise = -ops.log(-ops.log(ops.maximum(uniform, 1e-30)))
        scores = self.logits + noise
        drawn = ops.one_hot(ops.argmax(scores, axis=-1), self.categories, dtype="float32")
        if self.gradient == "score":
            return drawn
        relaxed = ops.softmax(scores / self.temperature, axis=-1)
        return drawn + (relaxed - ops.stop_gradient(relaxed))

    def log_prob(self, samples: Tensor) -> Tensor:
        """ln p(c) in nats, `(batch,)`, by which `score` moves p; 0 where it does not."""
        if self.gradient != "score":
            return super().log_prob(samples)
        return categorical_log_prob(samples, self.logits)

    def entropy(self) -> Tensor:
        """H(c) in nats, a scalar tensor without a gradient."""
        logits = ops.stop_gradient(ops.convert_to_tensor(self.logits))
        return shannon_entropy(from_logits(logits))
