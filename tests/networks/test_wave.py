"""WaveGAN's networks: published sizes, stages, conditions, codes."""

import numpy as np
import pytest

from tfgan_it.layers import PhaseShuffle, Waveform
from tfgan_it.networks import wave_discriminator, wave_generator


def convolutions(channels, size=25):
    """Weights of convolutions between these numbers of channels."""
    return sum(size * a * b + b for a, b in zip(channels, channels[1:], strict=False))


def test_the_published_sizes():
    # Tables 3 and 4 of the paper, with d = 64 and c = 1.
    maps = [1024, 512, 256, 128, 64, 1]
    generator = wave_generator((16384, 1), 100)
    assert generator.count_params() == 101 * 16 * 1024 + convolutions(maps)
    shapes = [x.output.shape[1:] for x in generator.layers if "conv" in x.name]
    assert shapes == [(64, 512), (256, 256), (1024, 128), (4096, 64), (16384, 1)]
    discriminator = wave_discriminator((16384, 1))
    expected = convolutions([1, 64, 128, 256, 512, 1024]) + 16 * 1024 + 1
    assert discriminator.count_params() == expected
    kinds = [type(layer) for layer in discriminator.layers]
    assert kinds.count(PhaseShuffle) == 4 and kinds.index(PhaseShuffle) == 3


@pytest.mark.parametrize(
    ("length", "shortest"), [(32, 8), (36, 9), (64, 16), (128, 8), (8192, 8), (65536, 16)]
)
def test_the_number_of_stages_follows_the_length(length, shortest):
    generator = wave_generator((length, 2), 3, width=1, kernel_size=4, rate=8000)
    assert generator.output_shape == (None, length, 2)
    (first,) = [x.output.shape[1] for x in generator.layers if x.name.startswith("reshape")]
    assert first == shortest
    assert isinstance(generator.layers[-1], Waveform) and generator.layers[-1].rate == 8000
    flat = [x.output.shape[-1] for x in wave_discriminator((length, 2), width=1).layers][-2]
    assert flat % shortest == 0


def test_a_condition_reaches_every_sample_of_both_networks():
    rng = np.random.default_rng(0)
    latents, samples = rng.normal(size=(2, 3)), rng.normal(size=(2, 64, 1))
    classes = np.eye(4)
    for network, x in (
        (wave_generator((64, 1), 3, (4,), width=2), latents),
        (wave_discriminator((64, 1), (4,), width=2), samples),
    ):
        one, other = (np.asarray(network([x, classes[[k, k]]])) for k in (0, 1))
        assert (one != other).all()


def test_the_discriminator_sees_a_condition_in_the_last_map_only():
    # Repeated at every sample it moved all logits of a class alike: of the variance of the logits
    # of real sounds and all labels, 1 to 7 % depended on both together, now 27 to 35 %.
    rng = np.random.default_rng(0)
    samples = rng.normal(size=(1, 64, 1)) * np.ones((3, 1, 1))
    network = wave_discriminator((64, 1), (4,), width=2)
    first, second = np.eye(4)[0], np.eye(4)[1]
    a, b, between = np.asarray(network([samples, np.stack([first, second, (first + second) / 2])]))
    assert a != b and between == pytest.approx((a + b) / 2, abs=1e-5)
    single = wave_discriminator((64, 1), width=2).count_params()
    assert network.count_params() == single + 4 * 16 * 2  # V, of the one map of 16 x 2.


def test_a_dict_of_conditions():
    network = wave_discriminator((64, 1), {"digit": (3,), "voice": (2,)}, width=2)
    told = {"digit": np.eye(3)[[0, 1]], "voice": np.eye(2)[[0, 1]]}
    logits = np.asarray(network([np.ones((2, 64, 1)), told]))
    assert logits.shape == (2, 1) and logits[0] != logits[1]


def test_codes_have_a_network_of_their_own():
    network = wave_discriminator((64, 1), posterior_params_size=6, width=2)
    assert network.output["codes"].shape == (None, 6)
    single = wave_discriminator((64, 1), width=2).count_params()
    # The one map of 16 samples and 2 channels, to 6 numbers in place of one.
    assert network.count_params() == 2 * single + 5 * (16 * 2 + 1)


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((8, 8, 1), r"a shape \(length, channels\), got \(8, 8, 1\)"),
        ((8193, 1), r"divisible by 4 and at least 32 \(nearest: 8192\)"),
        ((16, 1), r"at least 32 \(nearest: 32\)"),
    ],
)
@pytest.mark.parametrize("build", [lambda x: wave_generator(x, 3), wave_discriminator])
def test_other_shapes_are_refused(build, shape, message):
    with pytest.raises(ValueError, match=f"^Waveforms .*{message}") as error:
        build(shape)
    assert "\n" not in str(error.value)
