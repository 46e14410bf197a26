"""A categorical code whose probabilities are trained with the model."""

from __future__ import annotations

from collections.abc import Sequence

import keras
import numpy as np
from keras import ops

from tfgan_it.checks import check_above, check_choice
from tfgan_it.information import categorical_log_prob, from_logits, shannon_entropy
from tfgan_it.latents.categorical import Categorical
from tfgan_it.row_seeds import uniform
from tfgan_it.typing import Seed, Tensor

GRADIENTS = ("score", "gumbel_softmax")


@keras.saving.register_keras_serializable(package="tfgan_it")
class LearnedCategorical(Categorical):
    """c ~ Cat(p), one-hot, p = softmax(logits); the generator's optimiser trains the logits.

        c = one_hot(argmax(logits + g)),   g Gumbel noise

    draws c from p exactly. `gradient` selects the gradient of the logits:

        score:           E (l(G(z, c)) - mean l) d ln p(c) / d logits
        gumbel_softmax:  that of y = softmax((logits + g) / temperature), straight through c

    `score` is the unbiased gradient of only the generator's adversarial loss l. A category whose
    images are more frequent than such real ones costs more than the mean and becomes rarer. If each
    category generates one class, p converges to the shares of the classes among real images;
    categories that share a class keep sharing it. `gumbel_softmax`, the published gradient, is
    biased and passes the gradient of the information term to p: frequent categories become more
    frequent, and p may collapse to two of them.

    H(c) = -sum_k p_k ln p_k is exact and has no gradient, as maximising it would make p uniform
    again. `entropy` returns a scalar tensor.

    Args:
        categories: Number K of categories.
        probabilities: Initial p, without zeros; None for a uniform p.
        gradient: `score` or `gumbel_softmax`.
        temperature: Temperature of the Gumbel-softmax.

    Raises:
        ValueError: If a probability is 0, the gradient is unknown or the temperature not above 0.

    Source: Ojha et al., 2020, "Elastic-InfoGAN: Unsupervised Disentangled Representation Learning
    in Class-Imbalanced Data"; Jang, Gu and Poole, 2017, "Categorical Reparameterization with
    Gumbel-Softmax"; Williams, 1992, "Simple Statistical Gradient-Following Algorithms for
    Connectionist Reinforcement Learning". Departures: `score`; with `gumbel_softmax` the code is
    one-hot, with a straight-through gradient.

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
        initial = self._p
        if initial.min() == 0:
            raise ValueError(
                "LearnedCategorical: a probability of 0 is never learned, got "
                f"{np.array2string(initial, threshold=10)}."
            )
        self.gradient = gradient
        self.temperature = float(temperature)
        # Their softmax is the prior that was given.
        self.logits = keras.Variable(
            np.log(initial).astype("float32"), name="prior_logits", aggregation="mean"
        )

    @property
    def trainable_variables(self) -> list[keras.Variable]:
        """The logits of p."""
        return [self.logits]

    def prior(self) -> Tensor:
        """Returns the current p, `(categories,)`."""
        return ops.softmax(self.logits)

    def sample(self, batch: int, seed: Seed = None) -> Tensor:
        """Draws one-hot categories, `(batch, categories)`, float32."""
        batch, seed = self._drawn(batch, seed)
        u = uniform(batch, self.categories, seed=seed)
        # Without the floor, a uniform 0 gives noise of minus infinity, perhaps in every category.
        noise = -ops.log(-ops.log(ops.maximum(u, 1e-30)))
        scores = self.logits + noise
        _, largest = ops.top_k(scores, 1)  # LiteRT and ONNX cannot hold `keras.ops.argmax`.
        code = ops.one_hot(largest[:, 0], self.categories, dtype="float32")
        if self.gradient == "score":
            return code
        relaxed = ops.softmax(scores / self.temperature, axis=-1)
        return code + (relaxed - ops.stop_gradient(relaxed))

    def log_prob(self, samples: Tensor) -> Tensor:
        """Computes ln p(c) in nats, `(batch,)`, for `score`; 0 for `gumbel_softmax`."""
        if self.gradient != "score":
            return super().log_prob(samples)
        return categorical_log_prob(samples, self.logits)

    def entropy(self) -> Tensor:
        """Returns H(c) in nats, a scalar tensor without a gradient."""
        logits = ops.stop_gradient(ops.convert_to_tensor(self.logits))
        return shannon_entropy(from_logits(logits))
