"""CUT's term: the information between the patches of an image and of its translation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import keras
from keras import layers, ops

from tfgan_it.checks import check_above, check_at_least, check_bool, check_integer
from tfgan_it.information import log_softmax
from tfgan_it.seeds import seeded_initializers
from tfgan_it.step import Step
from tfgan_it.terms import BuiltGAN, Term
from tfgan_it.typing import Nest, Tensor

_EPSILON = 1e-4


@keras.saving.register_keras_serializable(package="tfgan_it")
class PatchInformation(Term):
    """-lambda I_NCE, a lower bound on the information of patches of a and of G(a), in nats.

    I_NCE = ln N + E ln softmax_j(v_i(G(a)) . v_j(a) / temperature)_i, at most ln N

    for N places of one image, averaged over the maps that the generator gives as `features`. v are
    vectors of length 1, by a perceptron for each map, which the generator's player trains; those of
    a pass no gradient. A patch of the translation is told from the others by the patch of the image
    at its place, so the content stays there, without a second generator.

    It reports `patch_information_nats`, and with `identity` also
    `identity_patch_information_nats`, the same of b and G(b). If a map has fewer than N places, all
    of them are compared, and its bound is that much lower.

    Args:
        lambda_: Weight of the term, the paper's lambda_X; 10 in FastCUT.
        identity: Whether to add the same term of b and G(b), so that the generator keeps images of
            its target domain; the mean of both is minimised, as in the authors' code. FastCUT does
            not.
        patches: N, the largest number of places of a map.
        units: Units of both layers of the perceptrons.
        temperature: Divisor of the scores.
        **kwargs: As for `Term`.

    Raises:
        ValueError: If a number is out of range; when compiled, if the generator has no `features`.

    Source: Park et al., 2020, "Contrastive Learning for Unpaired Image-to-Image Translation", and
    the authors' code. Departures: places are drawn for each image; an epsilon of 1e-4 beside the
    squared length.

    Example:

    >>> PatchInformation(identity=False)
    PatchInformation(identity=False)
    """

    players = ("generator",)

    def __init__(
        self,
        lambda_: float = 1.0,
        identity: bool = True,
        patches: int = 256,
        units: int = 256,
        temperature: float = 0.07,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.lambda_ = check_at_least(self, "lambda_", lambda_, 0)
        self.identity = check_bool(self, "identity", identity)
        self.patches = check_integer(self, "patches", patches, 2)
        self.units = check_integer(self, "units", units, 1)
        self.temperature = check_above(self, "temperature", temperature, 0)
        names = ("patch_information_nats", "identity_patch_information_nats")
        self.metric_names = names if identity else names[:1]
        self._heads: list[keras.Model] = []

    @property
    def networks(self) -> list[keras.layers.Layer]:
        """The perceptrons, which the generator's optimiser trains."""
        return self._heads

    def build_for(self, model: BuiltGAN) -> None:
        """Builds a perceptron for each map."""
        shapes = self._feature_shapes(model)
        domains: Any = model.sample_shape
        if self.identity and domains["a"] != domains["b"]:
            raise ValueError(
                "PatchInformation(identity=True) translates b too: both domains must have one "
                f"shape, got {domains}; identity=False needs none."
            )
        with seeded_initializers(model.seed + 1):  # A seed other than the networks'.
            self._heads = [self._head(index, shape[-1]) for index, shape in enumerate(shapes)]

    def value(self, step: Step) -> Tensor:
        """Computes -lambda I_NCE, `(batch,)`."""
        translated = {**step.batch.samples, "a": step.batch.generated["b"]}
        features = step.outputs.generator["features"]
        found = [self._information(features, _features(step, translated), step)]
        if self.identity:
            target = {**step.batch.samples, "a": step.batch.samples["b"]}
            again = step.networks.generate(target)
            back = {**step.batch.samples, "a": again["samples"]["b"]}
            found.append(self._information(again["features"], _features(step, back), step))
        step.runtime.report(**dict(zip(self.metric_names, found, strict=True)))
        return -self.lambda_ * sum(found) / len(found)

    def _head(self, index: int, channels: int) -> keras.Model:
        return keras.Sequential(
            [
                keras.Input((None, channels)),
                layers.Dense(self.units, "relu", kernel_initializer="glorot_normal"),
                layers.Dense(self.units, kernel_initializer="glorot_normal", dtype="float32"),
            ],
            name=f"patches_{index}",
        )

    def _feature_shapes(self, model: BuiltGAN) -> Sequence[tuple[int, ...]]:
        outputs = getattr(getattr(model, "to_b", None), "output", None)
        features = outputs.get("features") if isinstance(outputs, dict) else None
        if not features:
            raise ValueError(
                "PatchInformation needs a TranslationGAN whose generator gives 'features', such as "
                f"networks.translation_generator(..., features=True), got {type(model).__name__}."
            )
        return [tuple(x.shape[1:]) for x in features]

    def _information(
        self, source: Sequence[Tensor], target: Sequence[Tensor], step: Step
    ) -> Tensor:
        """Computes the mean of I_NCE over the maps, `(batch,)`."""
        bounds = []
        for head, a, b in zip(self._heads, source, target, strict=True):
            places = a.shape[1] * a.shape[2]
            count = min(self.patches, places)
            keys, queries = (ops.reshape(x, (-1, places, x.shape[-1])) for x in (a, b))
            if count < places:
                scores = step.runtime.draw(
                    lambda n, seed, places=places: keras.random.uniform((n, places), seed=seed)
                )
                chosen = ops.top_k(scores, count)[1][..., None]
                keys, queries = (ops.take_along_axis(x, chosen, axis=1) for x in (keys, queries))
            keys, queries = ops.stop_gradient(_normalized(head(keys))), _normalized(head(queries))
            scores = ops.matmul(queries, ops.transpose(keys, (0, 2, 1))) / self.temperature
            correct = ops.diagonal(log_softmax(scores), axis1=1, axis2=2)
            bounds.append(math.log(count) + ops.mean(correct, axis=-1))
        return sum(bounds) / len(bounds)


def _normalized(vectors: Tensor) -> Tensor:
    # Vectors of ReLUs may be 0, where the gradient of a length without an epsilon is unbounded.
    return vectors * ops.rsqrt(ops.sum(ops.square(vectors), axis=-1, keepdims=True) + _EPSILON)


def _features(step: Step, samples: Nest) -> Sequence[Tensor]:
    return step.networks.generate(samples)["features"]
