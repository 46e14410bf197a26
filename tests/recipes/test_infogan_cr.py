"""What the recipe of InfoGAN-CR makes of its arguments."""

from tfgan_it import latents, recipes
from tfgan_it.regularizers import ContrastiveCodes, NeighborEntropy

SMALL = {"width": 2, "features": 4, "noise": 3, "run_eagerly": True}


def test_arguments_reach_the_regulariser():
    schedule = {"gap": 1.2, "gap_steps": 40, "gap_drops": 4, "start": 7, "shared_noise": False}
    model = recipes.infogan_cr(
        (8, 8, 1), weight=0.3, **schedule, generator_regularizers=[NeighborEntropy()], **SMALL
    )
    term, users = model.generator_regularizers
    assert type(term) is ContrastiveCodes and type(users) is NeighborEntropy
    assert {name: getattr(term, name) for name in schedule} == schedule
    assert term.weight == 0.3
    assert model.terms[0].weights_by_code == {"style": 0.05}
    assert term.classifier.output_shape == (None, 5)


def test_a_category_is_one_more_choice():
    model = recipes.infogan_cr((8, 8, 1), categories=3, continuous=2, **SMALL)
    (term,) = model.generator_regularizers
    assert [type(choice.part) for choice in term.choices] == [
        latents.Categorical,
        latents.Uniform,
        latents.Uniform,
    ]
    assert term.classifier.output_shape == (None, 3)


def test_without_weight_it_is_infogan():
    model = recipes.infogan_cr((8, 8, 1), weight=0, **SMALL)
    assert not model.generator_regularizers
    assert "contrastive_nats" not in model.metric_names
