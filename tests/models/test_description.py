"""What a model says of itself: `repr` and `cite`."""

import re

import keras
import pytest

from support.small_models import CODES, compiled, small_model
from tfgan_it import augmentation, latents, losses, models, networks, recipes, regularizers


def keys(model):
    return re.findall(r"^@\w+{(\w+),$", model.cite(), re.MULTILINE)


def test_repr_says_what_a_model_is_made_of():
    model = compiled(
        small_model(CODES),
        discriminator_regularizers=["r1"],
        terms=[regularizers.CodeInformation()],
        augmentation=augmentation.DiffAugment("translation"),
    )
    model.step.assign(7)
    generator = sum(weight.numpy().size for weight in model.generator.weights)
    discriminator = sum(weight.numpy().size for weight in model.discriminator.weights)
    assert repr(model).splitlines() == [
        f"GAN {model.name!r} at step 7",
        f"  generator      {generator:,} parameters: latents (6,) to (4, 4, 1)",
        f"  discriminator  {discriminator:,} parameters: (4, 4, 1) to logits (1,), codes (5,)",
        f"  latent         {CODES!r}",
        "  conditions     none",
        "  loss           NonSaturating()",
        "  terms          R1() of discriminator",
        "                 CodeInformation() of discriminator and generator",
        "  augmentation   DiffAugment(policy='translation')",
    ]


def test_repr_of_a_model_that_is_not_compiled():
    assert repr(small_model()).splitlines()[-1] == "  loss           not compiled"


def test_repr_of_conditions_of_a_learned_prior_and_of_two_domains():
    conditional = recipes.acgan((8, 8, 1), width=4, conditions=3)
    assert "  conditions     Label(classes=3)" in repr(conditional)
    prior = latents.Product(noise=latents.Normal(2), category=latents.LearnedCategorical(3))
    assert "  terms          CodeInformation() of discriminator and generator\n" in repr(
        compiled(small_model(prior))
    )
    translation = repr(recipes.cyclegan((8, 8, 3), width=4, blocks=1))
    assert re.search(r"generator +[\d,]+ parameters: samples to {a: \(8, 8, 3\), b: ", translation)
    assert "  latent         none" in translation


def test_cite_names_the_recipe_first_and_each_part_once():
    model = recipes.infogan((8, 8, 1), width=4, features=16, discriminator_regularizers="r1")
    found = keys(model)
    assert found[0] == "chen2016infogan" and len(set(found)) == len(found)
    assert {"goodfellow2014generative", "mescheder2018training", "yazici2018unusual"} <= {*found}
    assert {"ioffe2015batch", "kingma2015adam"} <= {*found}
    varied = keys(recipes.regularized_infogan((8, 8, 1), width=4, features=16))
    assert varied[:3] == ["tran2019improving", "ojha2020elastic", "chen2016infogan"]


def test_cite_reaches_latents_layers_and_what_terms_are_made_of():
    prior = latents.Product(noise=latents.Normal(2), category=latents.LearnedCategorical(3))
    bound = regularizers.MutualInformation(losses.SMILE())
    model = compiled(small_model(prior), generator_regularizers=[bound])
    assert {"ojha2020elastic", "williams1992simple", "song2020understanding"} <= {*keys(model)}
    paired = models.GAN(
        networks.mlp_generator((2,), 3, width=4),
        keras.Sequential([keras.Input((2,)), networks.mlp_discriminator((2,), width=4)]),
        3,
    )
    assert keys(paired) == ["goodfellow2014generative"]
    packed = recipes.pacgan((2,), width=4, name="mine")
    assert keys(packed)[:2] == ["lin2018pacgan", "radford2015unsupervised"]


def test_citations_are_saved_with_a_model_under_another_name(tmp_path):
    model = recipes.adagan((2,), width=4, components=2, name="mine")
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert loaded.cite() == model.cite()
    assert keys(loaded)[0] == "tolstikhin2017adagan"


def test_a_user_cites_a_system_of_their_own():
    model = small_model(citations=['Ada and Bo, 2026, "Mine"'])
    assert keys(model)[0] == "ada2026mine"
    with pytest.raises(ValueError, match="citations must be texts such as"):
        small_model(citations=["Mine"])
