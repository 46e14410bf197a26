"""Networks of several modalities: who sees what."""

import numpy as np
import pytest

from tfgan_it.latents import Categorical, Product, Uniform
from tfgan_it.networks import multimodal_discriminator, multimodal_generator
from tfgan_it.seeds import seeded_initializers

SHAPE = (8, 12, 3)
MODALITIES = {"image": 2, "sound": 1}
CODES = Product(category=Categorical(3), style=Uniform(1))
RNG = np.random.default_rng(0)


def generator(**arguments):
    with seeded_initializers(0):
        return multimodal_generator(
            SHAPE, 10, modalities=MODALITIES, codes=4, width=4, features=8, **arguments
        )


def discriminator(**arguments):
    with seeded_initializers(0):
        network = multimodal_discriminator(
            SHAPE, CODES, modalities=MODALITIES, width=4, features=8, hidden=8, **arguments
        )
    random = np.random.default_rng(1)
    for variable in network.trainable_variables:  # New ones are all but constant.
        variable.assign(random.normal(0, 0.4, variable.shape))
    return network


def test_modalities_share_the_code_and_nothing_else():
    network = generator()
    latents = RNG.uniform(-1, 1, (5, 10)).astype("float32")
    before = network(latents).numpy()
    assert before.shape == (5, *SHAPE) and np.abs(before).max() < 1

    def moved(columns):
        changed = latents.copy()
        changed[:, columns] += 0.5
        difference = np.abs(network(changed) - before).max(axis=(0, 1, 2))
        return difference[:2].max() > 0, difference[2] > 0

    assert moved(slice(0, 3)) == (True, False)
    assert moved(slice(3, 6)) == (False, True)
    assert moved(slice(6, 10)) == (True, True)


@pytest.mark.parametrize("encoder", ["shared", "separate"])
@pytest.mark.parametrize("posterior", ["product", "mixture"])
def test_each_posterior_sees_only_its_modality(encoder, posterior):
    network = discriminator(encoder=encoder, posterior=posterior)
    x = RNG.uniform(-1, 1, (4, *SHAPE)).astype("float32")
    before = network(x)
    assert {name: output.shape[1:] for name, output in before.items()} == {
        "logits": (1,),
        "codes": (5,),
        "modality_weights": (2,),
        "codes_image": (5,),
        "codes_sound": (5,),
    }
    np.testing.assert_allclose(np.sum(before["modality_weights"], axis=1), 1, atol=1e-6)
    changed = x.copy()
    changed[..., 2] = -changed[..., 2]
    after = network(changed)
    different = {name: not np.array_equal(before[name], after[name]) for name in before}
    assert not different.pop("codes_image")
    assert all(different.values())


def test_the_logit_sees_how_modalities_depend_on_each_other():
    network = discriminator()
    a, b = RNG.uniform(-1, 1, (2, 6, *SHAPE)).astype("float32")

    def logit(image, sound):
        return network(np.concatenate([image[..., :2], sound[..., 2:]], axis=-1))["logits"].numpy()

    # A sum of functions of one modality each would give 0.
    assert np.abs(logit(a, a) + logit(b, b) - logit(a, b) - logit(b, a)).max() > 1e-3


def test_a_separate_encoder_is_another_trunk():
    names = {layer.name for layer in discriminator(encoder="separate").layers}
    assert {"image_trunk", "image_encoder", "sound_trunk", "sound_encoder"} <= names
    assert "image_encoder" not in {layer.name for layer in discriminator().layers}


def test_a_single_modality():
    network = multimodal_discriminator(
        (8, 8, 1), CODES, modalities={"image": 1}, width=4, features=8
    )
    outputs = network(RNG.uniform(-1, 1, (3, 8, 8, 1)).astype("float32"))
    np.testing.assert_allclose(outputs["modality_weights"], 1)
    q = [
        CODES.posterior(outputs[name])["category_probabilities"]
        for name in ("codes", "codes_image")
    ]
    np.testing.assert_allclose(*q, atol=1e-6)
    assert multimodal_generator(
        (8, 8, 1), 6, modalities={"image": 1}, codes=4, width=4, features=8
    ).output_shape == (None, 8, 8, 1)


def test_mistakes():
    with pytest.raises(ValueError, match=r"^Unknown encoder 'seperate': .*nearest: separate"):
        discriminator(encoder="seperate")
    with pytest.raises(ValueError, match="9 columns of noise cannot be shared evenly by 2"):
        multimodal_generator(SHAPE, 13, modalities=MODALITIES, codes=4)


# Parts of a dict, of which some may be missing

PARTS = {"image": (8, 8, 1), "sound": (8, 12, 1), "word": (5, 4)}


def sample(n=3):
    return {
        "image": RNG.uniform(-1, 1, (n, 8, 8, 1)).astype("float32"),
        "sound": RNG.uniform(-1, 1, (n, 8, 12, 1)).astype("float32"),
        "word": np.eye(4, dtype="float32")[RNG.integers(0, 4, (n, 5))],
    }


def of_parts(posterior, missing):
    shapes = {**PARTS, "present": (3,)} if missing else PARTS
    with seeded_initializers(0):
        network = multimodal_discriminator(
            shapes, CODES, width=2, features=8, hidden=8, posterior=posterior
        )
    random = np.random.default_rng(1)
    for variable in network.trainable_variables:
        variable.assign(random.normal(0, 0.4, variable.shape))
    return network


def test_a_generator_of_parts_makes_complete_samples():
    with seeded_initializers(0):
        network = multimodal_generator({**PARTS, "present": (3,)}, 10, codes=4, width=2, features=8)
    made = network(RNG.uniform(-1, 1, (3, 10)).astype("float32"))
    assert {name: x.shape[1:] for name, x in made.items()} == {**PARTS, "present": (3,)}
    np.testing.assert_allclose(np.sum(made["word"], axis=-1), 1, atol=1e-6)
    np.testing.assert_array_equal(made["present"], np.ones((3, 3)))


@pytest.mark.parametrize("posterior", ["product", "mixture", "attention"])
def test_what_is_missing_is_not_seen(posterior):
    network, x = of_parts(posterior, missing=True), sample()
    present = np.array([[1, 0, 1], [0, 1, 1], [1, 1, 0]], "float32")
    before = network({**x, "present": present})
    other = sample()
    for name, there in zip(x, present.T, strict=True):
        there = there.reshape(-1, *[1] * (x[name].ndim - 1))
        other[name] = there * x[name] + (1 - there) * other[name]
    after = network({**other, "present": present})
    for name in before:
        np.testing.assert_allclose(before[name], after[name], atol=1e-5)
    np.testing.assert_allclose(before["modality_weights"][0, 1], 0, atol=1e-6)
    absent = CODES.posterior(before["codes_sound"][:1])["category_probabilities"]
    np.testing.assert_allclose(absent, [[1 / 3] * 3], atol=1e-5)
    # A head of the other two remains, and what it says of them.
    assert np.abs(before["logits"]).max() > 1e-3


def test_attention_weighs_by_what_the_others_show():
    x = sample()
    changed = {**x, "word": np.roll(x["word"], 1, axis=-1)}
    ratios = {}
    for posterior in ("mixture", "attention"):
        network = of_parts(posterior, missing=False)
        weights = [np.asarray(network(each)["modality_weights"]) for each in (x, changed)]
        ratios[posterior] = [w[:, 0] / w[:, 1] for w in weights]
    np.testing.assert_allclose(*ratios["mixture"], rtol=1e-4)
    assert np.abs(np.log(ratios["attention"][0] / ratios["attention"][1])).max() > 1e-2


def test_a_posterior_of_parts_sees_only_its_own():
    network, x = of_parts("attention", missing=False), sample()
    before, after = network(x), network({**x, "word": np.roll(x["word"], 1, axis=-1)})
    same = {name: np.array_equal(before[name], after[name]) for name in before}
    assert {name for name in same if same[name]} == {"codes_image", "codes_sound"}
