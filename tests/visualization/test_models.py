import numpy as np
import pytest

from support.pictures import cut, drawn, images_of
from support.small_models import CODES, NOISE, small_model
from tfgan_it import conditions, latents, visualization
from tfgan_it.datasets import scale_images, to_uint8


class Recorder:
    """A model that keeps the latents it is asked about; it makes 4x4 images."""

    conditions, sample_shape, value_range = None, (4, 4, 1), (-1.0, 1.0)

    def __init__(self, latent):
        self.latent, self.asked = latent, []

    def sample_latents(self, n, seed):
        return np.asarray(self.latent.sample(n, seed=seed))

    def predict(self, asked, verbose=0):
        self.asked.append(np.asarray(asked))
        return np.zeros((len(asked), 4, 4, 1), "float32")


def test_a_traversal_changes_one_code_and_nothing_else():
    latent = latents.Product(
        noise=latents.Normal(2), category=latents.Categorical(3), style=latents.Uniform(2)
    )
    model = Recorder(latent)
    made = visualization.code_traversal(model, rows=4, steps=6, seed=5)
    samples = np.asarray(latent.sample(4, seed=5))
    assert len(np.unique(samples, axis=0)) == 4
    way = np.linspace(-1, 1, 6)[:, None]
    paths = {"category": ([2, 3, 4], np.eye(3)), "style_0": ([5], way), "style_1": ([6], way)}
    assert list(made) == list(paths)
    for (name, (columns, path)), asked in zip(paths.items(), model.asked, strict=True):
        expected = np.repeat(samples, len(path), axis=0)
        expected[:, columns] = np.tile(path, (4, 1))
        np.testing.assert_allclose(asked, expected, atol=1e-6)
        assert asked.dtype == np.float32
        # 4x4 images are shown ten times as large.
        assert made[name].shape == (4 * 42 + 2, len(path) * 42 + 2, 3)


def test_a_traversal_shows_what_the_model_makes_of_it():
    model = small_model(CODES)
    latents_ = model.sample_latents(2, 3)
    row = np.repeat(latents_[1:], 3, axis=0)
    row[:, 2:5] = np.eye(3)
    images = np.asarray(model(row))
    picture = visualization.code_traversal(model, rows=2, seed=3)["category"]
    for index, image in enumerate(to_uint8(images)):
        tile = cut(picture, 3 + index, 3, 40, 40, 2)[::10, ::10]
        assert np.abs(tile.astype(int) - image).max() <= 1


def test_a_traversal_shows_so_many_codes_and_columns_at_most():
    model = Recorder(latents.Normal(14))
    made = visualization.code_traversal(model, rows=2, steps=3)
    assert list(made) == [f"noise_{column}" for column in range(12)]
    assert len(model.asked) == 12
    latent = latents.Product(category=latents.Categorical(2), style=latents.Uniform(10))
    made = visualization.code_traversal(Recorder(latent), rows=1, steps=2, most=2)
    assert list(made) == ["category", "style_0"]


def test_a_traversal_shows_each_code():
    latent = latents.Product(category=latents.Categorical(2), style=latents.Uniform(10))
    made = visualization.code_traversal(Recorder(latent), rows=1, steps=2)
    assert list(made) == ["category", *(f"style_{column}" for column in range(10))]


def test_the_seed_makes_the_picture():
    model = small_model(CODES)
    first = visualization.sample_grid(model, 4, seed=1)
    np.testing.assert_array_equal(first, visualization.sample_grid(model, 4, seed=1))
    assert not np.array_equal(first, visualization.sample_grid(model, 4, seed=2))
    again = [visualization.code_traversal(model, 2, seed=1) for _ in range(2)]
    for name in again[0]:
        np.testing.assert_array_equal(again[0][name], again[1][name])
    other = visualization.code_traversal(model, 2, seed=2)
    assert not np.array_equal(other["category"], again[0]["category"])


def test_an_interpolation_is_a_closed_walk_along_straight_lines():
    model = Recorder(CODES)
    frames = visualization.interpolation(model, [4, 9, 2], frames=5)
    assert len(frames) == 3 * 5
    [asked] = model.asked
    stops = [np.asarray(CODES.sample(1, seed=seed))[0] for seed in (4, 9, 2, 4)]
    for index, latent in enumerate(asked):
        start, stop = stops[index // 5], stops[index // 5 + 1]
        np.testing.assert_allclose(latent, start + index % 5 / 5 * (stop - start), atol=1e-6)
    np.testing.assert_allclose(asked[:, 2:5].sum(axis=-1), 1, atol=1e-6)
    assert asked.dtype == np.float32


def test_an_interpolation_passes_the_images_of_its_seeds():
    model = small_model(NOISE)
    frames = visualization.interpolation(model, [4, 9], frames=3)
    for frame, seed in zip(frames[::3], [4, 9], strict=True):
        expected = visualization.grid(model.generate(1, seed=seed), gap=0)
        assert frame.shape == (40, 40, 3)
        assert np.abs(frame.astype(int) - expected).max() <= 1


@pytest.mark.parametrize("seeds", [[], [3]])
def test_an_interpolation_needs_two_seeds(seeds):
    with pytest.raises(ValueError, match=f"at least two seeds, got {len(seeds)}"):
        visualization.interpolation(Recorder(NOISE), seeds)


class Points(Recorder):
    """As Recorder, of points: the first two columns of the latents, ten times as large."""

    sample_shape = (2,)

    def predict(self, asked, verbose=0):
        self.asked.append(np.asarray(asked))
        return 10 * np.asarray(asked)[:, :2]

    def generate(self, n, seed):
        return self.predict(self.sample_latents(n, seed))


def test_a_sample_of_points_is_a_scatter_of_forty_times_as_many():
    model = Points(NOISE)
    picture = visualization.sample_grid(model, n=5, seed=2)
    expected = 10 * np.asarray(NOISE.sample(200, seed=2))[:, :2]
    np.testing.assert_array_equal(picture, visualization.scatter(expected))


def test_a_traversal_of_points_is_a_scatter_for_each_column():
    made = visualization.code_traversal(Points(NOISE), rows=3, steps=4)
    assert list(made) == [f"noise_{column}" for column in range(6)]
    assert {picture.shape for picture in made.values()} == {(240, 240, 3)}
    # The path of the first column is four points of each of three rows, that of the third is empty.
    assert drawn(made["noise_0"])[0] > 4 * drawn(made["noise_2"])[0] / 2


def test_an_interpolation_of_points_keeps_its_scale():
    model = Points(NOISE)
    frames = visualization.interpolation(model, [4, 9], frames=5)
    [asked] = model.asked
    limit = 1.05 * np.abs(10 * asked[:, :2]).max()
    for frame, latent in zip(frames, asked, strict=True):
        np.testing.assert_array_equal(frame, visualization.scatter([10 * latent[:2]], limit=limit))
        assert drawn(frame)[0] == 9


class Inverting:
    """Reconstructs an image as its negative."""

    value_range = (-1.0, 1.0)

    def reconstruct(self, images):
        return 1 - 2 * np.asarray(images, "float32") / 255


@pytest.mark.parametrize(("columns", "rows"), [(5, [5]), (3, [3, 2]), (9, [5])])
def test_below_each_row_of_images_stand_their_reconstructions(columns, rows):
    images = images_of(5)
    picture = visualization.reconstructions(Inverting(), images, columns=columns)
    columns = min(columns, 5)
    assert picture.shape == (2 * len(rows) * 42 + 2, columns * 52 + 2, 3)
    for index, image in enumerate(images):
        place = index // columns * 2 * columns + index % columns
        np.testing.assert_array_equal(cut(picture, place, columns, 40, 50, 2), image)
        below = cut(picture, place + columns, columns, 40, 50, 2)
        np.testing.assert_array_equal(below, 255 - image)
    if rows[-1] < columns:
        assert (cut(picture, 2 * columns + 2, columns, 40, 50, 2) == 255).all()


class Looking:
    """Its first query attends only to one corner, its second everywhere."""

    value_range, scale = (-1.0, 1.0), staticmethod(scale_images)

    def discriminate(self, images):
        maps = np.zeros((len(images), 2, 4, 4), "float32")
        maps[:, 0, 0, 0] = 1
        maps[:, 1] = 1 / 16
        return {"attention": maps}


def test_attention_is_red_where_a_query_looks():
    images = images_of(3, 40, 40)
    picture = visualization.attention_maps(Looking(), images, opacity=0.5)
    assert picture.shape == (3 * 42 + 2, 3 * 42 + 2, 3)
    for index, image in enumerate(images):
        tiles = [cut(picture, 3 * index + i, 3, 40, 40, 2) for i in range(3)]
        np.testing.assert_array_equal(tiles[0], image)
        half_red = 0.5 * image + np.array([127.5, 0, 0])
        # Around the centre of the corner's place; half a place beyond its border nothing is left.
        np.testing.assert_allclose(tiles[1][:5, :5], half_red[:5, :5], atol=1)
        np.testing.assert_array_equal(tiles[1][20:, 20:], image[20:, 20:])
        np.testing.assert_allclose(tiles[2], half_red, atol=1)


def test_without_attention_there_is_no_picture():
    message = (
        r"^attention_maps: the discriminator must give 'attention' \(see "
        r"networks.attention_infogan_discriminator\), got logits\.\Z"
    )
    with pytest.raises(ValueError, match=message):
        visualization.attention_maps(small_model(), np.zeros((2, 4, 4, 1), "float32"))


class Told(Recorder):
    """As Recorder; it makes images whose brightness is the condition's, a tenth of it."""

    def __init__(self, condition, sample_shape=(4, 4, 1), latent=NOISE):
        super().__init__(latent)
        self.conditions, self.sample_shape = conditions.get(condition), sample_shape
        self.name, self.told = "told", []

    def sample_conditions(self, n, seed):
        return self.conditions.sample(n, seed=seed)

    def generate(self, n, seed, conditions=None):
        if conditions is None:
            conditions = self.sample_conditions(n, seed)
        given = self.conditions.broadcast(conditions, n)
        return visualization.samples_from_latents(self, self.sample_latents(n, seed), given)

    def predict(self, dataset, verbose=0):
        made = []
        for ((z, y),) in dataset.as_numpy_iterator():
            self.asked.append(z)
            self.told.append(y)
            value = np.reshape(y, (len(z), -1))[:, 0]
            made.append(
                np.broadcast_to(
                    value.reshape(-1, *[1] * len(self.sample_shape)), (len(z), *self.sample_shape)
                )
            )
        return np.concatenate(made).astype("float32") / 10


@pytest.mark.parametrize(("n", "columns"), [(64, 6), (10, 1), (3, 1)])
def test_a_row_for_each_class(n, columns):
    model = Told(10)
    picture = visualization.sample_grid(model, n, seed=3)
    assert picture.shape == (10 * 42 + 2, columns * 42 + 2, 3)
    rows = picture[22::42, 22]
    np.testing.assert_array_equal(rows[:, 0], to_uint8(np.arange(10) / 10))
    latents_ = np.concatenate(model.asked).reshape(10, columns, 6)
    np.testing.assert_array_equal(latents_, np.broadcast_to(latents_[:1], latents_.shape))
    np.testing.assert_array_equal(latents_[0], model.sample_latents(columns, 3))


def test_at_most_twenty_classes():
    model = Told(1000)
    visualization.sample_grid(model, 64)
    assert np.concatenate(model.told).tolist() == np.repeat(np.arange(20), 3).tolist()


def test_points_of_a_class_have_its_color():
    model = Told(3, (2,))
    picture = visualization.sample_grid(model, 3)
    labels = np.repeat(np.arange(3), 40)
    expected = visualization.scatter(labels[:, None].repeat(2, 1) / 10, labels=labels)
    np.testing.assert_array_equal(picture, expected)


def test_given_conditions_are_those_of_the_samples():
    model = Told(conditions.Vector(2))
    given = np.linspace(0, 9, 12).reshape(6, 2)
    visualization.sample_grid(model, 4, conditions=given)
    np.testing.assert_allclose(np.concatenate(model.told), given[:4])


def test_an_image_stands_above_what_was_made_of_it():
    model = Told(conditions.Image((4, 4, 1)))
    given = np.full((3, 4, 4, 1), -1.0) + np.arange(3).reshape(3, 1, 1, 1) / 2
    picture = visualization.sample_grid(model, conditions=given)
    np.testing.assert_array_equal(picture, visualization.pairs(given, given / 10, 8))


def test_a_traversal_keeps_the_condition_of_a_row():
    model = Told(3)
    made = visualization.code_traversal(model, rows=4, steps=5)
    assert len(made) == 6
    for told in model.told:
        assert told.tolist() == np.repeat([0, 1, 2, 0], 5).tolist()
    visualization.code_traversal(model, rows=2, steps=2, conditions=2)
    assert model.told[-1].tolist() == [2, 2, 2, 2]


def test_conditions_with_a_prior_are_sampled_for_a_traversal():
    model = Told({"a": 5, "b": 4})
    model.predict = lambda dataset, verbose=0: [
        model.told.append(y) or np.zeros((8, 4, 4, 1)) for ((_, y),) in dataset.as_numpy_iterator()
    ][0]
    visualization.code_traversal(model, rows=4, steps=2, most=1, seed=5)
    drawn_ = model.conditions.sample(4, seed=5)
    assert model.told[0]["a"].tolist() == np.repeat(drawn_["a"], 2).tolist()


def test_a_walk_has_one_condition():
    model = Told(10)
    assert len(visualization.interpolation(model, [1, 2], frames=3, conditions=7)) == 6
    assert np.concatenate(model.told).tolist() == [7] * 6


@pytest.mark.parametrize("shape", [(3, 4), (2, 4, 4, 1), {"a": (2,), "b": (3, 4)}])
def test_samples_that_are_not_images(shape):
    def part(n, shape):
        if isinstance(shape, dict):
            return {name: part(n, each) for name, each in shape.items()}
        return np.zeros((n, *shape), "float32")

    model = Recorder(NOISE)
    model.sample_shape = shape
    model.predict = lambda asked, verbose=0: part(len(asked), shape)
    model.generate = lambda n, seed: part(n, shape)
    assert visualization.sample_grid(model).dtype == np.uint8
    made = visualization.code_traversal(model, rows=2, steps=3)
    assert all(picture.ndim == 3 for picture in made.values())
    assert len(visualization.interpolation(model, [1, 2], 2)) == 4


def test_a_traversal_of_videos_shows_the_middle_frame():
    model = Recorder(NOISE)
    model.sample_shape = (3, 4, 4, 1)
    videos = np.linspace(-1, 1, 6 * 3).reshape(6, 3, 1, 1, 1) * np.ones((4, 4, 1))
    model.predict = lambda asked, verbose=0: videos
    made = visualization.code_traversal(model, rows=2, steps=3)["noise_0"]
    np.testing.assert_array_equal(made, visualization.grid(videos[:, 1], columns=3))


class Translating:
    latent, name, value_range = None, "cyclegan", (-1.0, 1.0)
    targets, paired = ("a", "b"), False

    def translate(self, x, to):
        return -np.asarray(x) if to == "b" else x


def test_translations_stand_below():
    x = np.random.default_rng(0).uniform(-1, 1, (2, 40, 40, 1))
    picture = visualization.translations(Translating(), {"a": x, "b": x})
    parts = {"a to b": visualization.pairs(x, -x), "b to a": visualization.pairs(x, x)}
    np.testing.assert_array_equal(picture, visualization.stacked(parts))


def test_of_pairs_the_partners_stand_lowest():
    class OneSided(Translating):
        targets, paired = ("b",), True

    x = np.random.default_rng(0).uniform(-1, 1, (2, 40, 40, 1))
    y = np.random.default_rng(1).uniform(-1, 1, (2, 40, 40, 3))
    picture = visualization.translations(OneSided(), {"a": x, "b": y})
    parts = {"a to b": visualization.pairs(x, -x, lowest=y)}
    np.testing.assert_array_equal(picture, visualization.stacked(parts))


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (Translating(), "cyclegan makes samples of other samples, not of a latent"),
        (Told(3, ()), "nothing draws samples of shape ()"),
        (
            Told(conditions.Vector(2)),
            "told needs conditions (a vector of 2 numbers), which have no prior to draw them from: "
            "give some",
        ),
    ],
)
def test_why_there_is_no_picture(model, message):
    assert visualization.obstacle_to_drawing(model) == message
    draws = visualization.sample_grid, visualization.code_traversal
    for draw in (*draws, lambda model: visualization.interpolation(model, [1, 2])):
        with pytest.raises(ValueError) as error:
            draw(model)
        assert str(error.value) == f"No picture: {message}."
