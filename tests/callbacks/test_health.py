import dataclasses
import json
import math
import random
from collections.abc import Callable

import keras
import numpy as np
import pytest
import tensorflow as tf

from replicas import MIRRORED
from small_models import (
    CODES,
    IMAGES,
    NOISE,
    assert_same_state,
    compiled,
    generate,
    generator_weights,
    scaled,
    small_model,
)
from tfgan_it import callbacks, latents, losses, models
from tfgan_it.augmentation import AdaptiveAugmentation
from tfgan_it.callbacks import Health, health
from tfgan_it.callbacks.health import logits_are_log_odds
from tfgan_it.networks import mlp_discriminator, mlp_generator
from trainers import run_directory

DEFAULT = tf.distribute.get_strategy()
LN_2, LN_3 = math.log(2), math.log(3)
HEALTHY = {"js_nats": 0.3, "information_nats_category": 1.0, "information_nats_style": 0.5}


class Run:
    """Drives a Health callback as `fit` does, and keeps what it records and says."""

    def __init__(self, model, step=0, **options):
        self.model, self.records, self.said = model, [], []
        options = {"every": 1, "start": 0, "patience": 1, "steps": 10, **options}
        self.health = Health(record=self.records.append, say=self.said.append, **options)
        self.health.set_model(model)
        model.step.assign(step)
        self.health.on_train_begin()

    def look(self, step=10, **quantities):
        """The warnings of this step."""
        before = len(self.records)
        self.model.step.assign(step)
        self.health.on_train_batch_end(0, {**HEALTHY, **quantities})
        return [record["warning"] for record in self.records[before:]]


def of_code(**kwargs):
    return compiled(small_model(CODES, **kwargs), run_eagerly=True)


def without_code(**kwargs):
    return compiled(small_model(NOISE), run_eagerly=True, **kwargs)


def recognising(category=(0.0, 0.0, 0.0), mean=0.0, raw_scale=0.0):
    """An InfoGAN whose recognition head says the same of all images."""
    model = of_code()
    head = model.discriminator.get_layer("codes")
    head.kernel.assign(tf.zeros_like(head.kernel))
    head.bias.assign([*category, mean, raw_scale])
    return model


def making(spread):
    """A GAN whose samples differ little, the less the smaller the spread."""
    model = without_code()
    pixels = model.generator.get_layer("pixels")
    pixels.kernel.assign(spread * pixels.kernel)
    return model


def balanced_at(k):
    model = without_code(loss=losses.BoundaryEquilibrium())
    model.adversarial_loss.k.assign(k)
    return model


def scaled_by(scale):
    """A GAN whose discriminator's optimiser has this loss scale."""
    model = small_model(NOISE)
    scales = {"generator": 1.0, "discriminator": scale}
    optimizers = {
        f"{player}_optimizer": keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(), value)
        for player, value in scales.items()
    }
    model.compile(**optimizers)
    return model


def augmented_at(p):
    return without_code(augmentation=AdaptiveAugmentation(initial=p, geometric=False))


# How to be just sick, the value and words of the text; and how to be just not.
SATURATION = 0.95 * LN_2


def entropy_of(a):
    """Of softmax(a, 0, 0)."""
    p = np.array([math.exp(a), 1, 1]) / (math.exp(a) + 2)
    return float(-(p * np.log(p)).sum())


def raw_of(scale):
    """What the floor .05 and softplus make this scale of."""
    return math.log(math.expm1(scale - 0.05))


@dataclasses.dataclass
class Case:
    name: str
    sick: Callable
    value: float
    words: list
    well: Callable
    quantities: dict = dataclasses.field(default_factory=dict)
    well_quantities: dict = dataclasses.field(default_factory=dict)


CASES = [
    Case(
        "discriminator_saturated",
        without_code,
        SATURATION + 1e-4,
        ["0.66 of 0.69 nats", "discriminator_learning_rate", "R1", "dcgan_ada", "InstanceNoise"],
        without_code,
        {"js_nats": SATURATION + 1e-4},
        {"js_nats": SATURATION - 1e-4},
    ),
    Case(
        "categories_lost_category",
        lambda: recognising((2.37, 0.0, 0.0)),
        entropy_of(2.37),
        ["category has 0.54 of 1.10 nats", "lambda_information"],
        lambda: recognising((2.33, 0.0, 0.0)),
    ),
    Case(
        "code_ignored_category",
        of_code,
        0.05 * LN_3 - 1e-4,
        ["category carries 0.05 of 1.10 nats", "lambda_information"],
        of_code,
        {"information_nats_category": 0.05 * LN_3 - 1e-4},
        {"information_nats_category": 0.05 * LN_3 + 1e-4},
    ),
    Case(
        "scale_at_floor_style",
        lambda: recognising(raw_scale=raw_of(0.0524)),
        0.0524,
        # ln 2 - ln(sqrt(2 pi) .05)
        ["sigma 0.0524", "minimum_scale 0.05", "by 2.77 nats", "a lower minimum_scale"],
        lambda: recognising(raw_scale=raw_of(0.0526)),
    ),
    Case(
        "augmentation_at_limit",
        lambda: augmented_at(1.0),
        1.0,
        ["p is 1.00 of 1", "more real images", "R1", "lecam"],
        lambda: augmented_at(0.98),
    ),
    Case(
        "balance_stuck",
        lambda: balanced_at(0.0),
        0.0,
        ["k is 0.00", "above gamma times", "a higher gamma"],
        lambda: balanced_at(0.002),
        {"js_nats": 0.69},
    ),
    Case(
        "balance_stuck",
        lambda: balanced_at(0.9995),
        0.9995,
        ["k is 1.00", "below gamma times", "a lower gamma"],
        lambda: balanced_at(0.998),
    ),
    Case(
        "loss_scale_collapsed_discriminator",
        lambda: scaled_by(0.5),
        0.5,
        ["the discriminator overflow", "down to 0.5", "mixed_bfloat16", "clip_norm"],
        lambda: scaled_by(1.0),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_sickness_is_seen_where_it_begins_and_not_before(case):
    run = Run(case.sick())
    assert run.look(**case.quantities) == [case.name]
    [record] = run.records
    assert record["step"] == 10
    assert record["value"] == pytest.approx(case.value, rel=1e-4)
    kind = "note" if case.name.startswith("scale_at_floor") else "warning"
    assert run.said == [f"{kind} at step 10: {record['text']}"]
    assert "\n" not in record["text"]
    what, remedy = record["text"].split("; try ")
    for words in case.words:
        assert words in what + remedy
    assert json.loads(json.dumps(record)) == record
    assert Run(case.well()).look(**case.well_quantities) == []


@pytest.mark.parametrize("share, warned", [(0.099, True), (0.101, False)])
def test_samples_are_alike_below_a_tenth_of_the_deviation_of_real_ones(share, warned):
    model = making(0.01)
    run = Run(model, images=scaled(IMAGES), samples=48)
    latents = model.sample_latents(48, seed=0)
    generated = generate(generator_weights(model), latents).numpy().std(0).mean()
    # Real images whose deviation makes the share what it is asked to be.
    real = scaled(IMAGES) * (generated / share / scaled(IMAGES).std(0).mean())
    run = Run(model, images=real, samples=48)
    assert run.look() == (["samples_alike"] if warned else [])
    if warned:
        assert run.records[0]["value"] == pytest.approx(share, rel=1e-3)
        assert "deviate 0.10 of what real ones do; try another seed" in run.records[0]["text"]


def test_a_generator_that_makes_one_image():
    assert Run(making(0.0), images=IMAGES).look() == ["samples_alike"]
    assert Run(making(0.0)).look() == []


def test_pixels_and_floats_deviate_the_same():
    runs = [Run(making(0.02), images=images) for images in (IMAGES, scaled(IMAGES))]
    assert [run.look() for run in runs] == [["samples_alike"]] * 2
    values = [run.records[0]["value"] for run in runs]
    assert values[0] == pytest.approx(values[1], rel=1e-5)


def test_real_images_are_taken_evenly_from_all():
    # Sorted as a data set of two classes is: the first half says nothing.
    halves = np.repeat([-1.0, 1.0], 500)[:, None, None, None] * np.ones((1, 4, 4, 1), "float32")
    assert Run(without_code(), images=halves).health._real_deviation == pytest.approx(1.0, rel=0.01)


def test_points_that_are_one():
    points = np.random.default_rng(0).normal((20, -5), 3, (48, 2)).astype("float32")
    networks = mlp_generator((2,), 6, width=8), mlp_discriminator((2,), width=8)
    model = compiled(models.GAN(*networks, NOISE), run_eagerly=True)
    for spread, warnings in ((1.0, []), (0.0, ["samples_alike"])):
        last = model.generator.get_layer("points")
        last.kernel.assign(spread * 30 * last.kernel)
        assert Run(model, images=points).look() == warnings


def test_a_discriminator_sure_of_all_is_saturated_in_training():
    model = without_code()
    layer = model.generator.get_layer("pixels")
    layer.kernel.assign(tf.zeros_like(layer.kernel))
    layer.bias.assign(tf.fill(layer.bias.shape, -20.0))
    # Pixels are 1 in real images and -1 in generated ones, logits 10 and -10.
    kernel, bias, head, head_bias = model.discriminator.trainable_variables
    kernel.assign(tf.ones(kernel.shape))
    head.assign(tf.fill(head.shape, 10 / 8))
    for optimizer in (model.generator_optimizer, model.discriminator_optimizer):
        optimizer.learning_rate = 0.0
    found = []
    watch = Health(2, start=0, patience=2, record=found.append, say=lambda line: None)
    white = np.full((16, 4, 4, 1), 255, "uint8")
    model.fit(white, batch_size=8, steps_per_epoch=7, verbose=0, callbacks=[watch])
    [record] = found
    assert (record["step"], record["warning"]) == (4, "discriminator_saturated")
    assert record["value"] == pytest.approx(LN_2 - math.log1p(math.exp(-10)), abs=1e-6)


@pytest.mark.parametrize(
    "loss, expected",
    [
        (losses.Minimax(), True),
        (losses.NonSaturating(), True),
        (losses.NonSaturating(label_smoothing=0.1), False),
        # By f'(u) = g(v) of the tables: v = ln u for three, 1 + ln u, 2 (u - 1), ln(u) / 2.
        (losses.FDivergence("gan"), True),
        (losses.FDivergence("jensen_shannon"), True),
        (losses.FDivergence("reverse_kl"), True),
        (losses.FDivergence("kl"), False),
        (losses.FDivergence("pearson"), False),
        (losses.FDivergence("squared_hellinger"), False),
        (losses.FDivergence("total_variation"), False),
        (losses.Wasserstein(), False),
        (losses.Hinge(), False),
        (losses.KLWasserstein(), False),
        (losses.RelativisticPairing(), False),
        (losses.LeastSquares(), False),
        (losses.LeastSquares(-1.0, 1.0, 0.0), False),
        (losses.BoundaryEquilibrium(), False),
    ],
    ids=lambda value: getattr(value, "divergence", type(value).__name__),
)
def test_which_logits_are_log_odds(loss, expected):
    assert logits_are_log_odds(loss) is expected


def test_a_critic_is_never_saturated():
    assert Run(without_code(loss="wasserstein")).look(js_nats=0.69) == []


def test_one_sickness_for_each_of_two_codes():
    latent = latents.Product(a=latents.Uniform(1), b=latents.Normal(2), c=latents.Categorical(2))
    model = compiled(small_model(latent), run_eagerly=True)
    head = model.discriminator.get_layer("codes")
    head.kernel.assign(tf.zeros_like(head.kernel))
    head.bias.assign([0.0, -9.0, 0.0, 0.0, -9.0, -9.0, 0.0, 0.0])
    run = Run(model)
    assert run.look(information_nats_c=0.5) == ["scale_at_floor_a", "scale_at_floor_b"]
    # Normal(2) has ln(2 pi e) nats, of which ln(2 pi .05^2) is taken off: 1 - 2 ln .05.
    assert "by 6.99 nats" in run.records[1]["text"]


def test_a_gan_whose_latent_has_codes_that_nothing_recognises():
    networks = small_model(CODES)
    model = compiled(models.GAN(networks.generator, networks.discriminator, CODES))
    assert Run(model, images=IMAGES).look() == []


def test_what_is_seen_for_long_enough_is_said_once_and_again_after_it_went_away():
    run = Run(without_code(), patience=3, steps=None)
    #      sick, well, and said at the looks of the third in a row
    told = "sswsss" + "ssws" + "wws" + "sss" + "www" + "ss" + "s"
    said = []
    for step, state in enumerate(told, 10):
        if run.look(step, js_nats=0.69 if state == "s" else 0.1):
            said.append(step - 10)
    assert said == [5, len(told) - 1]


def test_looks_every_so_many_steps_from_the_start_on():
    run = Run(without_code(), every=4, start=12, patience=2)
    assert [step for step in range(1, 25) if run.look(step, js_nats=0.69)] == [16]


@pytest.mark.parametrize("steps, first", [(100, 10), (400, 40), (None, 1)])
def test_nothing_is_a_sickness_in_the_first_tenth(steps, first):
    run = Run(without_code(), steps=steps)
    assert [step for step in range(1, 50) if run.look(step, js_nats=0.69)] == [first]


def test_a_code_may_be_ignored_in_the_first_half():
    run = Run(of_code(), steps=40)
    warned = [step for step in range(1, 41) if run.look(step, information_nats_category=0.0)]
    assert warned == [20]


def test_the_length_of_the_run_is_what_was_made_and_what_fit_is_told_of():
    run = Run(of_code(), step=10, steps=None)
    run.health.set_params({"epochs": 2, "steps": 15})
    run.health.on_train_begin()
    warned = [step for step in range(11, 41) if run.look(step, information_nats_category=0.0)]
    assert warned == [20]


def test_a_resumed_run_does_not_repeat_itself():
    earlier = [
        {"step": 5, "js_nats": 0.69},
        {"step": 6, "warning": "discriminator_saturated", "value": 0.69, "text": "..."},
        {"step": 8, "test": {"js_nats": 0.5}},
    ]
    told = [
        Run(without_code(), step=step, earlier=earlier).look(9, js_nats=0.69) for step in (6, 5)
    ]
    assert told == [[], ["discriminator_saturated"]]


def test_another_fit_goes_on_from_where_the_last_one_ended():
    run = Run(without_code(), patience=2)
    run.look(10, js_nats=0.69)
    run.health.on_train_begin()
    assert run.look(11, js_nats=0.69) == ["discriminator_saturated"]


def test_records_that_statistics_keep(tmp_path):
    model = making(0.0)
    statistics = callbacks.Statistics(tmp_path, every=2, steps=4, images_per_step=16)
    watch = Health(
        2, IMAGES, start=0, patience=1, steps=4, record=statistics.append, say=statistics.say
    )
    model.fit(IMAGES, batch_size=16, steps_per_epoch=4, verbose=0, callbacks=[statistics, watch])
    records = callbacks.read_records(tmp_path)
    assert [record["step"] for record in records] == [2, 2, 4]
    assert records[1]["warning"] == "samples_alike"
    RunDirectory = run_directory.RunDirectory
    (tmp_path / "options.json").write_text("{}")
    assert RunDirectory(tmp_path).measurements() == []
    assert RunDirectory(tmp_path).last_measured_step == -1


def test_only_the_chief_says_it(monkeypatch):
    monkeypatch.setattr(health, "is_chief", lambda strategy: False)
    run = Run(without_code())
    assert run.look(js_nats=0.69) == ["discriminator_saturated"]
    assert run.said == []


def test_prints_where_it_is_not_told_to_whom(capsys):
    watch = Health(1, start=0, patience=1)
    watch.set_model(without_code())
    watch.on_train_begin()
    watch.on_train_batch_end(0, {"js_nats": 0.69})
    assert capsys.readouterr().out.startswith("warning at step 0: the discriminator is saturated: ")


def test_watching_does_not_disturb_training():
    def fitted(*watching):
        model = compiled(small_model(CODES, normalized=True, moving_average=0.9), run_eagerly=True)
        model.fit(IMAGES, batch_size=16, steps_per_epoch=4, verbose=0, callbacks=list(watching))
        return model

    told = []
    before = random.getstate(), np.random.get_state()[1].tolist()
    watched = fitted(Health(1, IMAGES, start=0, patience=1, say=told.append, record=told.append))
    assert (random.getstate(), np.random.get_state()[1].tolist()) == before
    assert_same_state(watched, fitted())


def test_two_replicas_see_what_one_device_sees():
    def seen(strategy):
        with strategy.scope():
            model = small_model(CODES, moving_average=0.5)
            optimizers = keras.optimizers.SGD(), keras.optimizers.SGD()
            model.compile(
                *(keras.optimizers.LossScaleOptimizer(each, 0.5) for each in optimizers),
                losses.BoundaryEquilibrium(),
                augmentation=AdaptiveAugmentation(initial=1.0, geometric=False),
            )
        run = Run(model, images=IMAGES)
        run.look()
        look = health.Look(model, HEALTHY, model.sample_latents(8, 0))
        return run.records, look.samples, look.posteriors

    (alone, samples, posteriors), (records, same, too) = map(seen, (DEFAULT, MIRRORED))
    names = [record["warning"] for record in alone]
    assert {"augmentation_at_limit", "balance_stuck", "loss_scale_collapsed_generator"} < set(names)
    assert records == alone
    np.testing.assert_allclose(samples, same, atol=1e-6)
    assert too.keys() == {"category_probabilities", "style_mean", "style_scale"}
    for name, values in posteriors.items():
        np.testing.assert_allclose(values, too[name], atol=1e-6)


@pytest.mark.parametrize(
    "options, message",
    [
        ({"every": 0}, "Health: every must be a whole number of at least 1, got 0."),
        ({"every": 2.0}, "Health: every must be a whole number of at least 1, got 2.0."),
        ({"samples": 1}, "Health: samples must be a whole number of at least 2, got 1."),
        ({"patience": 0}, "Health: patience must be a whole number of at least 1, got 0."),
        ({"start": -1}, "Health: start must be a whole number of at least 0, got -1."),
    ],
)
def test_bad_options_are_refused(options, message):
    with pytest.raises(ValueError) as error:
        Health(**{"every": 1, **options})
    assert str(error.value) == message


@pytest.mark.parametrize("images", [IMAGES[:, :2], IMAGES[:1], IMAGES[0], np.zeros(3), 3.0])
def test_images_of_another_shape_are_refused_as_training_begins(images):
    with pytest.raises(ValueError, match="^(images have shape|1 images given)"):
        Run(without_code(), images=images)


def test_a_small_model_is_healthy():
    model = compiled(small_model(CODES), run_eagerly=True)
    told = []
    watch = Health(1, IMAGES, start=0, patience=1, record=told.append, say=told.append)
    model.fit(IMAGES, batch_size=16, steps_per_epoch=2, epochs=2, verbose=0, callbacks=[watch])
    assert told == []
