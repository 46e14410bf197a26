"""InfoGAN of two modalities: its losses, what it reads and draws, files, replicas and exports."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from support.replicas import MIRRORED
from support.savedmodel_client import run_signatures
from support.small_models import assert_same_state, compiled
from tfgan_it import latents, models, recipes
from tfgan_it.layers import PosteriorFusion
from tfgan_it.regularizers import CodeInformation, ModalityInformation
from tfgan_it.seeds import seeded_initializers
from tfgan_it.terms import Term

SHAPE = (4, 4, 3)
MODALITIES = {"image": 2, "sound": 1}
LATENT = latents.Product(
    noise=latents.Normal(4), category=latents.Categorical(3), style=latents.Uniform(1)
)
IMAGES = np.random.default_rng(0).integers(0, 256, (48, *SHAPE), "uint8")


def networks(posterior="product", without=()):
    """Linear towers of each modality, whose posteriors can be written out."""
    with seeded_initializers(1):
        inputs = keras.Input((LATENT.dimension,))
        pixels = layers.Dense(48, "tanh")(layers.Dense(8, "tanh")(inputs))
        generator = keras.Model(inputs, layers.Reshape(SHAPE)(pixels))
        inputs = keras.Input(SHAPE)
        parts = {"image": inputs[..., :2], "sound": inputs[..., 2:]}
        flat = {name: layers.Flatten()(x) for name, x in parts.items()}
        codes = {f"codes_{m}": layers.Dense(5, name=f"codes_{m}")(x) for m, x in flat.items()}
        both = layers.Concatenate()(list(flat.values()))
        scores = [layers.Dense(2, name="scores")(both)] if posterior == "mixture" else []
        fused, modality_weights = PosteriorFusion(LATENT.codes, posterior)(
            list(codes.values()), *scores
        )
        logits = layers.Dense(1, name="logits")(layers.Dense(8, "tanh")(both))
        outputs = {"logits": logits, "codes": fused, "modality_weights": modality_weights, **codes}
        outputs = {name: x for name, x in outputs.items() if name not in without}
        return generator, keras.Model(inputs, outputs)


def small(posterior="product", **arguments):
    return models.MultimodalInfoGAN(
        *networks(posterior), LATENT, **{"modalities": MODALITIES, "seed": 3, **arguments}
    )


class Watcher(Term):
    """Keeps the batch of an evaluation."""

    def evaluate(self, step):
        self.batch = step.batch
        return {}


def per_code(codes, parameters):
    """H(c) + ln Q(c|x) of each code, nats."""
    logits, mean, raw = parameters[:, :3], parameters[:, 3], parameters[:, 4]
    log_q = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    scale = 0.05 + np.log1p(np.exp(raw))
    gauss = -0.5 * ((codes[:, 3] - mean) / scale) ** 2 - np.log(scale * np.sqrt(2 * np.pi))
    return {"category": np.log(3) + (codes[:, :3] * log_q).sum(axis=1), "style": np.log(2) + gauss}


# Losses and what is reported


def terms(lambda_information=1.0, lambda_modalities=1.0, **weight):
    return [
        CodeInformation(lambda_information, **weight),
        ModalityInformation(tuple(MODALITIES), lambda_modalities, lambda_information, **weight),
    ]


def step(**lambdas):
    """What one step reports, and the weights that it starts from and that it leaves."""
    model = compiled(small(), 0.0, 1.0, run_eagerly=True, terms=terms(**lambdas))
    before = [v.numpy() for v in model.discriminator.trainable_variables]
    logs = model.train_on_batch(IMAGES[:8], return_dict=True)
    after = [v.numpy() for v in model.discriminator.trainable_variables]
    return model, logs, [a - b for a, b in zip(before, after, strict=True)]


def test_each_modality_and_both_report_their_information():
    fresh = small()
    watcher = Watcher()
    compiled(fresh, terms=terms(), generator_regularizers=[watcher], run_eagerly=True)
    assert fresh.metric_names[-4:] == [
        *("information_nats_image", "information_nats_sound"),
        *("modality_weights_image", "modality_weights_sound"),
    ]
    evaluated = fresh.evaluate(IMAGES[:8], batch_size=8, verbose=0)
    codes = LATENT.codes_from_latents(watcher.batch.latents).numpy()
    outputs = {k: v.numpy() for k, v in fresh.discriminate(watcher.batch.generated).items()}
    for name, key in (("", "codes"), ("_image", "codes_image"), ("_sound", "codes_sound")):
        expected = sum(per_code(codes, outputs[key]).values()).mean()
        assert evaluated[f"information_nats{name}"] == pytest.approx(expected, abs=1e-5)
    for i, name in enumerate(MODALITIES):
        expected = outputs["modality_weights"][:, i].mean()
        assert evaluated[f"modality_weights_{name}"] == pytest.approx(expected, abs=1e-6)
    assert evaluated["modality_weights_image"] + evaluated[
        "modality_weights_sound"
    ] == pytest.approx(1, abs=1e-5)


def test_the_weights_of_the_terms():
    # The update of Q's weights is linear in lambda_0,i and lambda_0,i lambda_m.
    def moved(information, modalities):
        return step(lambda_information=information, lambda_modalities=modalities)[2]

    none = moved(0.0, 1.0)
    joint = moved(1.0, 0.0)
    image = moved(1.0, {"image": 1.0, "sound": 0.0})
    both = moved({"category": 2.0, "style": 2.0}, {"image": 3.0, "sound": 0.5})
    sound = moved(1.0, {"image": 0.0, "sound": 1.0})
    for zero, a, b, c, total in zip(none, joint, image, sound, both, strict=True):
        expected = zero + 2 * ((a - zero) + 3 * (b - a) + 0.5 * (c - a))
        np.testing.assert_allclose(total, expected, atol=2e-5)
    names = [v.path for v in small().discriminator.trainable_variables]
    (own,) = [i for i, name in enumerate(names) if "codes_image/kernel" in name]
    assert np.abs(image[own] - joint[own]).max() > 1e-3
    np.testing.assert_allclose(sound[own], joint[own], atol=1e-6)


def test_recognition_learns_by_its_weight():
    none, whole = step(lambda_information=0.0)[2], step()[2]
    part = step(recognition_weight=0.25)[2]
    alone = step(recognition_weight={"category": 0.0})[2]
    style = step(lambda_information={"category": 0.0, "style": 1.0})[2]
    assert max(np.abs(b - a).max() for a, b in zip(none, style, strict=True)) > 1e-3
    for zero, all_, quarter, first, second in zip(none, whole, part, alone, style, strict=True):
        np.testing.assert_allclose(quarter, zero + 0.25 * (all_ - zero), atol=2e-5)
        np.testing.assert_allclose(first, second, atol=2e-5)


# What it reads and draws


@pytest.fixture(scope="module", params=["product", "mixture"])
def model(request):
    return small(request.param)


def test_one_modality_is_read_without_the_others(model):
    images = IMAGES.astype("float32") / 127.5 - 1
    for name, own in (("image", slice(0, 2)), ("sound", slice(2, 3))):
        layer = model.discriminator.get_layer(f"codes_{name}")
        kernel, bias = layer.get_weights()
        parameters = images[..., own].reshape(48, -1) @ kernel + bias
        expected = LATENT.codes.posterior(parameters)
        found = model.infer_codes_of(name, IMAGES[..., own], batch_size=20)
        assert list(found) == list(expected)
        for key, value in found.items():
            assert isinstance(value, np.ndarray)
            np.testing.assert_allclose(value, expected[key], atol=1e-5)


def test_the_joint_posterior_and_reliance(model):
    outputs = model.discriminator(IMAGES.astype("float32") / 127.5 - 1)
    joint = model.infer_codes(IMAGES)["category_probabilities"]
    np.testing.assert_allclose(joint, tf.nn.softmax(outputs["codes"][:, :3]), atol=1e-6)
    modality_weights = model.modality_weights(IMAGES)
    assert list(modality_weights) == ["image", "sound"]
    np.testing.assert_allclose(
        modality_weights["image"], outputs["modality_weights"][:, 0], atol=1e-6
    )
    np.testing.assert_allclose(modality_weights["image"] + modality_weights["sound"], 1, atol=1e-6)


@pytest.mark.examples(1)
def test_translation_reads_one_modality_and_draws_the_other(model):
    sounds = IMAGES[..., 2:]
    made = model.translate(sounds, "sound", "image", seed=4)
    assert made.shape == (48, 4, 4, 2) and made.dtype == np.float32
    read = model.infer_codes_of("sound", sounds)
    best = np.eye(3)[read["category_probabilities"].argmax(axis=1)]
    style = read["style_mean"].clip(-1, 1)
    noise = model.sample_latents(48, seed=4)[:, :4]
    latents_ = np.concatenate([noise, best, style], axis=1).astype("float32")
    np.testing.assert_allclose(made, model(latents_)[..., :2], atol=1e-6)
    assert (np.abs(read["style_mean"]) > 1).any()  # Or the range would not matter.
    np.testing.assert_array_equal(model.translate(sounds[:5], "sound", "image", seed=4), made[:5])
    assert (model.translate(sounds, "sound", "image", seed=5) != made).any()
    assert model.translate(IMAGES[..., :2], "image", "sound", seed=4).shape == (48, 4, 4, 1)


def test_splitting_samples(model):
    parts = model.split(IMAGES)
    np.testing.assert_array_equal(parts["image"], IMAGES[..., :2])
    np.testing.assert_array_equal(parts["sound"], IMAGES[..., 2:])


def test_unknown_modalities_and_samples_of_another_shape(model):
    with pytest.raises(ValueError, match=r"^Unknown modality 'sond': .*nearest: sound"):
        model.infer_codes_of("sond", IMAGES[..., 2:])
    with pytest.raises(ValueError, match=r"^Unknown modality 'picture'"):
        model.translate(IMAGES[..., 2:], "sound", "picture")
    with pytest.raises(ValueError, match=r"shape \(48, 4, 4, 3\), expected \(n, 4, 4, 2\)"):
        model.infer_codes_of("image", IMAGES)


# Mistakes


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"modalities": {"image": 2}}, "modalities must share the 3 channels"),
        ({"modalities": {"image": 2, "style": 1}}, "A modality cannot be called 'style'"),
        ({"modalities": {"images": 2, "sound": 1}}, "A modality cannot be called 'images'"),
        ({"modalities": {"image": 2, "voice": 1}}, r"must give 'codes_voice' \(batch, 5\)"),
    ],
)
def test_modalities_that_do_not_fit(arguments, message):
    with pytest.raises(ValueError, match=message):
        small(**arguments)


def test_a_discriminator_without_reliance_and_weights_without_names():
    generator, discriminator = networks(without=["modality_weights"])
    with pytest.raises(ValueError, match=r"must give 'modality_weights' \(batch, 2\)"):
        models.MultimodalInfoGAN(generator, discriminator, LATENT, modalities=MODALITIES)
    with pytest.raises(ValueError, match=r"must name each of \['image', 'sound'\], got \['image'"):
        terms(lambda_modalities={"image": 1.0})


# The recipe


def tiny(**arguments):
    sizes = {"width": 4, "features": 8, "noise": 3, "categories": 3, "run_eagerly": True}
    return recipes.multimodal_infogan((8, 8, 2), **{**sizes, **arguments})


PAIRS = np.random.default_rng(0).integers(0, 256, (32, 8, 8, 2), "uint8")


@pytest.mark.slow
def test_a_loaded_model_continues_as_the_original(tmp_path):
    model = tiny(lambda_modalities={"image": 2.0, "sound": 1.0}, posterior="mixture", continuous=1)
    model.fit(PAIRS, batch_size=8, steps_per_epoch=2, verbose=0)
    model.save(tmp_path / "game.keras")
    loaded = keras.models.load_model(tmp_path / "game.keras")
    assert loaded.get_compile_config() == model.get_compile_config()
    assert loaded.modalities == model.modalities
    (own,) = (term for term in loaded.terms if isinstance(term, ModalityInformation))
    assert own.weights_by_modality == {"image": 2.0, "sound": 1.0}
    assert_same_state(model, loaded)
    histories = [
        each.fit(PAIRS, batch_size=8, steps_per_epoch=2, verbose=0).history
        for each in (model, loaded)
    ]
    assert histories[0] == histories[1]
    assert {"cross_modal_information_nats", "modality_weights_sound"} <= set(histories[0])
    assert_same_state(model, loaded)


def test_channels_are_modalities_where_none_are_named():
    names = {1: ["image"], 3: ["modality_0", "modality_1", "modality_2"]}
    for channels, expected in names.items():
        model = recipes.multimodal_infogan(
            (8, 8, channels), width=2, features=4, noise=2, moving_average=None
        )
        assert list(model.modalities) == expected
        assert model.latent.parts["noise"].dimension == 2 * channels
        terms = [term.outputs for term in model.discriminator_regularizers]
        assert terms == ([tuple(f"codes_{m}" for m in expected)] if channels > 1 else [])


@pytest.mark.slow
def test_two_replicas_equal_one_device():
    found = []
    for strategy in (tf.distribute.get_strategy(), MIRRORED):
        with strategy.scope():
            model = tiny(
                run_eagerly=False, synchronized=True, optimizer="adagrad", learning_rate=5e-3
            )
        before = model.get_weights()
        history = model.fit(PAIRS, batch_size=8, steps_per_epoch=2, verbose=0).history
        found.append((history, model.get_weights()))
    assert max(np.abs(a - b).max() for a, b in zip(before[:-1], found[1][1], strict=False)) > 0.01
    for name, values in found[0][0].items():
        assert values == pytest.approx(found[1][0][name], abs=1e-4), name
    for ours, theirs in zip(found[0][1], found[1][1], strict=True):
        np.testing.assert_allclose(ours, theirs, atol=2e-4)


@pytest.mark.slow
def test_an_export_answers_for_each_modality(tmp_path):
    model = tiny(continuous=1)
    model.fit(PAIRS, batch_size=8, steps_per_epoch=2, verbose=0)
    folder = model.export(tmp_path / "pairs")
    seeds = np.array([3, -1], "int64")
    codes = {"category": np.eye(3, dtype="float32")[:2], "style": np.float32([[0.5], [-1]])}
    pairs = PAIRS[:2].astype("float32") / 127.5 - 1
    inputs = {
        "generate": {"seed": seeds, **codes},
        "generate_image": {"seed": seeds, **codes},
        "generate_sound": {"seed": seeds, **codes},
        "infer_codes": {"images": pairs},
        "infer_codes_image": {"image": pairs[..., :1]},
        "infer_codes_sound": {"sound": pairs[..., 1:]},
    }
    served = dict(zip(inputs, run_signatures(folder, list(inputs.items())), strict=True))
    both = served["generate"]["images"]
    np.testing.assert_allclose(served["generate_image"]["image"], both[..., :1], atol=1e-6)
    np.testing.assert_allclose(served["generate_sound"]["sound"], both[..., 1:], atol=1e-6)
    noise = np.concatenate([model.sample_latents(1, seed=int(s))[:, :6] for s in seeds])
    drawn = model(np.concatenate([noise, *codes.values()], axis=1).astype("float32"))
    np.testing.assert_allclose(both, drawn, atol=1e-5)
    for name, found in (
        ("infer_codes", model.infer_codes(pairs)),
        ("infer_codes_image", model.infer_codes_of("image", pairs[..., :1])),
        ("infer_codes_sound", model.infer_codes_of("sound", pairs[..., 1:])),
    ):
        assert served[name].keys() == found.keys()
        for key, value in found.items():
            np.testing.assert_allclose(served[name][key], value, atol=1e-5)
