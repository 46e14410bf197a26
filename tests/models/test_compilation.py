"""What `compile` builds, and what it refuses."""

import keras
import numpy as np
import pytest
from keras import ops

from support.small_models import CODES, IMAGES, compiled, generator_weights, small_model
from tfgan_it.regularizers import R1, CodeInformation, CycleConsistency
from tfgan_it.terms import Term


def test_optimizers_by_name_are_built_for_their_player():
    model = small_model(CODES)
    model.compile("adam", "rmsprop", terms=[CodeInformation()])
    assert isinstance(model.generator_optimizer, keras.optimizers.Adam)
    assert isinstance(model.discriminator_optimizer, keras.optimizers.RMSprop)
    assert len(model.generator_optimizer.variables) == 2 + 2 * 4
    assert len(model.discriminator_optimizer.variables) == 2 + 6
    model.train_on_batch(IMAGES[:8])
    # Adam's first step is the learning rate times the gradient's sign.
    first = small_model(CODES)
    change = np.abs(generator_weights(model)[0] - generator_weights(first)[0])
    np.testing.assert_allclose(change, 1e-3, rtol=0.02)


ONE_OPTIMIZER = keras.optimizers.SGD(0.1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"loss": "minmax"}, r"^Unknown adversarial loss 'minmax': .*\(nearest: minimax\)\.$"),
        (
            {"discriminator_steps": 0},
            r"^discriminator_steps must be a whole number of at least 1, got 0\.$",
        ),
        (
            {"generator_optimizer": ONE_OPTIMIZER, "discriminator_optimizer": ONE_OPTIMIZER},
            r"^generator_optimizer and discriminator_optimizer must be two objects, got one: .*",
        ),
        ({"generator_optimizer": "adamm"}, "adamm"),
    ],
)
def test_compile_refuses_in_one_line(arguments, message):
    model = small_model()
    with pytest.raises(ValueError, match=message) as error:
        model.compile(**arguments)
    assert "\n" not in str(error.value)


def test_a_refused_compile_changes_nothing():
    model = compiled(small_model())
    optimizer = model.generator_optimizer
    with pytest.raises(ValueError, match="minmax"):
        model.compile(loss="minmax")
    assert model.optimizer.first is model.generator_optimizer is optimizer
    fresh = small_model()
    with pytest.raises(ValueError, match="minmax"):
        fresh.compile(loss="minmax")
    assert not fresh.compiled


class Reports(Term):
    """A term that reports under a name that it is given."""

    def __init__(self, name, players=("discriminator", "generator")):
        super().__init__()
        self.metric_names, self.players = (name,), players

    def value(self, step):
        value = ops.ones(())
        step.runtime.report(**{self.metric_names[0]: value})
        return value


def test_a_term_in_the_list_of_the_other_player_is_refused():
    model = small_model()
    critic = Reports("critic", ("discriminator",))
    message = (
        r"^Reports belongs in discriminator_regularizers, got it in generator_regularizers\.\Z"
    )
    with pytest.raises(ValueError, match=message):
        model.compile(generator_regularizers=[critic])
    message = r"^CycleConsistency belongs in generator_regularizers, got it in discriminator_reg"
    with pytest.raises(ValueError, match=message):
        model.compile(discriminator_regularizers=[CycleConsistency()])
    assert not model.compiled


def test_two_parts_that_report_by_one_name_are_refused():
    message = r"^Two parts of the model report by one name: .*, same, same\.\Z"
    with pytest.raises(ValueError, match=message):
        compiled(small_model(), terms=[Reports("same"), Reports("same")])
    with pytest.raises(ValueError, match="report by one name: .*js_nats.*js_nats"):
        compiled(small_model(), generator_regularizers=[Reports("js_nats")])


def test_terms_stand_in_the_losses_of_the_players_that_they_name():
    both, critic, artist = (
        Reports("both"),
        Reports("critic", ("discriminator",)),
        Reports("artist", ("generator",)),
    )
    own = R1()
    model = compiled(
        small_model(),
        terms=[both, critic, artist],
        discriminator_regularizers=[own],
        discriminator_steps=2,
        run_eagerly=True,
    )
    discriminator, generator = model.players
    loss = model.adversarial_loss
    assert [id(term) for term in discriminator.terms] == [*map(id, (loss, own, both, critic))]
    assert [id(term) for term in generator.terms] == [*map(id, (loss, both, artist))]
    assert model.metric_names[3:] == ["both", "critic", "artist"]
    model.train_on_batch(IMAGES[:16])
    counts = {m.name: int(m.count.numpy()) for m in model.metrics}
    # Reported as scalars: twice by the discriminator, once by the generator.
    assert (counts["both"], counts["critic"], counts["artist"]) == (3, 2, 1)


def test_players_train_their_networks_and_the_latents():
    model = compiled(small_model(CODES))
    discriminator, generator = model.players
    assert (discriminator.name, generator.name) == ("discriminator", "generator")
    for player in (discriminator, generator):
        network = getattr(model, player.name)
        assert list(player.networks.values()) == [network]
        assert [id(v) for v in player.variables] == [id(v) for v in network.trainable_variables]


def test_fit_and_evaluate_before_compile():
    with pytest.raises(ValueError, match=r"^Compile the model before fit: model.compile\(.*\)\.\Z"):
        small_model().fit(IMAGES)
    with pytest.raises(ValueError, match=r"^You must call `compile\(\)`"):
        small_model().evaluate(IMAGES)
