import numpy as np
import pytest

from tfgan_it.conditions import ConditionDict, Label, Vector, conditions_from_seeds
from tfgan_it.latents import Categorical
from tfgan_it.seeds import latents_from_seeds

SEEDS, ROWS = np.repeat(np.arange(40), 50), np.tile(np.arange(50), 40)


def test_conditions_are_sampled_from_the_prior_independently():
    label = Label(3, [0.5, 0.3, 0.2])
    drawn = conditions_from_seeds(label, SEEDS, ROWS)
    assert drawn.dtype == "int64"
    shares = np.bincount(drawn, minlength=3) / 2000
    np.testing.assert_allclose(shares, [0.5, 0.3, 0.2], atol=0.045)  # Four standard errors.
    order = np.random.default_rng(0).permutation(2000)[:100]
    np.testing.assert_array_equal(
        conditions_from_seeds(label, SEEDS[order], ROWS[order]), drawn.numpy()[order]
    )


def test_the_condition_is_independent_of_the_latent_of_the_same_row():
    label = conditions_from_seeds(Label(2), SEEDS, ROWS).numpy()
    code = latents_from_seeds(Categorical(2), SEEDS, ROWS).numpy().argmax(axis=1)
    assert abs(np.corrcoef(label, code)[0, 1]) < 4 / np.sqrt(2000)


def test_parts_of_a_dict_are_independent():
    drawn = conditions_from_seeds(ConditionDict(a=Label(2), b=Label(2)), SEEDS, ROWS)
    assert abs(np.corrcoef(drawn["a"], drawn["b"])[0, 1]) < 4 / np.sqrt(2000)
    assert conditions_from_seeds(ConditionDict(a=Label(2)), [], [])["a"].shape == (0,)


def test_without_a_prior():
    for condition in (Vector(2), ConditionDict(a=Label(2), b=Vector(2))):
        with pytest.raises(ValueError, match=r"^Vector has no prior to draw from: .*\.\Z"):
            conditions_from_seeds(condition, [0], [0])
