"""Names that flags list so that a mistake needs no import of the library are the library's."""

from tfgan_it import distribution
from tfgan_it.metrics.sample_quality.comparison import check_measures
from tfgan_it.recipes import optimizers
from trainers import benchmark, evaluate, quality_names, train_flags
from trainers.benchmarks.hand_written import LOSSES
from trainers.evaluate import suite_module


def test_names_of_flags_are_those_of_the_library():
    assert list(train_flags.STRATEGIES) == list(distribution.STRATEGIES)
    assert list(train_flags.SCHEDULES) == list(optimizers.SCHEDULES)
    names = list(quality_names.measure_names())
    assert check_measures(names) == names
    assert [name for name in names if name != "frechet_distance_oas"] == check_measures(None)
    assert set(benchmark.LOOPS) == set(LOSSES)


def test_each_suite_exists():
    for name in evaluate.SUITES:
        assert callable(suite_module(f"{name}_suite").run)
