"""Augmentations by name, and what they can transform."""

import numpy as np
import pytest

from support.small_models import compiled, small_model
from tfgan_it import augmentation, recipes


@pytest.mark.parametrize(
    ("identifier", "kind"),
    [
        ("diffaugment", augmentation.DiffAugment),
        ("DiffAugment", augmentation.DiffAugment),
        ("ada", augmentation.AdaptiveAugmentation),
        ("instance_noise", augmentation.InstanceNoise),
        (augmentation.InstanceNoise, augmentation.InstanceNoise),
        (None, type(None)),
    ],
)
def test_names_and_classes(identifier, kind):
    assert type(augmentation.get(identifier)) is kind
    assert type(compiled(small_model(), augmentation=identifier).augmentation) is kind


def test_an_object_stays_itself():
    own = augmentation.DiffAugment("cutout")
    assert augmentation.get(own, (8, 8, 1)) is own


@pytest.mark.parametrize("name", ["diffaugment", "ada"])
@pytest.mark.parametrize("recipe", ["dcgan", "dcgan_ada", "adagan", "r3gan"])
def test_points_are_refused_in_one_line_before_networks_are_built(name, recipe):
    with pytest.raises(ValueError, match=r"transforms images .*, got samples \(2,\)") as error:
        recipes.get(recipe)((2,), augmentation=name, width=10**9)
    assert "\n" not in str(error.value)


def test_noise_is_for_any_samples():
    model = recipes.dcgan((2,), width=4, augmentation="instance_noise", run_eagerly=True)
    history = model.fit(np.zeros((8, 2), "float32"), batch_size=4, verbose=0).history
    assert history["instance_noise"] == [pytest.approx(0.1)]


def test_a_model_refuses_an_augmentation_that_does_not_fit_its_samples():
    model = recipes.dcgan((2,), width=4)
    with pytest.raises(ValueError, match="DiffAugment transforms images"):
        model.compile("adam", "adam", augmentation="diffaugment")


def test_images_of_both_domains_are_augmented_alike():
    seen = []

    class Spy(augmentation.DiffAugment):
        def augment(self, images, draw):
            seen.append(images)
            return super().augment(images, draw)

    model = recipes.cyclegan(
        (8, 8, 3), width=4, blocks=1, pool_size=0, augmentation=Spy("translation"), run_eagerly=True
    )
    images = np.random.default_rng(0).uniform(-1, 1, (2, 8, 8, 3)).astype("float32")
    model.train_on_batch({"a": images, "b": images})
    np.testing.assert_array_equal(seen[0], seen[1])
    assert len(seen) == 6  # Real and generated in one update, generated in the other; a and b.
