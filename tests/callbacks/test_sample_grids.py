import keras
import numpy as np
import pytest
from PIL import Image

from support.small_models import CODES, IMAGES, NOISE, compiled, small_model
from tfgan_it import datasets, recipes, visualization
from tfgan_it.callbacks import CodeTraversal, Pictures, SampleGrid


def read(path):
    with Image.open(path) as image:
        assert image.format == "PNG"
        return np.asarray(image)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


class Steps(Pictures):
    """Draws one grey pixel, whose brightness is the step; remembers when it drew."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.drew_at = []

    def draw(self):
        self.drew_at.append(self.model.trained_steps)
        return {"a": self.pixel(), "b": self.pixel()}

    def pixel(self):
        return np.full((1, 1, 3), self.model.trained_steps, "uint8")


@pytest.fixture(scope="module")
def models():
    """A model without and one with codes, at step 0 before each test."""
    return {latent: compiled(small_model(latent)) for latent in (NOISE, CODES)}


def fit(model, *watching, **kwargs):
    model.step.assign(0)
    options = {"steps_per_epoch": 5, "batch_size": 16, "verbose": 0, **kwargs}
    model.fit(IMAGES, callbacks=list(watching), **options)


def test_draws_every_so_many_steps_and_the_end(models, tmp_path):
    fit(models[NOISE], Steps(tmp_path / "made" / "here", every=2))
    folder = tmp_path / "made" / "here"
    drawn = [f"{name}-00000{step}.png" for name in "ab" for step in (2, 4, 5)]
    assert names(folder) == drawn
    for name in drawn:
        assert read(folder / name).tolist() == [[[int(name[-5])] * 3]]


def test_draws_no_step_twice(models, tmp_path):
    watching = Steps(tmp_path, every=2), Steps(tmp_path)
    fit(models[NOISE], *watching, steps_per_epoch=4)
    assert [watch.drew_at for watch in watching] == [[2, 4], [4]]


def test_draws_each_epoch_by_default(models, tmp_path):
    fit(models[NOISE], Steps(tmp_path), epochs=2, steps_per_epoch=3)
    assert names(tmp_path) == [f"{name}-00000{step}.png" for name in "ab" for step in (3, 6)]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("every", "at_once", "expected"),
    [(20, 1, [1, 10, 20, 24]), (10, 1, [1, 10, 20, 24]), (1000, 1, [1, 10, 24]), (2, 1, None)]
    + [(20, 4, [4, 12, 20, 24]), (None, 1, [24])],
)
def test_early_pictures_come_after_powers_of_ten_steps(tmp_path, every, at_once, expected):
    model = compiled(small_model(), steps_per_execution=at_once)
    watch = Steps(tmp_path, every=every, early=True)
    fit(model, watch, steps_per_epoch=24)
    assert watch.drew_at == (expected or [1, *range(2, 25, 2)])


def test_a_resumed_run_draws_no_early_picture_again(models, tmp_path):
    watch = Steps(tmp_path, every=100, early=True)
    fit(models[NOISE], watch, steps_per_epoch=3)
    models[NOISE].fit(IMAGES, batch_size=16, steps_per_epoch=9, verbose=0, callbacks=[watch])
    assert watch.drew_at == [1, 3, 10, 12]


def test_pictures_are_recorded_too(models, tmp_path):
    seen = []
    watch = Steps(tmp_path, every=2, record=lambda *picture: seen.append(picture))
    fit(models[NOISE], watch, steps_per_epoch=2)
    assert [(name, step, picture.tolist()) for name, step, picture in seen] == [
        ("a", 2, [[[2, 2, 2]]]),
        ("b", 2, [[[2, 2, 2]]]),
    ]
    for kind in (SampleGrid, CodeTraversal):
        watch = kind(tmp_path, 2, early=True, record=print)
        assert watch.early and watch.record is print
    with pytest.raises(ValueError, match="early must be True or False"):
        SampleGrid(tmp_path, early="soon")


def test_does_not_draw_a_stopped_end(models, tmp_path):
    model = models[NOISE]

    def stop(batch, logs):
        model.stop_training = batch == 1

    watching = [Steps(tmp_path / "each", every=1), Steps(tmp_path, every=4)]
    fit(model, *watching, keras.callbacks.LambdaCallback(on_train_batch_end=stop))
    assert names(tmp_path) == ["each"]
    assert len(names(tmp_path / "each")) == 2 * 2


def test_sample_grid(models, tmp_path):
    model = models[NOISE]
    grids = [SampleGrid(tmp_path / str(seed), every=3, seed=seed, n=6) for seed in (0, 4)]
    fit(model, *grids)
    assert names(tmp_path / "4") == ["samples-000003.png", "samples-000005.png"]
    for seed in (0, 4):
        last = read(tmp_path / str(seed) / "samples-000005.png")
        np.testing.assert_array_equal(last, visualization.grid(model.generate(6, seed=seed)))
    assert (tmp_path / "0" / "samples-000005.png").read_bytes() != (
        tmp_path / "4" / "samples-000005.png"
    ).read_bytes()


def test_code_traversal(models, tmp_path):
    model = models[CODES]
    fit(model, CodeTraversal(tmp_path, every=3, seed=3, rows=2))
    assert names(tmp_path) == ["traversal-000003.png", "traversal-000005.png"]
    expected = visualization.stacked(visualization.code_traversal(model, 2, seed=3))
    np.testing.assert_array_equal(read(tmp_path / "traversal-000005.png"), expected)


def test_code_traversal_of_a_model_without_codes_shows_its_noise(models, tmp_path):
    watch = CodeTraversal(tmp_path, rows=1)
    watch.set_model(models[NOISE])
    picture = watch.draw()["traversal"]
    # Six columns of noise, each a titled row of ten images of 40 pixels.
    assert picture.shape == (6 * (16 + 44), 10 * 42 + 2, 3)


def test_what_cannot_be_drawn_is_reported_once(models, tmp_path):
    model, said = models[NOISE], []

    class Refusing(Steps):
        def obstacle(self):
            return "it is dark"

    fit(model, Refusing(tmp_path, every=2, print_fn=said.append))
    assert said == ["Refusing draws nothing: it is dark"]
    assert names(tmp_path) == []


class Translating:
    latent, name, value_range = None, "cyclegan", (-1.0, 1.0)
    targets, paired = ("a", "b"), False

    def translate(self, x, to):
        return x


def test_a_model_that_translates_shows_samples_beside_their_translations(tmp_path):
    for watch in (SampleGrid(tmp_path), CodeTraversal(tmp_path)):
        watch.set_model(Translating())
        assert watch.obstacle() == "cyclegan makes samples of other samples, not of a latent"
    samples = {"a": IMAGES[:5], "b": IMAGES[5:]}
    watch = SampleGrid(tmp_path, n=3, samples=samples)
    watch.set_model(Translating())
    assert watch.obstacle() is None
    shown = {"a": IMAGES[:3], "b": IMAGES[5:8]}
    expected = visualization.translations(Translating(), shown)
    np.testing.assert_array_equal(watch.draw()["samples"], expected)


@pytest.mark.slow
def test_sounds_are_written_beside_their_picture(tmp_path):
    model = recipes.wave_gan((64, 1), width=2, noise=3, discriminator_steps=1, rate=4000)
    sounds = np.random.default_rng(0).uniform(-1, 1, (16, 64, 1)).astype("float32")
    grids = SampleGrid(tmp_path, every=1, n=4), CodeTraversal(tmp_path)
    model.fit(sounds, batch_size=8, steps_per_epoch=1, verbose=0, callbacks=[*grids])
    assert names(tmp_path) == [f"samples-000001.{x}" for x in ("png", "wav")] + [
        "traversal-000001.png"
    ]
    heard, rate = datasets.read_wav(tmp_path / "samples-000001.wav")
    assert rate == 4000
    np.testing.assert_allclose(heard, visualization.sample_sounds(model, 4), atol=1e-4)
