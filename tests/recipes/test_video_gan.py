"""MoCoGAN: defaults, replicas, resumption, files, an export, pictures, factors."""

import numpy as np
import pytest
from PIL import Image

from support.replicas import assert_replicas_equal_one_device
from support.savedmodel_client import run_signatures
from tfgan_it import latents, losses, model_files, recipes, visualization
from tfgan_it.regularizers import CodeInformation

SHAPE = (4, 8, 8, 1)
VIDEOS = np.random.default_rng(0).integers(0, 256, (24, *SHAPE), "uint8")
SMALL = {"width": 2, "content": 3, "motion": 2, "path": 4, "content_categories": 3}


def small(**hyperparameters):
    return recipes.video_gan(SHAPE, **{**SMALL, "motion_categories": 2, **hyperparameters})


def train(model, steps=2):
    return model.fit(VIDEOS, batch_size=8, steps_per_epoch=steps, verbose=0).history


def test_published_defaults():
    model = recipes.video_gan((4, 8, 8, 1))
    assert isinstance(model.adversarial_loss, losses.NonSaturating)
    assert repr(model.latent) == repr(
        latents.Product(noise=latents.Normal(50 + 4 * 10), motion=latents.Categorical(6))
    )
    (term,) = model.terms
    assert isinstance(term, CodeInformation) and term.lambda_information == 1.0
    for optimizer in (model.generator_optimizer, model.discriminator_optimizer):
        assert float(optimizer.learning_rate) == pytest.approx(2e-4)
        assert (optimizer.beta_1, optimizer.beta_2) == (0.5, 0.999)
    assert model.discriminator_steps == 1 and model.name == "video_gan"
    assert model.citations[0].startswith("Tulyakov")


def test_the_loss_is_the_sum_of_that_of_frames_and_that_of_videos():
    model = small(content_categories=0, motion_categories=0, moving_average=None)
    assert model.terms == [] and list(model.latent.parts) == ["noise"]
    measured = model.evaluate(VIDEOS, batch_size=24, verbose=0)
    real = model.discriminate(model.scale(VIDEOS))["logits"]
    assert {name: logits.shape for name, logits in real.items()} == {
        "image": (24, 4, 1),
        "video": (24,),
    }
    assert np.isfinite(list(measured.values())).all()


@pytest.mark.examples(1)
@pytest.mark.parametrize("codes", [(3, 2), (0, 2), (3, 0)])
def test_both_networks_learn(codes):
    sizes = dict(zip(("content_categories", "motion_categories"), codes, strict=True))
    model = small(**sizes, run_eagerly=True)
    before = [variable.numpy() for variable in model.trainable_variables]
    history = train(model)
    assert np.isfinite(list(history.values())).all()
    named = [name for name, size in zip(("content", "motion"), codes, strict=True) if size]
    assert [f"information_nats_{name}" in history for name in named] == [True] * len(named)
    for old, variable in zip(before, model.trainable_variables, strict=True):
        if variable.name in ("kernel", "recurrent_kernel"):
            assert not np.array_equal(old, variable.numpy()), variable.path


@pytest.mark.slow
def test_two_replicas_equal_one_device():
    assert_replicas_equal_one_device(
        lambda: small(moving_average=0.5, synchronized=True),
        lambda model: train(model, steps=3),
    )


@pytest.mark.slow
def test_a_file_continues_as_the_model_would(tmp_path):
    model = small()
    train(model, steps=2)
    model.save(tmp_path / "video.keras")
    again = model_files.load_model(tmp_path / "video.keras")
    np.testing.assert_array_equal(again.generate(5, seed=1), model.generate(5, seed=1))
    for each in (model, again):
        train(each, steps=2)
    for ours, theirs in zip(model.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.slow
def test_an_export_gives_the_same_videos(tmp_path):
    model = small()
    path = model.export(tmp_path / "video")
    [answer] = run_signatures(path, [("sample", {"seed": np.arange(2)})])
    for seed, video in enumerate(answer["images"]):
        np.testing.assert_allclose(video, model.generate(1, seed=seed)[0], atol=1e-5)


def test_strips_and_animations(tmp_path):
    model = small()
    assert visualization.sample_grid(model, 16).ndim == 3  # Two strips.
    animations = visualization.code_animation(model, rows=2)
    assert {name: len(frames) for name, frames in animations.items()} == {
        "content": 4,
        "motion": 4,
    }
    middle = visualization.code_traversal(model, rows=2)
    for name, frames in animations.items():
        np.testing.assert_array_equal(frames[2], middle[name])
    path = visualization.save_animation(animations["motion"], tmp_path / "motion.gif")
    with Image.open(path) as image:
        assert image.n_frames == 4 and image.size == middle["motion"].shape[1::-1]
    images = recipes.dcgan((8, 8, 1), width=2)
    with pytest.raises(ValueError, match=r"^code_animation: dcgan makes .* not videos\.$"):
        visualization.code_animation(images)


@pytest.mark.parametrize(
    "shape, hyperparameters, message",
    [
        ((8, 8, 1), {}, r"^Videos must have a shape .* got \(8, 8, 1\)"),
        ((4, 9, 8, 1), {}, "divisible by 4"),
        (SHAPE, {"motion": 0}, "^video_gan: motion must be .* at least 1, got 0"),
        (SHAPE, {"motion_categories": -1}, "motion_categories must be .* at least 0, got -1"),
        (SHAPE, {"normalization": "layer"}, "normalization"),
    ],
)
def test_a_mistake_is_one_line(shape, hyperparameters, message):
    with pytest.raises(ValueError, match=message) as error:
        recipes.video_gan(shape, **SMALL | hyperparameters)
    assert "\n" not in str(error.value)
