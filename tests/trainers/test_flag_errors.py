"""Flags that do not exist: the nearest flag or hyperparameter, or none."""

import pytest

from support.run_files import one_line


@pytest.mark.parametrize(
    ("flag", "nearest"),
    [
        ("--n_epochs=3", "--steps"),
        ("--lr=0.1", "--learning_rate"),
        ("--batch=8", "--batch_size"),
        ("--samples=9", "--metrics_samples"),
        ("--width=32", "--set width=VALUE"),
        ("--latent_dim=64", "--set noise=VALUE"),
        ("--lambda_info=1", "--set lambda_information=VALUE"),
    ],
)
def test_training_knows_flags_and_hyperparameters(train, flag, nearest):
    name = flag[2:].partition("=")[0]
    assert one_line(train(flag)) == (
        f"Unknown command line flag {name!r} (nearest: {nearest}); --help lists all."
    )


def test_hyperparameters_are_those_of_the_recipe(train):
    assert "--set latent_dimension=VALUE" in one_line(train("--recipe=dcgan", "--nz=64"))
    assert "(nearest" not in one_line(train("--recipe=dgcan", "--nz=64"))


def test_a_word_that_is_like_none_leads_to_none(evaluate, sample):
    for program in (evaluate, sample):
        wanted = "Unknown command line flag 'samples'; --help lists all."
        assert one_line(program("--samples=9")) == wanted
