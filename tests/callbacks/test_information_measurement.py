import functools
import json
import math
import types

import keras
import numpy as np
import pytest
from scipy.special import digamma

from support.dense_models import dense_model
from support.replicas import MIRRORED
from support.small_models import (
    CODES,
    IMAGES,
    NOISE,
    assert_same_state,
    compiled,
    discriminate,
    discriminator_weights,
    generate,
    generator_weights,
    information,
    scaled,
    small_model,
)
from tfgan_it import conditions, latents, models, networks
from tfgan_it.callbacks import information_measurement as information_module
from tfgan_it.callbacks.information_measurement import InformationMeasurement, status
from tfgan_it.estimators.density_ratio_estimator import DensityRatioEstimator
from tfgan_it.seeds import seeded_initializers

PROBE = DensityRatioEstimator(steps=20)
PROBED = {"kl", "reverse_kl", "js", "kl_error", "reverse_kl_error", "js_error", "calibration_error"}


def without_probe(**options):
    return InformationMeasurement(IMAGES, probe=False, **options)


@pytest.fixture(scope="module")
def model():
    return compiled(small_model(CODES), run_eagerly=True)


@pytest.fixture(scope="module")
def record(model):
    return without_probe(components=3)(model)


@pytest.fixture(scope="module")
def by_hand(model):
    """Latents, generated pixels, and logits and parameters of real and generated, written out."""
    z = model.sample_latents(len(IMAGES), 0)
    pixels = np.asarray(generate(generator_weights(model), z))
    fakes = np.rint((pixels + 1) * 127.5).astype("uint8")
    weights = discriminator_weights(model)
    return z, fakes, *(discriminate(weights, scaled(images)) for images in (IMAGES, fakes))


def test_the_trained_discriminators_bound(record, by_hand):
    _, _, (real, _), (fake, _) = by_hand
    p, q = 1 / (1 + np.exp(-real)), 1 / (1 + np.exp(-fake))
    expected = math.log(2) + (np.log(p).mean() + np.log(1 - q).mean()) / 2
    assert record["information"]["js_nats"] == pytest.approx(expected, abs=1e-5)


def test_what_codes_carry_and_lose(record, by_hand):
    z, _, _, (_, parameters) = by_hand
    expected = {name: float(np.mean(each)) for name, each in information(z, parameters).items()}
    found = record["information"]
    for name, entropy in (("category", math.log(3)), ("style", math.log(2))):
        assert found[f"information_nats_{name}"] == pytest.approx(expected[name], abs=1e-4)
        assert found[f"gap_nats_{name}"] == pytest.approx(entropy - expected[name], abs=1e-4)
    assert found["information_nats"] == pytest.approx(sum(expected.values()), abs=1e-4)


def test_entropies_of_aggregated_posteriors(record, by_hand):
    for row, (_, parameters) in zip(("real", "generated"), by_hand[2:], strict=True):
        parameters = np.asarray(parameters, "float64")
        exponentials = np.exp(parameters[:, :3])
        mean = (exponentials / exponentials.sum(axis=1, keepdims=True)).mean(axis=0)
        found = record["information"][row]
        expected = -(mean * np.log(mean)).sum()
        assert found["aggregated_entropy_category"] == pytest.approx(expected, abs=1e-5)
        scale = 0.05 + np.log1p(np.exp(parameters[:, 4]))
        # Of a mixture: the variance of the means and the mean of the variances.
        variance = parameters[:, 3].var() + np.mean(scale**2)
        expected = 0.5 * math.log(2 * math.pi * math.e * variance)
        assert found["aggregated_entropy_style"] == pytest.approx(expected, abs=1e-5)


def test_a_continuous_code_of_several_columns():
    latent = latents.Product(noise=latents.Normal(2), style=latents.Normal(3))
    model = compiled(small_model(latent), run_eagerly=True)
    found = without_probe()(model)["information"]["real"]["aggregated_entropy_style"]
    posterior = model.infer_codes(IMAGES)
    means, scales = (posterior[f"style_{name}"].astype("float64") for name in ("mean", "scale"))
    centred = means - means.mean(axis=0)
    covariance = centred.T @ centred / len(means) + np.diag((scales**2).mean(axis=0))
    expected = 1.5 * math.log(2 * math.pi * math.e) + 0.5 * math.log(np.linalg.det(covariance))
    assert found == pytest.approx(expected, abs=1e-5)


def nearest_neighbour_entropy(x, k):
    """psi(n) - psi(k) + d ln 2 + d <ln eps_k>, all pairs in the maximum norm."""
    n, d = x.shape
    distances = np.abs(x[:, None] - x[None]).max(axis=-1)
    eps = np.sort(distances, axis=1)[:, k]
    return digamma(n) - digamma(k) + d * math.log(2) + d * np.log(eps).mean()


def test_entropy_of_the_leading_components_of_real_samples(model, monkeypatch):
    ball = functools.partial(information_module.KozachenkoLeonenko, copula=False)
    monkeypatch.setattr(information_module, "KozachenkoLeonenko", ball)
    images = scaled(IMAGES)
    found = InformationMeasurement(images, probe=False, components=3)(model)
    real = images.reshape(len(images), -1).astype("float64")
    centred = real - real.mean(axis=0)
    values, vectors = np.linalg.eigh(centred.T @ centred)
    leading = vectors[:, np.argsort(values)[::-1][:3]]
    fakes = np.asarray(generate(generator_weights(model), model.sample_latents(48, 0)))
    fakes = fakes.reshape(len(fakes), -1) - real.mean(axis=0)
    for row, samples in (("real", centred), ("generated", fakes)):
        expected = nearest_neighbour_entropy(samples @ leading, 3)
        assert found["information"][row]["entropy"] == pytest.approx(expected, abs=1e-3)


def test_entropy_of_images_that_are_all_one_is_that_of_their_rounding():
    model = compiled(small_model(NOISE), run_eagerly=True)
    pixels = model.generator.get_layer("pixels")
    pixels.kernel.assign(0 * pixels.kernel)
    images = np.random.default_rng(1).integers(0, 256, (500, 4, 4, 1), "uint8")
    found = InformationMeasurement(images, probe=False, components=3)(model)["information"]
    # Three sums over 16 pixels of U(-1/255, 1/255): Gaussians of the same variance, nearly.
    expected = 3 * (0.5 * math.log(2 * math.pi * math.e / 3) - math.log(255))
    assert found["generated"]["entropy"] == pytest.approx(expected, abs=0.2)
    assert found["real"]["entropy"] > expected + 10


def test_label_information_of_both(by_hand):
    def classifier(images):
        assert images.dtype == np.uint8
        brightness = images.reshape(len(images), -1).mean(axis=1) / 255
        return np.stack([brightness, 1 - brightness], axis=1)

    found = without_probe(classifier=classifier)(compiled(small_model(CODES), run_eagerly=True))

    def entropy(p):
        return -(p * np.log(p)).sum(axis=-1)

    for row, images in (("real", IMAGES), ("generated", by_hand[1])):
        p = classifier(images)
        expected = entropy(p.mean(axis=0)) - entropy(p).mean()
        assert found["information"][row]["label_information"] == pytest.approx(expected, abs=1e-6)


def test_protocol(record, model):
    assert record["protocol"] == {
        "n": 48,
        "seed": 0,
        "networks": "last",
        "components": 3,
        "neighbors": 3,
    }
    assert record["step"] == model.trained_steps
    assert json.loads(json.dumps(record)) == record


def test_samples_are_selected_at_equal_distances():
    measurement = without_probe(samples=20)
    np.testing.assert_array_equal(measurement.images, IMAGES[::3])
    np.testing.assert_array_equal(without_probe(samples=48).images, IMAGES)


@pytest.fixture(scope="module")
def probed(model):
    return InformationMeasurement(IMAGES, probe=PROBE)(model)


def test_the_probe_tells_both_rows(probed):
    found = probed["information"]
    for row in ("generated", "real"):
        assert found[row].keys() >= PROBED
    assert found["generated"]["js"] > 0.05
    # 48 real and as many generated, of which 26 are not held out; of halves 24, and 15.
    protocol = probed["protocol"]
    assert protocol["n_probe_real"] == protocol["n_probe_other"] == {"generated": 19, "real": 9}
    assert not any(name.startswith("n_") for row in ("generated", "real") for name in found[row])


def test_real_samples_are_compared_with_themselves_once(model, monkeypatch):
    fitted = []
    real_fit = DensityRatioEstimator.fit
    monkeypatch.setattr(
        DensityRatioEstimator,
        "fit",
        lambda self, *pair: fitted.append(pair) or real_fit(self, *pair),
    )
    measurement = InformationMeasurement(IMAGES, probe=PROBE, seed=3)
    records = [measurement(model) for _ in range(2)]
    assert records[0] == records[1]
    assert len(fitted) == 3
    halves = np.concatenate(fitted[0])
    assert len(fitted[0][0]) == len(fitted[0][1]) == 24
    assert {image.tobytes() for image in halves} == {image.tobytes() for image in IMAGES}
    for pair in fitted[1:]:
        np.testing.assert_array_equal(pair[0], IMAGES)


def test_a_function_of_model_and_seed(model, probed, tmp_path):
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    measurement = InformationMeasurement(IMAGES, probe=DensityRatioEstimator(steps=20))
    other = compiled(small_model(CODES, seed=1), run_eagerly=True)
    other.generator.get_layer("pixels").kernel.assign(
        2 * other.generator.get_layer("pixels").kernel
    )
    assert measurement(other) != probed
    assert measurement(loaded) == probed
    again = InformationMeasurement(IMAGES, probe=PROBE, seed=1)(model)["information"]
    assert again["information_nats"] != probed["information"]["information_nats"]


def test_the_model_is_as_it_was():
    model, untouched = (
        compiled(small_model(CODES, normalized=True, moving_average=0.5)) for _ in range(2)
    )
    InformationMeasurement(IMAGES, probe=PROBE)(model)
    assert_same_state(model, untouched)
    assert [metric.count.numpy() for metric in model.metrics] == [0] * len(model.metrics)


def test_averaged_weights_are_measured():
    model = compiled(small_model(CODES, moving_average=0.5), run_eagerly=True)
    expected = without_probe()(model)
    for network in (model.generator, model.discriminator):
        for variable in network.weights:
            variable.assign(variable + 1)
    found = without_probe()(model)
    assert found == expected
    assert found["protocol"]["networks"] == "averaged"


def test_without_codes_nothing_of_codes():
    found = without_probe()(compiled(small_model(NOISE), run_eagerly=True))["information"]
    assert set(found) == {"js_nats", "generated", "real"}
    assert set(found["generated"]) == set(found["real"]) == {"entropy"}


def test_codes_that_nothing_recognises():
    networks = small_model(CODES).generator, small_model(NOISE).discriminator
    model = compiled(models.GAN(*networks, CODES))
    assert set(without_probe()(model)["information"]) == {"js_nats", "generated", "real"}


def test_a_discriminator_of_packs_has_no_bound_for_one_sample():
    discriminator = networks.mlp_discriminator((2,), width=4, pack_size=3)
    model = models.GAN(networks.mlp_generator((2,), 6, width=4), discriminator, NOISE)
    found = InformationMeasurement(POINTS[:50], probe=PROBE)(compiled(model))
    assert set(found["information"]) == {"generated", "real"}
    assert set(found["information"]["generated"]) == PROBED | {"entropy"}


def model_of_points():
    with seeded_initializers(0):
        generator = networks.mlp_generator((2,), 6, width=32)
        discriminator = networks.mlp_discriminator((2,), width=4)
    return compiled(models.GAN(generator, discriminator, NOISE))


POINTS = np.random.default_rng(0).normal(size=(300, 2)).astype("float32")


def test_points_are_neither_rounded_nor_more_than_they_have_dimensions():
    model = model_of_points()
    found = InformationMeasurement(POINTS, probe=False, components=5)(model)
    assert found["protocol"]["components"] == 2
    # Of N(0, 1)^2, and of the samples; the maximum norm is another one after a rotation.
    real, fake = (found["information"][row]["entropy"] for row in ("real", "generated"))
    assert real == pytest.approx(math.log(2 * math.pi * math.e), abs=0.15)
    samples = model.generate(300, seed=0).astype("float64")
    assert fake == pytest.approx(nearest_neighbour_entropy(samples, 3), abs=0.15)


def test_a_mixture_of_generators():
    generator = networks.mlp_generator((2,), 3, width=4)
    discriminator = networks.mlp_discriminator((2,), width=4)
    model = compiled(models.AdaGAN(generator, discriminator, latents.Normal(3), components=2))
    found = InformationMeasurement(POINTS, probe=False)(model)["information"]
    assert set(found) == {"js_nats", "generated", "real"}


def test_identical_points_have_entropy_none(recwarn):
    model = model_of_points()
    kernel = model.generator.get_layer("points").kernel
    kernel.assign(0 * kernel)
    record = InformationMeasurement(POINTS, probe=PROBE)(model)
    assert record["information"]["generated"]["entropy"] is None
    assert math.isfinite(record["information"]["real"]["entropy"])
    assert record["information"]["generated"]["js"] > 0.5
    json.dumps(record, allow_nan=False)
    assert "entropy none [" in status(record)
    assert not [warning for warning in recwarn if "KozachenkoLeonenko" in str(warning.message)]


def test_two_replicas_measure_what_one_device_measures(record):
    with MIRRORED.scope():
        model = compiled(small_model(CODES))
    found = without_probe(components=3)(model)
    for row in ("generated", "real"):
        expected = record["information"][row]
        assert found["information"][row] == pytest.approx(expected, abs=1e-5)
    assert found["information"]["js_nats"] == pytest.approx(record["information"]["js_nats"], 1e-4)


def test_inside_of_a_strategys_scope(probed):
    with MIRRORED.scope():
        model = compiled(small_model(CODES))
        found = InformationMeasurement(IMAGES, probe=DensityRatioEstimator(steps=20))(model)
    expected = probed["information"]["generated"]
    assert found["information"]["generated"] == pytest.approx(expected, abs=1e-3)


def test_a_line_of_at_most_120_columns_tells_the_rows():
    values = {"js": 0.659, "kl": 10.5, "reverse_kl": 3.4, "entropy": -15.25}
    values |= {"label_information": 1.5}
    record = {"step": 300_000, "information": {"js_nats": 0.1, "generated": values, "real": values}}
    line = status(record)
    assert line == (
        "information at step 300000 [of real ones]: JS 0.66 [0.66]  KL 10.50 [10.50]  "
        "entropy -15.25 [-15.25]  labels 1.50 [1.50] nats"
    )
    assert len(line) <= 130


@pytest.mark.parametrize(
    "options, message",
    [
        ({"samples": 19}, "samples must be a whole number of at least 20, got 19."),
        ({"components": 0}, "components must be a whole number of at least 1, got 0."),
        ({"neighbors": 1.5}, "neighbors must be a whole number of at least 1, got 1.5."),
    ],
)
def test_bad_options_are_refused(options, message):
    with pytest.raises(ValueError) as error:
        InformationMeasurement(IMAGES, **options)
    assert str(error.value) == f"InformationMeasurement: {message}"


def test_more_neighbors_than_samples_are_refused(model):
    measurement = InformationMeasurement(IMAGES, neighbors=48)
    with pytest.raises(ValueError, match="neighbors must be below the 48 samples, got 48"):
        measurement.check(model)
    without_probe(neighbors=47)(model)


@pytest.mark.parametrize("images", [IMAGES[:, :2], IMAGES[:19], IMAGES[0]])
def test_images_of_another_shape_or_too_few_are_refused(model, images):
    with pytest.raises(ValueError, match="^(images have shape|19 images given, at least 20)"):
        InformationMeasurement(images)(model)


LABELS = np.random.default_rng(2).integers(0, 4, len(IMAGES))


def classifier(images):
    """Classes by brightness, whatever is shown."""
    brightness = scaled(images).mean(axis=(1, 2, 3))
    logits = -8 * (brightness[:, None] - np.linspace(-0.3, 0.3, 4)) ** 2
    exponentials = np.exp(logits)
    return exponentials / exponentials.sum(axis=1, keepdims=True)


def test_what_samples_show_of_the_label_that_was_asked_for():
    model = compiled(dense_model((4, 4, 1), conditions.Label(4), NOISE), run_eagerly=True)
    found = without_probe(classifier=classifier, conditions=LABELS)(model)["information"]
    z = model.sample_latents(len(IMAGES), 0)
    fakes = np.rint((np.asarray(model((z, LABELS))) + 1) * 127.5).astype("uint8")
    shares = np.bincount(LABELS) / len(LABELS)
    for row, images in (("real", IMAGES), ("generated", fakes)):
        p = classifier(images).astype("float32")
        expected = -(shares * np.log(shares)).sum() + np.log(p[np.arange(48), LABELS]).mean()
        assert found[row]["asked_class_information"] == pytest.approx(expected, abs=1e-5)
        accuracy = (p.argmax(1) == LABELS).mean()
        assert found[row]["asked_class_accuracy"] == pytest.approx(accuracy, abs=1e-12)
    real, fake = (model.score(images, LABELS) for images in (IMAGES, fakes))
    p, q = 1 / (1 + np.exp(-real)), 1 / (1 + np.exp(-fake))
    expected = math.log(2) + (np.log(p).mean() + np.log(1 - q).mean()) / 2
    assert found["js_nats"] == pytest.approx(expected, abs=1e-5)
    assert "asked_class" not in str(without_probe(conditions=LABELS)(model))


def test_conditions_are_selected_as_the_samples_are():
    measurement = without_probe(samples=20, conditions={"label": LABELS, "more": LABELS})
    np.testing.assert_array_equal(measurement.conditions["label"], LABELS[::3])


def test_conditional_codes():
    model = compiled(dense_model((4, 4, 1), conditions.Label(4)), run_eagerly=True)
    found = without_probe(conditions=LABELS)(model)["information"]
    z = model.sample_latents(len(IMAGES), 0)
    fakes = np.rint((np.asarray(model((z, LABELS))) + 1) * 127.5).astype("uint8")
    q = model.infer_codes(fakes, y=LABELS)["kind_probabilities"]
    expected = math.log(3) + np.log(q[z[:, 2:] == 1]).mean()
    assert found["information_nats_kind"] == pytest.approx(expected, abs=1e-5)


def test_asked_classes_need_one_label_each():
    model = compiled(dense_model((4, 4, 1), conditions.Label(4), NOISE), run_eagerly=True)
    mixed = np.full((len(IMAGES), 4), 0.25, "float32")
    found = without_probe(classifier=classifier, conditions=mixed)(model)["information"]
    assert set(found["generated"]) == {"entropy", "label_information"}


@pytest.mark.slow
def test_samples_that_are_a_dict_are_vectors():
    model = compiled(dense_model({"a": (2,), "b": (3, 2)}, latent=NOISE), run_eagerly=True)
    random = np.random.default_rng(0)
    samples = {"b": random.normal(size=(60, 3, 2)) / 9, "a": random.normal(size=(60, 2)) / 9}
    measurement = InformationMeasurement(samples, probe=PROBE, components=8)
    found = measurement(model)["information"]
    assert found["generated"].keys() == PROBED | {"entropy"}
    together = np.concatenate([samples["a"], samples["b"].reshape(60, 6)], axis=1)
    together = together.astype("float32")
    of_vectors = InformationMeasurement(together, probe=DensityRatioEstimator(steps=20))
    expected = of_vectors(compiled(dense_model((8,), latent=NOISE), run_eagerly=True))
    for name, value in found["real"].items():
        assert value == pytest.approx(expected["information"]["real"][name], abs=1e-4)


def test_a_logit_of_each_patch():
    model = compiled(dense_model((4, 4, 1), latent=NOISE, logits=(2, 2, 1)), run_eagerly=True)
    found = without_probe()(model)["information"]
    fakes = np.rint((model.generate(48, seed=0) + 1) * 127.5).astype("uint8")
    f, g = (np.asarray(model.discriminator(scaled(x))["logits"]) for x in (IMAGES, fakes))
    expected = math.log(2) - (np.log1p(np.exp(-f)).mean() + np.log1p(np.exp(g)).mean()) / 2
    assert found["js_nats"] == pytest.approx(expected, abs=1e-5)


def test_a_conditional_model_needs_conditions():
    model = dense_model((4, 4, 1), conditions.Label(4))
    with pytest.raises(ValueError) as error:
        without_probe().check(model)
    assert str(error.value) == (
        f"InformationMeasurement: {model.name} is conditional: give conditions of the images, one "
        "of 4 classes, uniform, H(y) = 1.3863 nats."
    )
    with pytest.raises(ValueError, match="^Label: labels lie in "):
        without_probe(conditions=LABELS + 3).check(model)


def test_a_model_without_a_latent_is_refused():
    model = types.SimpleNamespace(latent=None, name="cyclegan")
    with pytest.raises(ValueError, match="^InformationMeasurement: cyclegan makes samples of"):
        without_probe().check(model)
