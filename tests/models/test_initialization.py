"""New models from the weights of trained ones."""

import keras
import numpy as np
import pytest

from support.small_models import CODES, IMAGES, compiled, small_model
from tfgan_it import latents, layers, recipes
from tfgan_it.models.initialization import TakenLayers, _aligned


@pytest.fixture(scope="module")
def trained():
    model = compiled(small_model(CODES, moving_average=0.9, normalized=True))
    model.fit(IMAGES, batch_size=16, epochs=2, verbose=0)
    return model


def fresh(latent=CODES, **kwargs):
    model = small_model(latent, normalized=True, seed=3, **kwargs)
    for weight in model.weights:
        if weight.dtype == "float32":
            weight.assign(weight + 0.5)
    return compiled(model)


def assert_equal(first, second):
    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(a, b)


def test_an_equal_model_takes_everything_but_optimisers_and_step(trained):
    model = fresh(moving_average=0.9)
    rates = [v.numpy() for v in model.generator_optimizer.variables]
    taken = model.init_from(trained)
    assert str(taken) == (
        f"from {trained.name!r} at step 6: generator all 3 layers; discriminator all 4 layers"
    )
    assert_equal(model.generator.get_weights(), trained.generator.get_weights())
    assert_equal(model.discriminator.get_weights(), trained.discriminator.get_weights())
    np.testing.assert_array_equal(model.generate(4, seed=0), trained.generate(4, seed=0))
    assert model.trained_steps == 0
    assert_equal(rates, model.generator_optimizer.variables)


@pytest.mark.parametrize("averages", [(None, 0.9), (0.9, None)])
def test_an_average_starts_from_the_average_or_else_from_the_weights(trained, averages):
    source, mine = averages
    if source is None:
        trained = fresh()
        trained.fit(IMAGES, batch_size=16, verbose=0)
    model = fresh(moving_average=mine)
    model.init_from(trained)
    if mine is None:
        assert_equal(model.generator.get_weights(), trained.generator.get_weights())
    else:
        assert_equal(model.generator_average.averages, trained.generator.get_weights())
        np.testing.assert_array_equal(model.generate(2, seed=0), trained.generate(2, seed=0))


def test_layers_that_do_not_fit_keep_their_first_weights_and_are_named(trained):
    latent = latents.Product(noise=latents.Normal(3), category=latents.Categorical(3))
    model = fresh(latent, moving_average=0.9)
    model.generator_average.build_for(model.generator)
    codes = model.discriminator.get_layer("codes").get_weights()
    taken = model.init_from(trained)
    assert taken.left["discriminator"] == ["codes"]
    assert "generator all 3 layers" in str(taken) and "(not codes)" in str(taken)
    assert_equal(model.discriminator.get_layer("codes").get_weights(), codes)
    assert_equal(
        model.discriminator.get_layer("trunk").get_weights(),
        trained.discriminator.get_layer("trunk").get_weights(),
    )
    for average, weight in zip(
        model.discriminator_average.averages, model.discriminator.weights, strict=True
    ):
        if "codes" in weight.path:
            np.testing.assert_array_equal(average, weight)


def test_other_sizes_take_the_layers_of_one_shape_in_their_order():
    small = recipes.dcgan((8, 8, 1), width=4)
    large = recipes.dcgan((16, 16, 1), width=4, seed=1)
    taken = large.init_from(small)
    assert taken.left == {"generator": ["project"], "discriminator": ["logits"]}
    assert_equal(large.generator.layers[-2].get_weights(), small.generator.layers[-2].get_weights())
    colour = recipes.dcgan((8, 8, 3), width=4)
    assert [len(names) for names in colour.init_from(small).left.values()] == [1, 1]


def test_layers_of_keras_give_theirs_to_those_of_the_package():
    inputs = keras.Input((4, 4, 2))
    theirs = keras.Model(inputs, keras.layers.Conv2D(3, 3, name="theirs")(inputs))
    ours = keras.Model(inputs, layers.Conv2D(3, 3, name="ours")(inputs))
    [(mine, other)] = _aligned(ours, theirs)
    assert (mine.name, other.name) == ("ours", "theirs")


def test_a_file_a_learned_prior_and_a_latent_of_another_shape(tmp_path):
    def prior(count):
        return latents.Product(noise=latents.Normal(2), category=latents.LearnedCategorical(count))

    trained = fresh(prior(3))
    trained.latent_variables[0].assign([1.0, 2.0, 3.0])
    trained.save(tmp_path / "gan.keras")
    model = fresh(prior(3))
    taken = model.init_from(tmp_path / "gan.keras")
    assert str(taken).startswith(f"from {tmp_path / 'gan.keras'} ({trained.name!r} at step 0): ")
    np.testing.assert_array_equal(model.latent_variables[0], [1.0, 2.0, 3.0])
    other = fresh(prior(4))
    before = other.latent_variables[0].numpy()
    other.init_from(trained)
    np.testing.assert_array_equal(other.latent_variables[0], before)


def test_networks_inside_networks_and_further_networks():
    codes = {"noise": 3, "features": 8, "width": 4}
    source = recipes.variational_infogan((8, 8, 1), **codes)
    model = recipes.variational_infogan((8, 8, 1), seed=1, **codes)
    taken = model.init_from(source)
    assert taken.taken.keys() == {"generator", "discriminator", "encoder"}
    assert not any(taken.left.values())
    assert_equal(model.encoder.get_weights(), source.encoder.get_weights())
    np.testing.assert_array_equal(model.generate(2, seed=0), source.generate(2, seed=0))
    plain = recipes.infogan((8, 8, 1), **codes)
    assert model.init_from(plain).taken["encoder"] == []


def test_what_cannot_be_is_refused_in_one_line_and_changes_nothing(trained, tmp_path):
    model = fresh()
    before = model.get_weights()
    with pytest.raises(ValueError, match=r"^init_from takes a GAN, got a model, a Functional\.$"):
        model.init_from(trained.generator)
    trained.generator.save(tmp_path / "generator.keras")
    with pytest.raises(ValueError, match="takes a GAN, got .*generator.keras, a Functional"):
        model.init_from(tmp_path / "generator.keras")
    with pytest.raises(ValueError, match=r"no layer of 'dcgan' fits one of"):
        model.init_from(recipes.dcgan((8, 8, 1), width=5))
    with pytest.raises(FileNotFoundError):
        model.init_from(tmp_path / "absent.keras")
    assert_equal(before, model.get_weights())
    with pytest.raises(ValueError, match=r"is for a new model: this one is at step 6\.$"):
        trained.init_from(fresh())


def test_a_line_does_not_name_a_hundred_layers():
    left = {"generator": [f"d{i}" for i in range(9)]}
    line = str(TakenLayers("'a'", {"generator": []}, left))
    assert line == "from 'a': generator 0 of 9 layers (not d0, d1, d2, d3, d4, d5 and 3 more)"


def test_training_continues_from_them(trained):
    model = fresh()
    model.init_from(trained)
    history = model.fit(IMAGES, batch_size=16, verbose=0).history
    assert np.isfinite(history["js_nats"]).all() and model.trained_steps == 3
    assert isinstance(model, keras.Model)
