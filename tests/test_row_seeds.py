import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from tfgan_it.latents import Categorical, LearnedCategorical, Normal, Product, Uniform
from tfgan_it.row_seeds import DrawnTogetherError, RowSeeds, normal, uniform

LATENT = Product(
    noise=Normal(3), category=Categorical(5), style=Uniform(1), learned=LearnedCategorical(3)
)


class Given(RowSeeds):
    """Seeds whose bits are given."""

    def __init__(self, words):
        super().__init__([0])
        self._words = tf.constant(np.asarray(words, "uint32").astype("int32"))[:, None]

    def bits(self, columns):
        return self._words


def seeds(n, *path, first=0):
    return RowSeeds(np.arange(first, first + n), *path)


def test_a_row_is_the_same_alone_and_among_others():
    for draw in (uniform, normal):
        together = draw(9, 5, seed=seeds(9)).numpy()
        for n in range(1, 9):
            np.testing.assert_array_equal(draw(n, 5, seed=seeds(n)), together[:n])


def test_seeds_paths_draws_and_columns_are_streams_of_their_own():
    numbers = []
    for path in ((), (0,), (1,), (-1,), (0, 1), (1, 0), (2**32,)):
        stream = seeds(40, *path, first=-20)
        numbers += [stream.bits(7), stream.bits(2)]
    numbers = np.concatenate([np.ravel(each) for each in numbers])
    # Of n words, about n^2 / 2^33 pairs are equal by chance: here .0007.
    assert len(np.unique(numbers)) == len(numbers)


def test_a_path_may_differ_from_row_to_row():
    drawn = RowSeeds([5, 5, 6], [0, 1, 0]).bits(4).numpy()
    np.testing.assert_array_equal(drawn[1], RowSeeds([5], 1).bits(4)[0])
    assert len(np.unique(drawn)) == drawn.size


def test_the_ends_of_the_intervals():
    words = [0, 2**31 - 1, 2**31, 2**32 - 1]
    drawn = uniform(4, 1, seed=Given(words)).numpy()[:, 0]
    np.testing.assert_array_equal(drawn, [0, 0.5 - 2**-24, 0.5, 1 - 2**-24])
    drawn = normal(4, 1, seed=Given(words)).numpy()[:, 0]
    limit = stats.norm.isf(2.0**-33)
    np.testing.assert_allclose(drawn, [limit, 0, -limit, 0], rtol=1e-6)


def test_normals_are_the_quantiles_of_their_bits():
    words = np.unique(np.concatenate([2 ** np.arange(31), np.linspace(0, 2**31 - 1, 20_001)]))
    words = words.astype("uint32")
    drawn = normal(len(words), 1, seed=Given(words)).numpy()[:, 0]
    tail = (words.astype("float32").astype("float64") + 0.5) * 2.0**-32
    np.testing.assert_allclose(drawn, stats.norm.isf(np.minimum(tail, 0.5)), rtol=2e-6, atol=2e-7)


@pytest.mark.parametrize(
    ("draw", "distribution"), [(uniform, stats.uniform()), (normal, stats.norm())]
)
def test_distributions(draw, distribution):
    drawn = draw(20_000, 6, seed=seeds(20_000)).numpy()
    # Six tests of columns, one of a row, and one of every second draw.
    for sample in (*drawn.T, draw(1, 100_000, seed=seeds(1))[0].numpy()):
        assert stats.kstest(sample, distribution.cdf).pvalue > 1e-4
    assert drawn.mean() == pytest.approx(distribution.mean(), abs=4 / np.sqrt(drawn.size))
    assert drawn.std() == pytest.approx(distribution.std(), rel=4 / np.sqrt(drawn.size))


def test_columns_rows_and_draws_are_uncorrelated():
    n = 20_000
    stream = seeds(n)
    first, second = stream.bits(4), stream.bits(4)
    # Neighbouring seeds too: the first column against itself, one row below.
    columns = np.concatenate([first, second, np.roll(first, 1, axis=0)], axis=1).astype("float64")
    correlations = np.corrcoef(columns.T)[np.triu_indices(12, 1)]
    assert np.abs(correlations).max() < 5 / np.sqrt(n)


def test_each_bit_is_fair():
    words = seeds(4000).bits(8).numpy().astype("uint32").ravel()
    share = [((words >> bit) & 1).mean() for bit in range(32)]
    np.testing.assert_allclose(share, 0.5, atol=5 * 0.5 / np.sqrt(len(words)))


def test_other_seeds_draw_as_keras_does():
    np.testing.assert_array_equal(
        normal(3, 2, 0.5, seed=4), keras.random.normal((3, 2), stddev=0.5, seed=4)
    )
    np.testing.assert_array_equal(
        uniform(3, 2, -1, 3, seed=4), keras.random.uniform((3, 2), -1, 3, seed=4)
    )


def test_what_keras_draws_is_refused():
    with pytest.raises(DrawnTogetherError, match=r"row_seeds\.uniform or normal"):
        keras.random.normal((2, 2), seed=RowSeeds([1, 2]))


@pytest.mark.filterwarnings("ignore:.*tf.lite.Interpreter is deprecated")
def test_lite_draws_the_same_bits(tmp_path):
    module = tf.Module()
    module.learned = [v.value for v in LATENT.trainable_variables]
    module.sample = tf.function(
        lambda seed: {"latents": LATENT.sample(tf.shape(seed)[0], seed=RowSeeds(seed, 0))},
        input_signature=[tf.TensorSpec((None,), tf.int64, "seed")],
        autograph=False,
    )
    tf.saved_model.save(module, str(tmp_path), signatures={"sample": module.sample})
    converter = tf.lite.TFLiteConverter.from_saved_model(str(tmp_path), ["sample"])
    interpreter = tf.lite.Interpreter(model_content=converter.convert())
    numbers = np.asarray([0, 1, -1, 2**40, -(2**63), 2**63 - 1])
    drawn = interpreter.get_signature_runner("sample")(seed=numbers)["latents"]
    np.testing.assert_array_equal(drawn, module.sample(tf.constant(numbers))["latents"])
