"""The signatures of an export: the functions that a server offers."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple

import tensorflow as tf

from tfgan_it.checks import check_choice
from tfgan_it.datasets.images import ValueRange
from tfgan_it.layers.nested import mixes_samples
from tfgan_it.logits import score
from tfgan_it.seeds import latents_from_seeds
from tfgan_it.visualization.pil import check_pil_shape

IMAGES = ("float32", "uint8", "png")
UNBOUNDED_RANGE = (-1.0, 1.0)  # Of pixels, where the samples of a model have no range.


class Signature(NamedTuple):
    """One function that a server offers.

    Attributes:
        function: Function from tensors by name to float32 tensors by name.
        inputs: The `tf.TensorSpec` of each input, by name; the first axis is the batch.
        example: One example of some inputs by name, for the warm-up requests. An input that shares
            its name with one of another signature needs no example; other missing ones are 0.
        samples: Names of the outputs that are samples, which become pixels if `images` asks for
            them; None for the parts of the model's samples, where the outputs have them.
    """

    function: Callable[..., dict[str, tf.Tensor]]
    inputs: Mapping[str, tf.TensorSpec]
    example: Mapping[str, tf.Tensor] = {}
    samples: Collection[str] | None = None


class Signatures:
    """The functions of a model that a server offers, with its networks in inference mode.

    Every input and output, including the seeds, has a leading batch axis, whose size may be 0. The
    outputs of an example depend only on that example, so a server may merge the requests of many
    clients into one batch.

    A model adds or replaces signatures by a method `extra_signatures()`, which returns a
    `Signature`, or its first fields as a tuple, by name; None removes one. A model without a
    latent, such as `models.DomainTranslationGAN`, has only these.

    Args:
        model: A `models.GAN`.
        images: What is returned as images: `float32`, `uint8` or `png`.
        names: Names of the signatures; None for all of the model.

    Attributes:
        inputs: The `tf.TensorSpec` of each input by name, for each signature.
        images: What is returned as images.
        sample_names: Names that samples have in the signatures of the model.

    Raises:
        ValueError: If a code, a condition or a part of a sample has the name of another tensor, a
            signature is unknown, or samples that are not images are wanted as pixels.
    """

    def __init__(
        self, model: Any, images: str = "float32", names: Sequence[str] | None = None
    ) -> None:
        self._gan = model
        self.images = images
        if images != "float32":
            check_pil_shape(model.sample_shape)
        self._samples = _specs(_named(model.sample_shape))
        self._conditions: dict[str, tf.TensorSpec] = {}
        if model.conditions is not None:
            self._conditions = {
                name: _spec(*shape, dtype=dtype)
                for name, (shape, dtype) in model.conditions.spec().items()
            }
        offered = self._of_latents() if model.latent is not None else {}
        offered |= model.extra_signatures()
        self._offered = {
            name: Signature(*offer) for name, offer in offered.items() if offer is not None
        }
        named = [name for offer in self._offered.values() for name in offer.samples or ()]
        self.sample_names = tuple(dict.fromkeys([*self._samples, *named]))
        for name in names or ():
            check_choice("signature", name, self._offered)
        if names is not None:
            self._offered = {name: self._offered[name] for name in names}
        self.inputs = {name: dict(offer.inputs) for name, offer in self._offered.items()}

    def _of_latents(self) -> dict[str, Signature]:
        """Returns the signatures of any model with a latent."""
        latent = self._gan.latent
        self._latent = latent
        self._codes = list(latent.codes.parts) if latent.codes else []
        latents, seed = {"latents": _spec(latent.dimension)}, {"seed": _spec(dtype=tf.int64)}
        codes = {name: _spec(latent.parts[name].dimension) for name in self._codes}
        _check_names(
            {
                "input": [*latents, *seed],
                "condition": list(self._conditions),
                "part of a sample": list(self._samples),
                "code": self._codes,
            }
        )
        judged = self._samples | self._conditions
        offered = {
            "serving_default": Signature(self.serving_default, latents | self._conditions),
            "sample": Signature(self.sample, seed | self._conditions),
        }
        if codes:
            offered["generate"] = Signature(self.generate, seed | codes | self._conditions)
        if self._gan.recognizes_codes:
            offered["infer_codes"] = Signature(self.infer_codes, judged, samples=())
        # Otherwise a client's scores would depend on the requests of other clients.
        if not mixes_samples(self._gan.discriminator):
            offered["score"] = Signature(self.score, judged, samples=())
        return offered

    def serving_default(self, latents: tf.Tensor, **conditions: tf.Tensor) -> dict[str, tf.Tensor]:
        """Generates the sample of each latent."""
        inputs = latents
        if conditions:
            inputs = (latents, self._gan.conditions.from_named(conditions))
        return _named(self._gan(inputs))

    def sample(self, seed: tf.Tensor, **conditions: tf.Tensor) -> dict[str, tf.Tensor]:
        """Generates the sample of each seed, as `model.generate(1, seed)`, with its codes."""
        latents = self._draw(seed)
        parts = self._latent.split_latents(latents)
        samples = self.serving_default(latents, **conditions)
        return samples | {name: parts[name] for name in self._codes}

    def generate(self, seed: tf.Tensor, **given: tf.Tensor) -> dict[str, tf.Tensor]:
        """Generates a sample for each example's codes and conditions, with the seed's noise."""
        parts = self._latent.split_latents(self._draw(seed))
        codes = {name: given.pop(name) for name in self._codes}
        return self.serving_default(self._latent.join_latents(parts | codes), **given)

    def infer_codes(self, **given: tf.Tensor) -> dict[str, tf.Tensor]:
        """Returns the parameters of Q(c|x) by name."""
        return self._latent.codes.posterior(self._judged(given)["codes"])

    def score(self, **given: tf.Tensor) -> dict[str, tf.Tensor]:
        """Returns the mean of the discriminator's logits for each sample; high means real."""
        return {"logit": score(self._judged(given)["logits"])}

    def trace(
        self, scope: Callable[[], contextlib.AbstractContextManager] = contextlib.nullcontext
    ) -> dict[str, Any]:
        """Returns the concrete function of each signature, by name.

        Args:
            scope: Makes the context in which the networks are called.
        """

        def called(offer: Signature) -> Callable[..., Any]:
            def call(**inputs: tf.Tensor) -> dict[str, tf.Tensor]:
                with scope():
                    return self._in_pixels(offer.function(**inputs), offer.samples)

            return _with_an_example(call)

        return {
            name: tf.function(called(offer), autograph=False).get_concrete_function(**offer.inputs)
            for name, offer in self._offered.items()
        }

    def pixels_name(self, name: str) -> str:
        """Returns the name under which samples are returned: PNG files end in `_bytes`."""
        return f"{name}_bytes" if self.images == "png" else name

    def examples(self, n: int = 1) -> dict[str, dict[str, tf.Tensor]]:
        """Returns n examples of the inputs of each signature, as the model draws them."""
        values = {name: _some(spec, n) for name, spec in self._conditions.items()}
        if self._gan.latent is not None:
            values["seed"] = tf.range(n, dtype=tf.int64)
            values["latents"] = self._draw(values["seed"])
            conditions = {name: values[name] for name in self._conditions}
            values |= self._latent.split_latents(values["latents"])
            values |= self.serving_default(values["latents"], **conditions)
        return {
            signature: {
                name: (values | _rows(offer.example, n)).get(name, _some(spec, n))
                for name, spec in offer.inputs.items()
            }
            for signature, offer in self._offered.items()
        }

    def _in_pixels(
        self, outputs: dict[str, tf.Tensor], samples: Collection[str] | None
    ) -> dict[str, tf.Tensor]:
        """Returns the outputs, those that are samples as pixels if that is asked for."""
        for name in samples or ():
            check_choice("sample of a signature", name, outputs)
        if samples is None:
            samples = [name for name in self._samples if name in outputs]
        if self.images == "float32":
            return outputs
        pixels = {
            self.pixels_name(name): _pixels(outputs[name], self._gan.value_range, self.images)
            for name in samples
        }
        return pixels | {name: y for name, y in outputs.items() if name not in samples}

    def _draw(self, seed: tf.Tensor) -> tf.Tensor:
        return latents_from_seeds(self._latent, seed, tf.zeros_like(seed))

    def _judged(self, given: dict[str, tf.Tensor]) -> dict[str, Any]:
        """Returns the discriminator's outputs for samples and conditions by name."""
        samples: Any = {name: given[name] for name in self._samples}
        if not isinstance(self._gan.sample_shape, dict):
            [samples] = samples.values()
        conditions = {name: given[name] for name in self._conditions}
        if not conditions:
            return self._gan.discriminate(samples)
        prepare = self._gan.conditions.prepare
        return self._gan.discriminate(samples, prepare(self._gan.conditions.from_named(conditions)))


def _named(samples: Any) -> dict[str, Any]:
    """Returns samples, or their shapes, by the name of the tensor; a single one is `images`."""
    return dict(samples) if isinstance(samples, dict) else {"images": samples}


def _spec(*shape: int, dtype: Any = tf.float32) -> tf.TensorSpec:
    return tf.TensorSpec((None, *shape), dtype)


def _specs(shapes: Mapping[str, tuple[int, ...]]) -> dict[str, tf.TensorSpec]:
    return {name: _spec(*shape) for name, shape in shapes.items()}


def _some(spec: tf.TensorSpec, n: int) -> tf.Tensor:
    """Returns n values for an input that the model does not draw: 0, or a picture of a wave."""
    shape = (n, *spec.shape[1:])
    if not spec.dtype.is_floating or len(shape) == 1:
        return tf.zeros(shape, spec.dtype)
    return tf.reshape(tf.cos(tf.range(math.prod(shape), dtype=spec.dtype)), shape)


def _rows(example: Mapping[str, tf.Tensor], n: int) -> dict[str, tf.Tensor]:
    return {name: tf.repeat(value, n, axis=0) for name, value in example.items()}


def _pixels(values: tf.Tensor, value_range: ValueRange | None, images: str) -> tf.Tensor:
    """Converts images to uint8, or to the bytes of a PNG file each."""
    low, high = value_range or UNBOUNDED_RANGE
    share = tf.clip_by_value((values - low) / (high - low), 0.0, 1.0)
    pixels = tf.cast(tf.round(share * 255.0), tf.uint8)
    if images == "uint8":
        return pixels
    return tf.map_fn(tf.io.encode_png, pixels, fn_output_signature=tf.TensorSpec((), tf.string))


def _check_names(names_of: Mapping[str, list[str]]) -> None:
    """Raises ValueError if tensors of two kinds share a name."""
    kind_of: dict[str, str] = {}
    for kind, names in names_of.items():
        for name in names:
            if name in kind_of:
                raise ValueError(
                    f"No {kind} can be called {name!r} in an export, where it is the name of "
                    f"another tensor ({kind_of[name]})."
                )
            kind_of[name] = kind


def _with_an_example(function: Callable[..., dict[str, tf.Tensor]]) -> Callable[..., Any]:
    """Wraps `function` so that it pads an empty batch to one example, and removes it again.

    For an empty batch, TensorFlow's Conv2D with oneDNN returns the shape of its input, and the
    next layer fails. Inputs with different numbers of examples are refused: layers would broadcast
    a single one, or ignore an input. Converters to ONNX and LiteRT leave that check out.
    """

    def call(**inputs: tf.Tensor) -> dict[str, tf.Tensor]:
        n, *others = (tf.shape(x)[0] for x in inputs.values())
        agree = [  # An operation that the optimiser of graphs keeps.
            tf.debugging.assert_equal(n, other, "Inputs have different numbers of examples.")
            for other in others
        ]
        with tf.control_dependencies(agree):  # Else a layer could fail first, in other words.
            missing = tf.maximum(1 - n, 0)
        padded = {
            name: tf.concat([x, tf.zeros((missing, *x.shape[1:]), x.dtype)], axis=0)
            for name, x in inputs.items()
        }
        return {name: y[:n] for name, y in function(**padded).items()}

    return call
