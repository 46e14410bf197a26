"""Which terms a regularised InfoGAN has."""

import numpy as np
import pytest

from tfgan_it import recipes

SMALL = {"width": 2, "features": 4, "noise": 3, "run_eagerly": True}
OFF = {
    "gradient_matching": 0,
    "gradient_product_matching": 0,
    "neighbor_embedding": 0,
    "transformed_views": 0,
}
IMAGES = np.random.default_rng(0).integers(0, 256, (8, 8, 8, 1), "uint8")


def terms_of(**hyperparameters):
    model = recipes.regularized_infogan((8, 8, 1), **SMALL, **hyperparameters)
    terms = [*model.generator_regularizers, *model.discriminator_regularizers]
    return model, {type(term).__name__: term for term in terms}


@pytest.mark.slow
def test_without_weights_it_is_infogan():
    model, terms = terms_of(**OFF)
    assert not terms
    plain = recipes.infogan((8, 8, 1), encoder="separate", **SMALL)
    assert model.metric_names == plain.metric_names
    histories = [m.fit(IMAGES, batch_size=4, verbose=0).history for m in (model, plain)]
    assert histories[0] == histories[1]


@pytest.mark.examples(2)
@pytest.mark.parametrize(
    "weight, name, attribute",
    [
        ("gradient_matching", "GradientMatching", "weight"),
        ("gradient_product_matching", "GradientMatching", "product_weight"),
        ("neighbor_embedding", "NeighborEmbedding", "weight"),
        ("transformed_views", "NTXent", "weight"),
    ],
)
def test_each_weight_switches_only_its_term(weight, name, attribute):
    _, terms = terms_of(**{**OFF, weight: 0.7})
    assert list(terms) == [name]
    assert getattr(terms[name], attribute) == 0.7
    if name == "GradientMatching":
        assert terms[name].weight + terms[name].product_weight == 0.7


def test_the_temperature_reaches_its_term():
    _, terms = terms_of(temperature=0.3)
    assert terms["NTXent"].temperature == 0.3


def test_views_are_compared_by_the_category_or_by_its_features():
    assert terms_of()[1]["NTXent"].output_name == "category"
    model, terms = terms_of(views_of="recognition_features", categories=0)
    read = terms["NTXent"].representation(model.discriminate(np.zeros((2, 8, 8, 1), "float32")))
    assert terms["NTXent"].output_name == "recognition_features" and read.shape == (2, 128)
    with pytest.raises(ValueError, match=r"Unknown views_of 'categories': .*nearest: category"):
        terms_of(views_of="categories")


def test_views_without_a_category_are_refused():
    message = (
        r"^regularized_infogan: transformed_views regularises the category, got "
        r"transformed_views=10.0 and categories=0\.\Z"
    )
    with pytest.raises(ValueError, match=message):
        terms_of(categories=0)
    _, terms = terms_of(categories=0, transformed_views=0)
    assert set(terms) == {"GradientMatching", "NeighborEmbedding"}
