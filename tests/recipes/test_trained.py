"""Trained models by name."""

import shutil

import keras
import pytest

from tfgan_it import recipes


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two versions of a model; the higher of the two has no model beside the export."""
    root = tmp_path_factory.mktemp("saved models")
    model = recipes.wgan_gp((2,), width=4, name="kept")
    for version in (2, 10):
        extra = root / "wgan_gp_ring" / str(version) / "assets.extra"
        extra.mkdir(parents=True)
        model.step.assign(version)
        model.save(extra / "model.keras")
    (root / "wgan_gp_ring" / "11").mkdir()
    return root


def test_the_highest_version_with_a_model_is_loaded(folder):
    model = recipes.load("wgan_gp_ring", folder)
    assert model.name == "kept" and model.trained_steps == 10 and model.compiled


@pytest.mark.parametrize(
    ("name", "recipe", "dataset"),
    [
        ("wgan_mnist", "wgan", "mnist"),
        ("wgan_gp_fashion_mnist", "wgan_gp", "fashion_mnist"),
        ("invariant_infogan_mnist", "invariant_infogan", "mnist"),
    ],
)
def test_the_error_names_the_command(folder, name, recipe, dataset):
    expected = f"tfgan-it train --recipe={recipe} --dataset={dataset} --export_dir={folder}"
    with pytest.raises(FileNotFoundError) as error:
        recipes.load(name, folder)
    assert str(error.value).endswith(expected) and str(folder / name) in str(error.value)


def test_an_unknown_recipe_and_another_file_are_refused_in_one_line(folder, tmp_path):
    with pytest.raises(ValueError, match="'infgan'.*nearest: infogan"):
        recipes.load("infgan_mnist", folder)
    shutil.copytree(folder, tmp_path / "other")
    extra = tmp_path / "other" / "wgan_gp_ring" / "10" / "assets.extra"
    keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]).save(extra / "model.keras")
    with pytest.raises(ValueError, match="is not a GAN but a Sequential"):
        recipes.load("wgan_gp_ring", tmp_path / "other")
