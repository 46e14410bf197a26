"""What attention adds to InfoGAN: a query for each code, whose places are outputs."""

import numpy as np
import pytest

from tfgan_it import latents, recipes

SMALL = {"width": 2, "hidden": 4, "noise": 3, "run_eagerly": True}
IMAGES = np.random.default_rng(0).integers(0, 256, (8, 8, 8, 1), "uint8")


@pytest.mark.examples(1)
@pytest.mark.parametrize(
    "codes, queries", [({}, 2), ({"continuous": 0}, 1), ({"categories": 0, "continuous": 3}, 1)]
)
def test_one_query_for_each_code(codes, queries):
    model = recipes.attention_infogan((8, 8, 1), **SMALL, **codes)
    outputs = model.discriminate(IMAGES[:3].astype("float32") / 127.5 - 1)
    assert outputs["attention"].shape == (3, queries, 2, 2)
    assert set(model.terms[0].weights_by_code) == set(model.latent.codes.parts)


def test_weights_of_the_codes_and_a_learned_prior():
    model = recipes.attention_infogan((8, 8, 1), prior="learned", **SMALL)
    assert model.terms[0].weights_by_code == {"category": 1.0, "style": pytest.approx(0.04)}
    assert type(model.latent.parts["category"]) is latents.LearnedCategorical
    model = recipes.attention_infogan((8, 8, 1), lambda_information=0.3, **SMALL)
    assert model.terms[0].weights_by_code == {"category": 0.3, "style": 0.3}


def test_it_infers_codes_and_generates():
    model = recipes.attention_infogan((8, 8, 1), **SMALL)
    codes = model.infer_codes(IMAGES)
    assert codes["category_probabilities"].shape == (8, 10)
    assert codes["style_mean"].shape == codes["style_scale"].shape == (8, 2)
    assert model.generate(3, seed=0).shape == (3, 8, 8, 1)
