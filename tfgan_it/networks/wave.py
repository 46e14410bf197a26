"""One-dimensional convolutions for waveforms: WaveGAN's networks."""

from __future__ import annotations

from collections.abc import Sequence

import keras
from keras import layers

from tfgan_it.arguments import network_builder
from tfgan_it.checks import check_sizes, shown
from tfgan_it.layers import ConcatenateCondition, PhaseShuffle, ProjectionLogit, Waveform
from tfgan_it.networks.conditional import condition_inputs
from tfgan_it.networks.projection import condition_vector
from tfgan_it.typing import Shape, Tensor

_STRIDE = 4
_SHORTEST = 8  # Samples of the shortest map: 16384 and 8192 have the published five stages.


@network_builder
def wave_generator(
    sample_shape: Sequence[int],
    latent_dimension: int,
    condition_shape: Shape | None = None,
    *,
    width: int = 64,
    kernel_size: int = 25,
    rate: int | None = None,
) -> keras.Model:
    """Builds a generator from latents `(batch, latent_dimension)` to float32 waveforms in [-1, 1].

    A projection to the shortest map, ReLU, then transposed convolutions of stride 4 with ReLU
    between, channels halving down to `width`, and tanh; without normalisation. 16384x1 with the
    defaults is the published network: FC 16x1024, 64x512, 256x256, 1024x128, 4096x64, 16384x1.

    Args:
        sample_shape: (length, channels), the length divisible by 4 and at least 32.
        latent_dimension: Columns of the latents.
        condition_shape: Shape of a vector condition, or a dict of these by name, which is
            concatenated to the latents; None without conditions.
        width: Channels of the last hidden map.
        kernel_size: Size of every convolution.
        rate: Samples per second, for `layers.Waveform`, the last layer.

    Raises:
        ValueError: If the shape is not one of waveforms; the message names the nearest length.

    Source: Donahue, McAuley and Puckette, 2019, "Adversarial Audio Synthesis", appendix D.
    Departures: the number of stages follows the length; conditions.

    Example:

    >>> wave_generator((8192, 1), 100, width=2).output_shape
    (None, 8192, 1)
    """
    length, channels = checked_wave_shape(sample_shape)
    stages = _stages(length)
    latents = x = keras.Input((latent_dimension,), name="latents")
    inputs: Tensor = latents
    if condition_shape is not None:
        conditions = condition_inputs(condition_shape)
        inputs = [latents, conditions]
        x = ConcatenateCondition(name="with_condition")(inputs)
    widest = width * 2 ** (stages - 1)
    x = layers.Dense(length // _STRIDE**stages * widest, name="project")(x)
    x = layers.ReLU()(layers.Reshape((-1, widest))(x))
    for stage in range(1, stages):
        x = layers.Conv1DTranspose(widest // 2**stage, kernel_size, _STRIDE, "same")(x)
        x = layers.ReLU()(x)
    x = layers.Conv1DTranspose(channels, kernel_size, _STRIDE, "same")(x)
    outputs = Waveform(rate, dtype="float32", name="waveforms")(x)
    return keras.Model(inputs, outputs, name="wave_generator")


@network_builder
def wave_discriminator(
    sample_shape: Sequence[int],
    condition_shape: Shape | None = None,
    *,
    posterior_params_size: int = 0,
    width: int = 64,
    kernel_size: int = 25,
    phase_shuffle: int = 2,
) -> keras.Model:
    """Builds a discriminator of waveforms to float32 logits `(batch, 1)`.

    Convolutions of stride 4, channels doubling from `width`, each with leaky ReLU of slope .2 and,
    but for the last, phase shuffle; then a dense layer. A condition y adds y' V phi(x), of the last
    map phi(x). With codes, Q(c|x) is a second such network, which a gradient penalty on the logits
    leaves alone.

    Args:
        sample_shape: As for `wave_generator`.
        condition_shape: Shape of a vector condition, or a dict of these by name, for
            `layers.ProjectionLogit`; None without conditions.
        posterior_params_size: `latent.codes.posterior_params_size`; 0 without codes.
        width: Channels of the first map.
        kernel_size: Size of every convolution.
        phase_shuffle: Largest shift of `layers.PhaseShuffle`; 0 for none.

    Returns:
        A model to logits; with codes, to `logits` and `codes` `(batch, posterior_params_size)`.

    Raises:
        ValueError: As for `wave_generator`.

    Source: as for `wave_generator`; Begus, 2020, "CiwGAN and fiwGAN: Encoding information in
    acoustic data to model lexical learning with Generative Adversarial Networks", for Q; Miyato and
    Koyama, 2018, "cGANs with Projection Discriminator", for conditions.

    Example:

    >>> model = wave_discriminator((8192, 1), posterior_params_size=10, width=2)
    >>> {name: output.shape for name, output in model.output.items()}
    {'logits': (None, 1), 'codes': (None, 10)}
    """
    shape = checked_wave_shape(sample_shape)
    samples = keras.Input(shape, name="samples")

    def features() -> Tensor:
        maps, stages = samples, _stages(shape[0])
        for stage in range(stages):
            maps = layers.Conv1D(width * 2**stage, kernel_size, _STRIDE, "same")(maps)
            maps = layers.LeakyReLU(negative_slope=0.2)(maps)
            if phase_shuffle and stage < stages - 1:
                maps = PhaseShuffle(phase_shuffle)(maps)
        return layers.Flatten()(maps)

    inputs: Tensor = samples
    outputs: Tensor
    if condition_shape is None:
        outputs = layers.Dense(1, dtype="float32", name="logits")(features())
    else:
        inputs = [samples, condition_inputs(condition_shape)]
        # Without spectral normalisation: the gradient penalty bounds the slope.
        logits = ProjectionLogit(spectral_normalization=False, dtype="float32", name="logits")
        outputs = logits([features(), condition_vector(inputs[1])])
    if posterior_params_size:
        codes = layers.Dense(posterior_params_size, dtype="float32", name="codes")(features())
        outputs = {"logits": outputs, "codes": codes}
    return keras.Model(inputs, outputs, name="wave_discriminator")


def checked_wave_shape(sample_shape: Sequence[int]) -> tuple[int, int]:
    """Returns (length, channels), the length divisible by 4 and at least 32.

    Raises:
        ValueError: If the shape differs; the message names the nearest length that fits.
    """
    try:
        shape = check_sizes("", "sample_shape", sample_shape)
    except ValueError:
        shape = ()
    if len(shape) != 2:
        raise ValueError(
            f"Waveforms must have a shape (length, channels), got {shown(sample_shape)}."
        )
    length, channels = shape
    if length % _STRIDE or length < _STRIDE * _SHORTEST:
        nearest = max(_STRIDE * _SHORTEST, _STRIDE * round(length / _STRIDE))
        raise ValueError(
            f"Waveforms {shape}: the length must be divisible by {_STRIDE} and at least "
            f"{_STRIDE * _SHORTEST} (nearest: {nearest})."
        )
    return length, channels


def _stages(length: int) -> int:
    stages = 1
    while length % _STRIDE ** (stages + 1) == 0 and length // _STRIDE ** (stages + 1) >= _SHORTEST:
        stages += 1
    return stages
