import math

import keras
import numpy as np
import pytest
from keras import ops

from tfgan_it.estimators.calibration import calibration_error
from tfgan_it.metrics.label_information import AggregatedEntropy, CalibrationError, LabelInformation

DRAWN = np.random.default_rng(0)
ROWS = DRAWN.dirichlet([0.5] * 4, 30)
WEIGHTS = DRAWN.integers(0, 3, 30)
LABELS = DRAWN.integers(0, 4, 30)
PARTS = [slice(0, 7), slice(7, 8), slice(8, 30)]


def entropy(p):
    p = p[p > 0]
    return -(p * np.log(p)).sum()


def streamed(metric, *columns):
    for part in PARTS:
        metric.update_state(*(column[part] for column in columns))
    return float(metric.result())


EXPECTED = {
    AggregatedEntropy: lambda rows: entropy(rows.mean(axis=0)),
    LabelInformation: lambda rows: (
        entropy(rows.mean(axis=0)) - np.mean([entropy(row) for row in rows])
    ),
}
both = pytest.mark.parametrize("kind", EXPECTED)


@both
def test_in_nats_over_all_batches(kind):
    assert streamed(kind(4), ROWS) == pytest.approx(EXPECTED[kind](ROWS), rel=1e-5)


@both
def test_in_bits(kind):
    expected = EXPECTED[kind](ROWS) / math.log(2)
    assert streamed(kind(4, base=2.0), ROWS) == pytest.approx(expected, rel=1e-5)


@both
def test_weights_count_rows(kind):
    expected = EXPECTED[kind](np.repeat(ROWS, WEIGHTS, axis=0))
    assert streamed(kind(4), ROWS, WEIGHTS) == pytest.approx(expected, rel=1e-5)


@both
def test_of_logits(kind):
    logits = DRAWN.normal(size=(30, 4)) * 5
    rows = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    found = streamed(kind(4, from_logits=True), logits)
    assert found == pytest.approx(EXPECTED[kind](rows), rel=1e-4)


@both
def test_nothing_is_nothing_and_a_reset_forgets(kind):
    metric = kind(4)
    assert float(metric.result()) == 0
    streamed(metric, ROWS)
    metric.reset_state()
    assert float(metric.result()) == 0


@pytest.mark.parametrize(
    "rows, aggregated, information",
    [
        (np.eye(5), math.log(5), math.log(5)),
        (np.eye(5)[[2, 2, 2]], 0, 0),
        (np.full((6, 5), 0.2), math.log(5), 0),
        (np.eye(5)[[0, 1, 1, 1]], math.log(4) - 0.75 * math.log(3), None),
    ],
)
def test_rows_whose_entropies_are_known(rows, aggregated, information):
    information = aggregated if information is None else information
    for kind, expected in ((AggregatedEntropy, aggregated), (LabelInformation, information)):
        metric = kind(5)
        metric.update_state(rows)
        assert float(metric.result()) == pytest.approx(expected, abs=1e-6)


def by_hand(confidence, right, edges):
    """Equal-width calibration error by its definition."""
    total = 0.0
    for low, high in zip(edges[:-1], edges[1:], strict=True):
        inside = (confidence >= low) & ((confidence < high) | (high == edges[-1]))
        if inside.any():
            total += inside.mean() * abs(right[inside].mean() - confidence[inside].mean())
    return total


@pytest.mark.parametrize("bins", [1, 4, 15])
def test_calibration_in_bins_of_equal_width(bins):
    right = (ROWS.argmax(axis=1) == LABELS).astype(float)
    expected = by_hand(ROWS.max(axis=1), right, np.linspace(0, 1, bins + 1))
    assert streamed(CalibrationError(bins), LABELS, ROWS) == pytest.approx(expected, rel=1e-4)


def test_calibration_of_an_event():
    probabilities, came = DRAWN.uniform(size=30), DRAWN.integers(0, 2, 30)
    probabilities[:2] = 0.0, 1.0
    expected = by_hand(probabilities, came.astype(float), np.linspace(0, 1, 6))
    found = streamed(CalibrationError(5), came, probabilities)
    assert found == pytest.approx(expected, rel=1e-4)
    columns = came[:, None], probabilities
    assert streamed(CalibrationError(5), *columns) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("bins", [1, 3, 5])
def test_calibration_in_bins_of_equal_mass(bins):
    probabilities, came = DRAWN.beta(5, 1, 30), DRAWN.integers(0, 2, 30)
    expected = sum(
        abs((came[part] - probabilities[part]).sum())
        for part in np.split(np.argsort(probabilities), bins)
    )
    metric = CalibrationError(bins, "mass", cells=10_000)
    assert streamed(metric, came, probabilities) == pytest.approx(expected / 30, rel=1e-4)
    assert calibration_error(probabilities, came, bins) == pytest.approx(expected / 30, rel=1e-9)


def test_calibration_counts_weights():
    right = (ROWS.argmax(axis=1) == LABELS).astype(float)
    confidence, right = (np.repeat(x, WEIGHTS) for x in (ROWS.max(axis=1), right))
    expected = by_hand(confidence, right, np.linspace(0, 1, 5))
    assert streamed(CalibrationError(4), LABELS, ROWS, WEIGHTS) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("strategy", ["width", "mass"])
def test_a_calibrated_classifier_has_nearly_no_error(strategy):
    probabilities = DRAWN.uniform(size=100_000)
    came = DRAWN.uniform(size=100_000) < probabilities
    for confidence, low, high in (
        (probabilities, 0, 0.01),
        (probabilities**2, 1 / 6 - 0.01, 1 / 6 + 0.01),  # The integral of p - p^2.
    ):
        metric = CalibrationError(15, strategy)
        metric.update_state(came, confidence)
        assert low <= float(metric.result()) < high


def test_no_rows_no_error():
    assert float(CalibrationError(3, "mass").result()) == 0


def test_a_metric_of_a_compiled_model(tmp_path):
    model = keras.Sequential([keras.Input((4,)), keras.layers.Activation("linear")])
    model.compile("sgd", "mse", metrics=[CalibrationError(4)])
    model.save(tmp_path / "model.keras")
    for each in (model, keras.models.load_model(tmp_path / "model.keras")):
        found = each.evaluate(ROWS, LABELS[:, None], batch_size=8, verbose=0, return_dict=True)
        right = (ROWS.argmax(axis=1) == LABELS).astype(float)
        expected = by_hand(ROWS.max(axis=1), right, np.linspace(0, 1, 5))
        assert found["calibration_error"] == pytest.approx(expected, rel=1e-4)


def test_half_precision_rows_are_counted_in_single():
    metric = AggregatedEntropy(2)
    for _ in range(3):
        metric.update_state(ops.cast(np.full((1000, 2), 0.5), "float16"))
    assert float(ops.sum(metric.total)) == 3000


@pytest.mark.parametrize(
    "make, message",
    [
        (
            lambda: AggregatedEntropy(1),
            "AggregatedEntropy: num_classes must be a whole number of at least 2, got 1.",
        ),
        (
            lambda: LabelInformation(3, base=1.0),
            "LabelInformation: base must be a finite number above 1, got 1.0; 2 gives "
            "bits, math.e nats.",
        ),
        (
            lambda: AggregatedEntropy(3).update_state(ROWS),
            "AggregatedEntropy: rows must be (batch, 3), got (30, 4).",
        ),
        (
            lambda: CalibrationError(3, "with"),
            "Unknown strategy of CalibrationError 'with': use one of mass, width (nearest: width).",
        ),
        (
            lambda: CalibrationError(9, "mass", cells=8),
            "CalibrationError: num_bins must be from 1 to the 8 cells, got 9.",
        ),
    ],
)
def test_mistakes_are_one_line(make, message):
    with pytest.raises(ValueError) as error:
        make()
    assert str(error.value) == message


@pytest.mark.parametrize("kind", [AggregatedEntropy, LabelInformation])
def test_what_is_no_probability_is_refused(kind):
    for rows, message in (
        ([[3.0, 5.0, 1.0]], "must sum to 1 in each row, got 9 in row 0; for logits give from_log"),
        ([[-1.0, 1.0, 1.0]], "must be probabilities, got -1 in row 0"),
        ([[math.nan, 0.0, 1.0]], "must sum to 1 in each row, got nan"),
    ):
        with pytest.raises(ValueError, match=f"^{kind.__name__}: y_pred {message}"):
            kind(3).update_state(rows)
    one_hot = np.eye(3)
    for weights in ([1.0, 2.0], [1.0, -1.0, 1.0], [1.0, math.nan, 1.0]):
        with pytest.raises(ValueError, match=f"^{kind.__name__}: sample_weight must be numbers of"):
            kind(3).update_state(one_hot, weights)


def test_extreme_logits_and_many_rows():
    metric = LabelInformation(3, from_logits=True)
    metric.update_state(1e4 * np.eye(3) - 1e4)
    assert float(metric.result()) == pytest.approx(math.log(3), abs=1e-12)
    metric.reset_state()
    for _ in range(5):
        metric.update_state(np.tile([[1.0, 2.0, 3.0]], (20_000, 1)))
    assert float(metric.result()) == pytest.approx(0, abs=1e-9)


def test_the_calibration_of_a_sigmoid_s_column_is_that_of_an_event():
    labels, probabilities = [1, 0, 1, 1], np.array([0.25, 0.25, 0.75, 0.75])
    metrics = [CalibrationError(2), CalibrationError(2)]
    metrics[0].update_state(labels, probabilities)
    metrics[1].update_state(labels, probabilities[:, None])
    assert float(metrics[0].result()) == float(metrics[1].result()) == 0.25


@pytest.mark.parametrize(
    ("labels", "probabilities", "message"),
    [
        ([1, 0], [3.0, -2.0], r"y_pred must be probabilities in \[0, 1\], got a smallest of -2"),
        ([1], [math.nan], "y_pred must be probabilities"),
        ([7], [[0.5, 0.5]], r"y_true must be in 0..1, got a smallest of 7"),
        ([1, 0, 1], [0.5, 0.5], r"with as many rows as y_true, got \(2,\) for 3 labels"),
    ],
)
def test_calibration_of_what_is_no_probability_is_refused(labels, probabilities, message):
    with pytest.raises(ValueError, match=message):
        CalibrationError().update_state(labels, probabilities)
