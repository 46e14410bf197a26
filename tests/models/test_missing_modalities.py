"""InfoGAN of a picture, a sound and a word: any of them given, any of them missing."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from support.replicas import MIRRORED
from support.savedmodel_client import run_signatures
from support.small_models import assert_same_state
from tfgan_it import recipes
from tfgan_it.datasets import Vocabulary, hide_modalities
from tfgan_it.layers import PosteriorFusion
from tfgan_it.losses import VariationalMutualInformation
from tfgan_it.terms import Term

VOCABULARY = Vocabulary("abc")
N = 48
RNG = np.random.default_rng(0)
SAMPLES = {
    "image": RNG.integers(0, 256, (N, 8, 8, 1), "uint8"),
    "sound": RNG.integers(0, 256, (N, 8, 12, 1), "uint8"),
    "word": VOCABULARY.one_hot([("abc", "ca", "b")[i % 3] for i in range(N)], 3),
}
HIDDEN = hide_modalities(SAMPLES, 0.4, seed=1)


def tiny(data=SAMPLES, **arguments):
    sizes = {"width": 2, "features": 8, "noise": 2, "categories": 3, "run_eagerly": True}
    shapes = {name: x.shape[1:] for name, x in data.items()}
    model = recipes.multimodal_infogan(
        shapes, vocabulary=VOCABULARY, **{**sizes, "moving_average": None, **arguments}
    )
    random = np.random.default_rng(1)
    for network in (model.generator, model.discriminator):
        for variable in network.trainable_variables:  # New posteriors are all but constant.
            variable.assign(variable + random.normal(0, 0.1, variable.shape))
    return model


@pytest.fixture(scope="module", params=["product", "attention"])
def model(request):
    return tiny(posterior=request.param, continuous=1)


@pytest.fixture(scope="module")
def incomplete():
    return tiny(HIDDEN)


@pytest.mark.parametrize(
    ("arguments", "weight"),
    [
        ({}, 0.0),
        ({"cross_modal_weight": 0.0}, 1.0),
        ({"data": {"image": SAMPLES["image"]}}, 1.0),
        ({"recognition_weight": 0.5}, 0.5),
        ({"recognition_weight": 0.5, "cross_modal_weight": 0.0}, 0.5),
    ],
)
def test_the_category_is_learned_from_real_pairs_if_there_are_any(arguments, weight):
    model = tiny(continuous=1, **arguments)
    for term in model.terms:
        assert term.recognition_weights == {"category": weight, "style": 1}
    with pytest.raises(ValueError, match="recognition_weight must be .*, got -1"):
        tiny(**{**arguments, "recognition_weight": -1.0})


@pytest.mark.examples(1)
@pytest.mark.parametrize(("posterior", "part"), [("attention", "query/"), ("mixture", "_score/")])
def test_what_weighs_modalities_learns_on_real_samples(posterior, part):
    # In the generated ones, from which recognition learns nothing, all tell the same.
    model = tiny(HIDDEN, posterior=posterior)
    weights = [v for v in model.discriminator.trainable_variables if f"{part}kernel" in v.path]
    before = [v.numpy() for v in weights]
    logs = model.train_on_batch(HIDDEN, return_dict=True)
    assert before and "joint_information_nats" in logs
    for old, new in zip(before, weights, strict=True):
        assert np.abs(new.numpy() - old).max() > 1e-5


def scaled(samples):
    return {k: x / np.float32(127.5) - 1 if x.dtype == "uint8" else x for k, x in samples.items()}


@pytest.mark.examples(1)
def test_codes_are_inferred_from_any_modalities(model):
    outputs = {k: np.asarray(v) for k, v in model.discriminator(scaled(SAMPLES)).items()}
    codes = model.latent.codes
    for given in (["image"], ["sound", "image"], ["word", "sound"], ["image", "sound", "word"]):
        names = [m for m in SAMPLES if m in given]
        found = model.infer_codes({m: SAMPLES[m] for m in given}, batch_size=20)
        parameters = [outputs[f"codes_{m}"] for m in names]
        kind = model.fusion.posterior
        if kind == "mixture" and len(names) not in (1, 3):
            continue  # Attention sees what is not given, too: its weights are not those of all.
        columns = [list(SAMPLES).index(m) for m in names]
        scores = np.log(outputs["modality_weights"][:, columns])
        fused, _ = PosteriorFusion(codes, kind)(parameters, scores)
        for key, value in codes.posterior(fused).items():
            np.testing.assert_allclose(found[key], value, atol=1e-4)


def test_all_modalities_given_by_name_are_a_sample(model):
    a, b = model.infer_codes(SAMPLES), model.infer_codes(dict(reversed(SAMPLES.items())))
    for key in a:
        np.testing.assert_allclose(a[key], b[key], atol=1e-5)
    weights = model.modality_weights({m: SAMPLES[m] for m in ("word", "image")})
    assert list(weights) == list(SAMPLES) and not weights["sound"].any()
    np.testing.assert_allclose(weights["image"] + weights["word"], 1, atol=1e-5)


@pytest.mark.examples(1)
def test_samples_are_completed_from_what_is_given(model):
    given = {m: SAMPLES[m][:5] for m in ("sound", "word")}
    made = model.generate_from(given, seed=3)
    assert {m: x.shape for m, x in made.items()} == {m: x[:5].shape for m, x in SAMPLES.items()}
    read = model.infer_codes(given)
    best = np.eye(3)[read["category_probabilities"].argmax(axis=1)]
    noise = model.sample_latents(5, seed=3)[:, :6]
    style = read["style_mean"].clip(-1, 1)
    expected = model(np.concatenate([noise, best, style], axis=1).astype("float32"))
    for name, x in made.items():
        np.testing.assert_allclose(x, expected[name], atol=1e-5)
    one = model.translate(given["sound"], "sound", "word", seed=3)
    np.testing.assert_array_equal(one, model.generate_from({"sound": given["sound"]}, 3)["word"])
    words = model.text_vocabulary.decode(one)
    assert len(words) == 5 and model.vocabulary is None


@pytest.mark.examples(1)
def test_the_information_of_each_set_of_modalities(model):
    found = model.subset_information(40, seed=5)
    names = ["image", "sound", "word", "image+sound", "image+word", "sound+word"]
    assert list(found) == [*names, "image+sound+word", "co_information"]
    latents = model.sample_latents(40, seed=5)
    samples, codes = model(latents), latents[:, 6:]
    measure = VariationalMutualInformation(model.latent.codes)
    outputs = model.discriminator(samples)
    for name, key in (("word", "codes_word"), ("image+sound+word", "codes")):
        expected = sum(np.mean(v) for v in measure.per_code(codes, outputs[key]).values())
        assert found[name] == pytest.approx(float(expected), abs=1e-4)
    signs = np.array([1, 1, 1, -1, -1, -1, 1])
    assert found["co_information"] == pytest.approx(signs @ [*found.values()][:7], abs=1e-6)


def test_what_is_missing_of_real_samples_is_missing_of_generated_ones(incomplete):
    shown = []

    def discriminate(samples, *args, **kwargs):
        shown.append({name: np.asarray(x) for name, x in samples.items()})
        return original(samples, *args, **kwargs)

    original = incomplete.discriminate
    incomplete.discriminate = discriminate
    try:
        incomplete.train_on_batch({k: x[:8] for k, x in HIDDEN.items()})
    finally:
        incomplete.discriminate = original
    assert len(shown) == 3
    for samples in shown:
        np.testing.assert_array_equal(samples["present"], HIDDEN["present"][:8])
    assert np.asarray(incomplete.generate(3, seed=0)["present"]).all()


class Watcher(Term):
    """Keeps the batch of an evaluation."""

    def evaluate(self, step):
        self.batch = step.batch
        return {}


def test_the_information_of_a_modality_is_that_of_samples_that_have_it():
    watcher = Watcher()
    model = tiny(HIDDEN, generator_regularizers=[watcher])
    part = {k: x[:8] for k, x in HIDDEN.items()}
    found = model.evaluate(part, batch_size=8, verbose=0)
    batch = watcher.batch
    codes = model.latent.codes_from_latents(batch.latents)
    measure = VariationalMutualInformation(model.latent.codes)
    outputs = model.discriminate(batch.generated)
    for name, there in zip(SAMPLES, part["present"].T > 0, strict=True):
        assert 0 < there.sum() < 8
        nats = sum(measure.per_code(codes, outputs[f"codes_{name}"]).values()).numpy()
        assert found[f"information_nats_{name}"] == pytest.approx(nats[there].mean(), abs=1e-5)
        np.testing.assert_allclose(nats[~there], 0, atol=1e-6)
        weights = outputs["modality_weights"][:, list(SAMPLES).index(name)]
        assert found[f"modality_weights_{name}"] == pytest.approx(np.mean(weights), abs=1e-5)


def test_a_model_of_incomplete_samples_takes_complete_and_partial_ones(incomplete):
    partial = {"image": SAMPLES["image"], "word": SAMPLES["word"]}
    there = np.tile(np.float32([1, 0, 1]), (N, 1))
    whole = {**SAMPLES, "present": there}
    for a, b in zip(
        incomplete.infer_codes(partial).values(),
        incomplete.infer_codes(whole).values(),
        strict=True,
    ):
        np.testing.assert_allclose(a, b, atol=1e-4)
    weights = incomplete.modality_weights(partial)
    np.testing.assert_allclose(
        incomplete.modality_weights(whole)["word"], weights["word"], atol=1e-4
    )


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, r"^All modalities are missing: give at least one of image, sound, word\.$"),
        ({"sond": SAMPLES["sound"]}, r"^Unknown modality 'sond': .*nearest: sound"),
        ({"image": SAMPLES["image"], "word": SAMPLES["word"][:9]}, "got 48 image, 9 word"),
        ({"word": SAMPLES["word"][:, :2]}, r"shape \(48, 2, 4\), expected \(n, 3, 4\)"),
    ],
)
def test_what_cannot_be_given_is_one_line(model, given, message):
    for method in (model.infer_codes, model.generate_from, model.modality_weights):
        with pytest.raises(ValueError, match=message) as error:
            method(given)
        assert "\n" not in str(error.value)


@pytest.mark.parametrize("row", [[0, 0, 0], [0.5, 1, 1]])
def test_masks_that_are_none_are_one_line(incomplete, row):
    present = HIDDEN["present"].copy()
    present[7] = row
    with pytest.raises(ValueError, match=r"^present must be 1 .* for sample 7\.$"):
        incomplete.fit({**HIDDEN, "present": present}, batch_size=8, verbose=0)


def test_the_vocabulary_must_fit_and_the_name_present_is_taken():
    with pytest.raises(ValueError, match="the vocabulary has 4 tokens, sample_shape 5"):
        recipes.multimodal_infogan(
            {"image": (8, 8, 1), "word": (3, 5)}, width=2, features=4, vocabulary=VOCABULARY
        )
    with pytest.raises(ValueError, match="unknown characters|vocabulary lacks"):
        VOCABULARY.one_hot(["xyz"], 3)


@pytest.mark.slow
@pytest.mark.parametrize("posterior", ["product", "attention"])
def test_a_loaded_model_continues_as_the_original(posterior, tmp_path):
    model = tiny(HIDDEN, posterior=posterior, moving_average=0.5)
    model.fit(HIDDEN, batch_size=8, steps_per_epoch=2, verbose=0)
    model.save(tmp_path / "three.keras")
    loaded = keras.models.load_model(tmp_path / "three.keras")
    assert loaded.get_compile_config() == model.get_compile_config()
    assert loaded.modalities == {"image": 1, "sound": 1, "word": 4}
    assert loaded.text_vocabulary.characters == "abc"
    assert_same_state(model, loaded)
    for each in (model, loaded):
        each.fit(HIDDEN, batch_size=8, steps_per_epoch=2, verbose=0)
    assert_same_state(model, loaded)


@pytest.mark.slow
def test_two_replicas_equal_one_device():
    found = []
    for strategy in (tf.distribute.get_strategy(), MIRRORED):
        with strategy.scope():
            model = tiny(
                HIDDEN,
                run_eagerly=False,
                synchronized=True,
                optimizer="adagrad",
                learning_rate=5e-3,
            )
        history = model.fit(HIDDEN, batch_size=8, steps_per_epoch=2, verbose=0).history
        found.append((history, model.get_weights()))
    for name, values in found[0][0].items():
        assert values == pytest.approx(found[1][0][name], abs=2e-4), name
    for ours, theirs in zip(found[0][1], found[1][1], strict=True):
        np.testing.assert_allclose(ours, theirs, atol=3e-4)


@pytest.mark.slow
@pytest.mark.parametrize("data", [SAMPLES, HIDDEN])
def test_an_export_answers_from_any_two(data, tmp_path):
    model = tiny(data, posterior="attention")
    folder = model.export(tmp_path / "three")
    x = {name: part[:2] for name, part in scaled(SAMPLES).items()}
    seeds = np.array([3, -1], "int64")
    codes = {"category": np.eye(3, dtype="float32")[:2]}
    inputs = {
        "generate": {"seed": seeds, **codes},
        "generate_word": {"seed": seeds, **codes},
        "infer_codes_sound": {"sound": x["sound"]},
        "infer_codes_image_word": {"image": x["image"], "word": x["word"]},
    }
    served = dict(zip(inputs, run_signatures(folder, list(inputs.items())), strict=True))
    np.testing.assert_allclose(
        served["generate_word"]["word"], served["generate"]["word"], atol=1e-5
    )
    assert set(served["generate"]) == set(data)
    for name, given in inputs.items():
        if name.startswith("infer_codes"):
            for key, value in model.infer_codes(given).items():
                np.testing.assert_allclose(served[name][key], value, atol=1e-5)
