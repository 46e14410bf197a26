"""Names that are read from the source are those of the library."""

import importlib

import pytest

from trainers.hyperparameters import choices
from trainers.source_names import names_in_source


@pytest.mark.parametrize(
    ("name", "module", "constant"),
    [
        ("augmentation", "augmentation.registry", "AUGMENTATIONS"),
        ("divergence", "information.f_divergences", "DIVERGENCES"),
        ("encoder", "networks.infogan", "ENCODERS"),
        ("latent", "recipes.composition", "LATENTS"),
        ("loss", "losses.games.registry", "ADVERSARIAL_LOSSES"),
        ("prior", "recipes.infogan", "PRIORS"),
        ("schedule", "recipes.optimizers", "SCHEDULES"),
        ("views_of", "recipes.regularized_infogan", "VIEWS_OF"),
    ],
)
def test_choices_of_hyperparameters(name, module, constant):
    names = getattr(importlib.import_module(f"tfgan_it.{module}"), constant)
    assert list(choices(name)) == list(names)


def test_names_that_are_not_listed():
    with pytest.raises(LookupError, match=r"^recipes/infogan.py does not list PRIOR, LATENTS\.$"):
        names_in_source("recipes/infogan.py", "PRIORS", "PRIOR", "LATENTS")
