"""WaveGAN without and with labels and codes: defaults, replicas, resumption, files, an export."""

import numpy as np
import pytest

from support.replicas import assert_replicas_equal_one_device
from support.savedmodel_client import run_signatures
from tfgan_it import latents, losses, model_files, recipes
from tfgan_it.layers import PhaseShuffle
from tfgan_it.regularizers import CodeInformation, GradientPenalty

SOUNDS = np.random.default_rng(0).uniform(-1, 1, (48, 128, 1)).astype("float32")
LABELS = np.arange(48) % 3
SMALL = {"width": 2, "noise": 3, "discriminator_steps": 2, "kernel_size": 8, "rate": 8000}
FORMS = {
    "plain": {},
    "labels": {"conditions": 3},
    "category": {"categories": 4},
    "bits": {"bits": 2},
}
every_form = pytest.mark.parametrize("form", FORMS)


def small(form, **hyperparameters):
    return recipes.wave_gan((128, 1), **{**SMALL, **FORMS[form], **hyperparameters})


def train(model, steps=2):
    fit = {"batch_size": 8, "steps_per_epoch": steps, "verbose": 0}
    return model.fit(SOUNDS, LABELS, **fit).history


def test_published_defaults():
    model = recipes.wave_gan((16384, 1))
    assert isinstance(model.adversarial_loss, losses.Wasserstein)
    (penalty,) = model.discriminator_regularizers
    assert isinstance(penalty, GradientPenalty) and penalty.lambda_ == 10.0
    assert model.terms == [] and model.discriminator_steps == 5 and model.rate is None
    assert repr(model.latent) == repr(latents.Uniform(100))
    for optimizer in (model.generator_optimizer, model.discriminator_optimizer):
        assert float(optimizer.learning_rate) == pytest.approx(1e-4)
        assert (optimizer.beta_1, optimizer.beta_2) == (0.5, 0.9)
    shuffles = [x for x in model.discriminator.layers if isinstance(x, PhaseShuffle)]
    assert [layer.shift for layer in shuffles] == [2, 2, 2, 2]
    assert model.citations[0].startswith("Donahue") and model.name == "wave_gan"


def test_codes_are_those_of_ciwgan_and_fiwgan():
    assert repr(small("category").latent.codes.parts["category"]) == repr(latents.Categorical(4))
    model = small("bits", lambda_information=0.5)
    assert list(model.latent.codes.parts) == ["bit_0", "bit_1"]
    assert model.latent.dimension == 3 + 2 * 2
    (term,) = model.terms
    assert isinstance(term, CodeInformation) and term.lambda_information == 0.5


@pytest.mark.examples(1)
@every_form
def test_both_networks_learn(form):
    model = small(form, run_eagerly=True)
    before = [variable.numpy() for variable in model.trainable_variables]
    history = train(model)
    assert np.isfinite(list(history.values())).all()
    if form in ("category", "bits"):
        gap = history["information_gap_nats"][0]
        assert gap + history["information_nats"][0] == pytest.approx(np.log(4), abs=1e-4)
    for old, variable in zip(before, model.trainable_variables, strict=True):
        if variable.name == "kernel":
            assert not np.array_equal(old, variable.numpy()), variable.path


def test_the_penalty_does_not_reach_q():
    model = small("category", lambda_information=0.0, run_eagerly=True)
    before = model.discriminator.get_layer("codes").get_weights()
    train(model)
    for old, new in zip(before, model.discriminator.get_layer("codes").get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


@pytest.mark.slow
@every_form
def test_two_replicas_equal_one_device(form):
    assert_replicas_equal_one_device(
        lambda: small(form, moving_average=0.5), lambda model: train(model, steps=3)
    )


@pytest.mark.slow
@every_form
def test_a_file_continues_as_the_model_would(form, tmp_path):
    model = small(form)
    train(model, steps=2)
    model.save(tmp_path / "wave.keras")
    again = model_files.load_model(tmp_path / "wave.keras")
    assert again.rate == 8000
    labels = LABELS[:5] if form == "labels" else None
    samples = model.generate(5, seed=1, conditions=labels)
    np.testing.assert_array_equal(again.generate(5, seed=1, conditions=labels), samples)
    for each in (model, again):
        train(each, steps=2)
    for ours, theirs in zip(model.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.slow
@pytest.mark.parametrize("form", ["labels", "category"])
def test_an_export_gives_the_same_sounds(form, tmp_path):
    model = small(form)
    path = model.export(tmp_path / "wave")
    request = {"seed": np.arange(3)}
    if form == "labels":
        request["conditions"] = np.array([2, 0, 1])
    [answer] = run_signatures(path, [("sample", request)])
    for seed, sound in enumerate(answer["images"]):
        label = request["conditions"][seed : seed + 1] if form == "labels" else None
        expected = model.generate(1, seed=seed, conditions=label)[0]
        np.testing.assert_allclose(sound, expected, atol=1e-5)


@pytest.mark.parametrize(
    "shape, hyperparameters, message",
    [
        ((8, 8, 1), {}, r"^Waveforms must have a shape .* got \(8, 8, 1\)"),
        ((62, 1), {}, r"^Waveforms .* \(nearest: 64\)"),
        ((64, 1), {"rate": 0}, "^wave_gan: rate must be"),
        ((64, 1), {"categories": -1}, "^wave_gan: categories must be .* got -1"),
        ((64, 1), {"bits": 0.5}, "bits"),
        ((64, 1), {"phase_shuffle": -1}, "phase_shuffle must be .* at least 0, got -1"),
        ((128, 1), {"phase_shuffle": 32}, "longer than the largest shift 32"),
    ],
)
def test_a_mistake_is_one_line(shape, hyperparameters, message):
    with pytest.raises(ValueError, match=message) as error:
        recipes.wave_gan(shape, **SMALL | hyperparameters)
    assert "\n" not in str(error.value)
