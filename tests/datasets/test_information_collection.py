import numpy as np
import pytest

from tfgan_it.datasets import invertible_maps as maps
from tfgan_it.datasets.information_collection import development_tasks
from tfgan_it.datasets.information_collection import test_tasks as tasks_to_test
from tfgan_it.datasets.information_tasks import tasks

EVERY = (*development_tasks(), *tasks_to_test())


def test_there_are_eighty_of_different_names_and_none_on_both_sides():
    names = [task.name for task in EVERY]
    assert len(set(names)) == len(names) == 80
    assert {task.name for task in tasks()} <= {task.name for task in development_tasks()}


@pytest.mark.parametrize("task", EVERY, ids=lambda task: task.name)
def test_each_draws_as_a_function_of_its_seed(task):
    x, y = task.sample(50, seed=3)
    assert len(x) == len(y) == 50 and x.ndim == y.ndim == 2
    assert np.isfinite(x).all() and np.isfinite(y).all()
    assert 0 <= task.mutual_information + 1e-12 < 3
    again = task.sample(50, seed=3)
    np.testing.assert_array_equal(x, again[0])
    assert not np.array_equal(y, task.sample(50, seed=4)[1])


def test_whirls_and_helices_are_one_to_one():
    x = np.random.default_rng(0).standard_normal((100, 4))
    np.testing.assert_allclose(maps.whirl(maps.whirl(x, 2.0), -2.0), x, atol=1e-12)
    u = np.linspace(0, 1, 11)[:, None]
    np.testing.assert_allclose(maps.helix(u)[:, 2:] / 2, u)
    np.testing.assert_allclose(np.linalg.norm(maps.helix(u)[:, :2], axis=1), 1)
