"""Words of other libraries lead to names that exist here."""

import inspect
import re

import pytest

import tfgan_it
from tfgan_it import (
    augmentation,
    callbacks,
    datasets,
    estimators,
    latents,
    layers,
    losses,
    metrics,
    models,
)
from tfgan_it import regularizers as terms
from tfgan_it.errors import nearest_names
from tfgan_it.keywords import CheckedKeywords
from tfgan_it.synonyms import SYNONYMS, synonyms
from trainers import programs
from trainers.recipe_table import recipe_table

ROOMS = (
    augmentation,
    callbacks,
    datasets,
    estimators,
    latents,
    layers,
    losses,
    metrics,
    models,
    terms,
)


def names_that_exist():
    """All flags, hyperparameters, and arguments of public functions, methods and classes."""
    found = {flag for name in programs.NAMES for flag in programs.program(name).own_flags}
    found |= {name for recipe in recipe_table().values() for name in recipe.parameters}
    found |= {"epochs", *inspect.signature(models.GAN.compile).parameters}
    for room in (*ROOMS, tfgan_it.distribution):
        for each in map(vars(room).get, getattr(room, "__all__", dir(room))):
            if inspect.isfunction(each) or (
                inspect.isclass(each) and issubclass(each, CheckedKeywords)
            ):
                found |= set(inspect.signature(each).parameters)
    return found


def test_each_word_leads_to_names_that_exist():
    assert not {name for names in SYNONYMS.values() for name in names} - names_that_exist()


def test_words_have_no_capitals_and_no_separators():
    assert [word for word in SYNONYMS if not re.fullmatch("[a-z0-9]+", word)] == []


@pytest.mark.parametrize(
    ("word", "allowed", "wanted"),
    [
        ("latent_dim", ["width", "noise", "lambda_information"], "noise"),
        ("z_dim", ["width", "latent_dimension", "noise"], "latent_dimension"),
        ("nz", ["noise", "limit"], "noise"),
        ("LR", ["learning_rate", "l"], "learning_rate"),
        ("n-epochs", ["epochs", "steps"], "epochs"),
        ("n_epochs", ["steps", "neighbors"], "steps"),
        ("batch", ["batch_size", "bath"], "batch_size"),
        ("batchSize", ["batch_size", "beta_1"], "batch_size"),
        ("k", ["neighbors", "base"], "neighbors"),
        ("lambda_gp", ["gamma", "start"], "gamma"),
        ("samples", ["metrics_samples", "sample_every"], "metrics_samples"),
    ],
)
def test_the_nearest_name_is_the_one_that_is_meant(word, allowed, wanted):
    assert nearest_names(word, allowed) == [wanted]


def test_a_word_without_an_allowed_name_has_no_synonym():
    assert synonyms("lr", ["seeds"]) == [] and synonyms("", ["_"]) == []


def test_likeness_may_be_asked_for():
    assert nearest_names("samples", ["seeds", "suite"], cutoff=0.65) == []
    assert nearest_names("sedes", ["seeds", "suite"], cutoff=0.65) == ["seeds"]
    assert nearest_names("lr", ["learning_rate"], cutoff=1) == ["learning_rate"]
