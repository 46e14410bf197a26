import dataclasses
import json
import math
from collections.abc import Callable

import numpy as np
import pytest
import tensorflow as tf

from support.failing_runs import (
    LN_2,
    LN_3,
    SATURATION,
    Run,
    augmented_at,
    balanced_at,
    entropy_of,
    making,
    of_code,
    raw_of,
    recognising,
    scaled_by,
    without_code,
)
from support.small_models import (
    CODES,
    IMAGES,
    NOISE,
    compiled,
    generate,
    generator_weights,
    scaled,
    small_model,
)
from tfgan_it import latents, losses, models
from tfgan_it.augmentation import DiffAugment
from tfgan_it.callbacks import TrainingDiagnostics
from tfgan_it.callbacks.failure_modes import (
    Snapshot,
    discriminator_saturated,
    logits_are_log_odds,
)
from tfgan_it.networks import mlp_discriminator, mlp_generator


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
        "category_collapse_category",
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


@pytest.mark.examples(3)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_failure_mode_is_detected_at_its_threshold(case):
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
def test_mode_collapse_is_below_a_tenth_of_the_standard_deviation_of_real_samples(share, warned):
    model = making(0.01)
    run = Run(model, images=scaled(IMAGES), samples=48)
    latents = model.sample_latents(48, seed=0)
    generated = generate(generator_weights(model), latents).numpy().std(0).mean()
    # Real images whose standard deviation gives the requested ratio.
    real = scaled(IMAGES) * (generated / share / scaled(IMAGES).std(0).mean())
    run = Run(model, images=real, samples=48)
    assert run.look() == (["mode_collapse"] if warned else [])
    if warned:
        assert run.records[0]["value"] == pytest.approx(share, rel=1e-3)
        assert "is 0.10 of that of real ones; try another seed" in run.records[0]["text"]


def test_a_generator_that_makes_one_image():
    assert Run(making(0.0), images=IMAGES).look() == ["mode_collapse"]
    assert Run(making(0.0)).look() == []


def test_pixels_and_floats_have_the_same_standard_deviation():
    runs = [Run(making(0.02), images=images) for images in (IMAGES, scaled(IMAGES))]
    assert [run.look() for run in runs] == [["mode_collapse"]] * 2
    values = [run.records[0]["value"] for run in runs]
    assert values[0] == pytest.approx(values[1], rel=1e-5)


def test_real_images_are_selected_evenly():
    # Sorted as a data set of two classes is: the first half says nothing.
    halves = np.repeat([-1.0, 1.0], 500)[:, None, None, None] * np.ones((1, 4, 4, 1), "float32")
    assert Run(without_code(), images=halves).diagnostics._real_std == pytest.approx(1.0, rel=0.01)


def test_points_that_are_one():
    points = np.random.default_rng(0).normal((20, -5), 3, (48, 2)).astype("float32")
    networks = mlp_generator((2,), 6, width=8), mlp_discriminator((2,), width=8)
    model = compiled(models.GAN(*networks, NOISE), run_eagerly=True)
    for spread, warnings in ((1.0, []), (0.0, ["mode_collapse"])):
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
    watch = TrainingDiagnostics(
        2, start=0, patience=2, record=found.append, print_fn=lambda line: None
    )
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


def test_who_augments_is_not_told_to_augment():
    snapshot = Snapshot(without_code(augmentation=DiffAugment()), {"js_nats": 0.69}, None)
    [diagnosis] = discriminator_saturated(snapshot)
    assert "dcgan_ada" not in diagnosis.remedy and "R1" in diagnosis.remedy


def test_a_critic_is_never_saturated():
    assert Run(without_code(loss="wasserstein")).look(js_nats=0.69) == []


def test_one_warning_for_each_of_two_codes():
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
