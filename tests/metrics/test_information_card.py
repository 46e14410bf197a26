"""The information card: each row against the function that computes it, and what is left out."""

import json
import math
import types

import numpy as np
import pytest
from scipy import special

from support.dense_models import dense_model
from support.small_models import CODES, IMAGES, NOISE, compiled, information, small_model
from tfgan_it import conditions, estimators, latents, metrics
from tfgan_it.metrics.information_card import label_information
from tfgan_it.metrics.measured_samples import MeasuredSamples, PrincipalComponents, halves

PROBE = estimators.DensityRatioEstimator(steps=20)
SMALL = {"probe": PROBE, "gilbo_samples": 40, "gilbo_steps": 2}
ALONE = latents.Product(noise=latents.Normal(2), category=latents.Categorical(3))


def classifier(images):
    """Two classes, by the brightness."""
    brightness = np.asarray(images, "float64").reshape(len(images), -1).mean(axis=1) / 255
    return np.column_stack([brightness, 1 - brightness])


@pytest.fixture(scope="module")
def model():
    return compiled(small_model(CODES), run_eagerly=True)


@pytest.fixture(scope="module")
def card(model):
    return metrics.information_card(model, IMAGES, classifier=classifier, components=3, **SMALL)


@pytest.fixture(scope="module")
def drawn(model):
    return MeasuredSamples.of(model, IMAGES, None, 0)


def test_its_rows(card):
    assert [row.name for row in card.rows] == [
        "kl",
        "reverse_kl",
        "js",
        "information_nats",
        "information_nats_category",
        "information_nats_style",
        "gilbo",
        "label_information",
        "entropy",
        "total_correlation",
        "total_correlation_permuted",
        "mutual_information_category_style",
    ]
    assert card.left_out == ()
    assert {row.name for row in card.rows if row.real is None} == {
        *("information_nats", "information_nats_category", "information_nats_style", "gilbo")
    }
    bounds = {row.name: row.bound for row in card.rows if row.bound is not None}
    expected = {"js": 2, "information_nats_category": 3, "label_information": 2}
    assert bounds == pytest.approx({name: math.log(k) for name, k in expected.items()})
    for row in card.rows:
        for estimate in filter(None, (row.generated, row.real)):
            assert estimate.interval[0] <= estimate.nats <= estimate.interval[1]


def test_divergences_and_their_floor(card, drawn):
    for side, pair in (
        ("generated", (drawn.real, drawn.generated)),
        ("real", halves(drawn.real, 0)),
    ):
        expected = estimators.DensityRatioEstimator(steps=20).fit(*pair).estimate()
        for name in ("kl", "reverse_kl", "js"):
            estimate = getattr(card[name], side)
            assert estimate.nats == pytest.approx(expected[name], abs=1e-6)
            half = 1.96 * expected[f"{name}_error"]
            assert estimate.interval[1] - estimate.nats == pytest.approx(half, abs=1e-6)
    one, other = halves(drawn.real, 0)
    assert len(one) == len(other) == 24
    assert {image.tobytes() for image in [*one, *other]} == {image.tobytes() for image in IMAGES}


def test_what_samples_tell_of_codes(card, drawn):
    expected = {
        name: np.asarray(value, "float64")
        for name, value in information(drawn.latents, drawn.generated_outputs["codes"]).items()
    }
    for name, values in (*expected.items(), ("", sum(expected.values()))):
        estimate = card["information_nats" + f"_{name}" * bool(name)].generated
        assert estimate.nats == pytest.approx(values.mean(), abs=1e-4)
        half = 1.96 * values.std(ddof=1) / math.sqrt(48)
        assert estimate.nats - estimate.interval[0] == pytest.approx(half, abs=1e-4)
        assert estimate.n == 48


def test_gilbo(card, model):
    expected = metrics.gilbo(model, samples=40, steps=2, seed=0)
    assert card["gilbo"].generated.nats == pytest.approx(expected.value, abs=1e-5)
    half = card["gilbo"].generated.interval[1] - expected.value
    assert half == pytest.approx(1.96 * expected.standard_error, abs=1e-5)


def test_labels(card, drawn):
    for side, samples in (("generated", drawn.generated), ("real", drawn.real)):
        metric = metrics.LabelInformation(2)
        metric.update_state(classifier(samples))
        found = getattr(card["label_information"], side).nats
        assert found == pytest.approx(float(metric.result()), abs=1e-6)


def test_the_interval_of_the_label_information_is_that_of_repetitions():
    random = np.random.default_rng(0)

    def drawn(n):
        p = special.expit(2 * random.normal(size=n))
        return np.column_stack([p, 1 - p])

    repeated = [label_information(drawn(200)).nats for _ in range(400)]
    estimate = label_information(drawn(20_000))
    error = (estimate.interval[1] - estimate.nats) / 1.96 * math.sqrt(20_000 / 200)
    assert np.std(repeated) == pytest.approx(error, rel=0.1)
    assert np.mean(repeated) == pytest.approx(estimate.nats, abs=0.01)


def test_entropy_and_dependence(card, drawn, model):
    components = PrincipalComponents.of(drawn.real, 3)
    for side, samples in (("generated", drawn.generated), ("real", drawn.real)):
        expected = estimators.entropy(components(samples, 0)).nats
        assert getattr(card["entropy"], side).nats == pytest.approx(expected, abs=1e-6)
        posterior = model.infer_codes(samples)
        codes = metrics.code_representation(posterior)[0]
        total = getattr(card["total_correlation"], side).nats
        assert total == pytest.approx(estimators.total_correlation(codes).nats, abs=1e-3)
        permuted = getattr(card["total_correlation_permuted"], side)
        assert permuted.interval[0] < 0.2 and permuted.nats != total
        # Of two variables it is their mutual information.
        pair = getattr(card["mutual_information_category_style"], side).nats
        assert pair == pytest.approx(total, abs=1e-6)


def test_as_a_table_a_record_and_a_picture(card):
    lines = [line for line in str(card).splitlines() if not line.startswith("warning: ")]
    doubts = {w for row in card.rows for e in (row.generated, row.real) if e for w in e.warnings}
    assert len(str(card).splitlines()) == len(lines) + len(doubts)
    assert lines[0].split() == ["nats", "generated", "samples", "real", "samples", "at", "most"]
    assert len(lines) == 1 + len(card.rows) and max(map(len, lines)) <= 100
    js = card["js"].generated
    shown = f"{js.nats:.3f} [{js.interval[0]:.3f}, {js.interval[1]:.3f}]".replace("-0.000", "0.000")
    assert lines[3].startswith("JS(real, generated) ") and shown in lines[3]
    assert lines[3].endswith(" 0.693") and "   -" in lines[4]
    record = json.loads(json.dumps(card.as_dict(), allow_nan=False))
    assert record["rows"][2]["generated"]["nats"] == js.nats
    assert record["rows"][3]["real"] is None and record["protocol"]["n"] == 48
    picture = card.picture()
    assert picture.dtype == np.uint8 and picture.shape == (34 + 40 * len(card.rows), 800, 3)


@pytest.mark.slow
def test_it_is_a_function_of_the_model_and_the_seed(card, model):
    options = {"classifier": classifier, "components": 3, **SMALL}
    again = metrics.information_card(model, IMAGES, **options).as_dict()
    assert again == card.as_dict()
    other = metrics.information_card(model, IMAGES, seed=1, **options).as_dict()
    assert other["rows"] != again["rows"]


@pytest.mark.parametrize(
    "latent, lines",
    [
        (NOISE, ["The latent has no codes: there is no L_I, and no dependence between them."]),
        (ALONE, ["category is one variable: there is nothing that it could depend on."]),
    ],
)
def test_what_cannot_be_said_of_a_model(latent, lines):
    model = compiled(small_model(latent), run_eagerly=True)
    options = {**SMALL, "gilbo_steps": 0}
    card = metrics.information_card(model, IMAGES, components=2, **options)
    lines = [
        *lines,
        "GILBO was not asked for.",
        "Without a classifier of labels, I(x; label) is not measured.",
    ]
    assert sorted(card.left_out) == sorted(lines)
    assert set(card.left_out) <= set(str(card).splitlines())
    assert "total_correlation" not in {row.name for row in card.rows}


def test_a_conditional_model():
    model = compiled(dense_model((4, 4, 1), conditions.Label(4), NOISE), run_eagerly=True)
    labels = np.arange(48) % 4
    options = {**SMALL, "classifier": lambda x: np.full((len(x), 4), 0.25), "components": 2}
    card = metrics.information_card(model, IMAGES, conditions=labels, **options)
    row = card["asked_class_information"]
    assert row.bound == pytest.approx(math.log(4))
    assert row.generated.nats == pytest.approx(0, abs=1e-9) == row.real.nats
    with pytest.raises(ValueError, match="^information_card: .* is conditional: give conditions"):
        metrics.information_card(model, IMAGES, **options)


def test_samples_of_several_modalities():
    shape = {"left": (4, 4, 1), "right": (4,)}
    model = compiled(dense_model(shape, latent=NOISE), run_eagerly=True)
    samples = {"left": IMAGES, "right": np.random.default_rng(0).normal(size=(48, 4))}
    samples["right"] = samples["right"].astype("float32")
    card = metrics.information_card(model, samples, components=2, **SMALL)
    assert card.left_out[1] == "GILBO takes samples of one array, not of several modalities."
    assert [row.name for row in card.rows] == ["kl", "reverse_kl", "js", "entropy"]


def test_models_that_have_no_card(model):
    texts = types.SimpleNamespace(
        latent=NOISE, sample_shape=(5, 3), value_range=None, conditions=None, name="text_gan"
    )
    texts.vocabulary = object()
    sequences = np.zeros((30, 5, 3), "float32")
    message = "^information_card: text_gan generates texts, whose soft tokens any classifier tells"
    with pytest.raises(ValueError, match=message):
        metrics.information_card(texts, sequences)
    texts.latent = None
    with pytest.raises(ValueError, match="^information_card: text_gan makes samples of other samp"):
        metrics.information_card(texts, sequences)
    with pytest.raises(ValueError, match=r"samples must be .*20.*19"):
        metrics.information_card(model, IMAGES, samples=19)
