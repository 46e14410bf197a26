"""What each recipe is without arguments, against the numbers that its paper publishes."""

import dataclasses
import inspect
from typing import Any

import keras
import numpy as np
import pytest

from tfgan_it import latents, losses, models, recipes, regularizers
from tfgan_it.augmentation import AdaptiveAugmentation

SHAPE = (8, 8, 1)


@dataclasses.dataclass
class Published:
    """DCGAN's numbers where nothing else is said.

    `rates` are the generator's and the discriminator's; `later` the same after 100,000 generator
    updates. A part is its class and its numbers.
    """

    loss: tuple[type, dict[str, Any]] = (losses.NonSaturating, {"label_smoothing": 0.0})
    latent: latents.Latent = dataclasses.field(default_factory=lambda: latents.Uniform(100))
    optimizer: str = "Adam"
    rates: tuple[float, float] = (2e-4, 2e-4)
    later: tuple[float, float] | None = None
    betas: tuple[float, float] = (0.5, 0.999)
    steps: int = 1
    normalization: str | None = "batch"
    terms: list[tuple[type, dict[str, Any]]] = dataclasses.field(default_factory=list)
    generator_terms: list[tuple[type, dict[str, Any]]] = dataclasses.field(default_factory=list)
    terms_of_both: list[tuple[type, dict[str, Any]]] = dataclasses.field(default_factory=list)


def codes(lambda_information=1.0, start=0):
    numbers = {"lambda_information": lambda_information, "information_start_step": start}
    return regularizers.CodeInformation, numbers | {"recognition_weight": 1.0}


HINGE = losses.Hinge, {}
WASSERSTEIN = losses.Wasserstein, {}
# One for a category; for a style by how much weaker a density of the least scale, .2, would pull.
CODES = codes({"category": 1.0, "style": 0.2**2})
CODES_ALONE = codes({"category": 1.0, "style": 0.1})
PUBLISHED = {
    "infogan": Published(
        latent=latents.Product(
            noise=latents.Uniform(62),
            category=latents.Categorical(10),
            style=latents.Uniform(2, minimum_scale=0.2),
        ),
        rates=(1e-3, 2e-4),
        terms_of_both=[CODES],
    ),
    "gan": Published(loss=(losses.Minimax, {"label_smoothing": 0.0})),
    "dcgan": Published(),
    "ragan": Published(loss=(losses.RelativisticAverage, {})),
    "lsgan": Published(loss=(losses.LeastSquares, {"a": 0.0, "b": 1.0, "c": 1.0})),
    "fgan": Published(
        loss=(losses.FDivergence, {"divergence": "squared_hellinger", "alternative": True}),
        rates=(1e-4, 1e-4),
    ),
    "dragan": Published(
        rates=(1e-4, 1e-4),
        betas=(0.5, 0.9),
        normalization=None,
        terms=[(regularizers.Dragan, {"lambda_": 10.0})],
    ),
    "wgan": Published(loss=WASSERSTEIN, optimizer="RMSprop", rates=(5e-5, 5e-5), steps=5),
    "wgan_gp": Published(
        loss=WASSERSTEIN,
        latent=latents.Normal(128),
        rates=(1e-4, 1e-4),
        betas=(0.5, 0.9),
        steps=5,
        normalization=None,
        terms=[(regularizers.GradientPenalty, {"lambda_": 10.0})],
    ),
    "kl_wgan": Published(
        loss=(losses.KLWasserstein, {}),
        latent=latents.Normal(128),
        betas=(0.0, 0.999),
        normalization="spectral",
    ),
    "sngan": Published(
        loss=HINGE,
        latent=latents.Normal(128),
        later=(0.0, 0.0),
        betas=(0.0, 0.9),
        steps=5,
        normalization="spectral",
    ),
    "sagan": Published(
        loss=HINGE,
        latent=latents.Normal(128),
        rates=(1e-4, 4e-4),
        betas=(0.0, 0.9),
        normalization="spectral",
    ),
    "began": Published(
        loss=(losses.BoundaryEquilibrium, {"gamma": 0.5, "lambda_k": 1e-3}),
        latent=latents.Uniform(64),
        rates=(8e-5, 8e-5),
        later=(4e-5, 4e-5),
        normalization=None,
    ),
    "r3gan": Published(
        loss=(losses.RelativisticPairing, {}),
        latent=latents.Normal(64),
        betas=(0.0, 0.99),
        normalization=None,
        terms=[(regularizers.R1, {"gamma": 0.05}), (regularizers.R2, {"gamma": 0.05})],
    ),
    "pacgan": Published(),
    "lecam": Published(
        loss=HINGE,
        betas=(0.0, 0.999),
        normalization="spectral",
        terms=[(regularizers.LeCam, {"lambda_": 0.3, "decay": 0.99, "start": 1000})],
    ),
    "dcgan_ada": Published(),
    "adagan": Published(
        latent=latents.Product(noise=latents.Uniform(100), component=latents.Categorical(3)),
    ),
    "vdb": Published(
        normalization=None,
        terms=[
            (
                regularizers.Bottleneck,
                {"player": "discriminator", "beta": 0.0, "alpha": 1e-5, "information_limit": 0.2},
            )
        ],
    ),
    "ibgan": Published(
        latent=latents.Product(noise=latents.Normal(16), z=latents.Normal(16, minimum_scale=0.2)),
        rates=(1e-3, 2e-4),
        generator_terms=[
            (
                regularizers.Bottleneck,
                {
                    "player": "generator",
                    "beta": 0.1 * 0.1,
                    "alpha": 1e-5,
                    "information_limit": None,
                },
            )
        ],
        terms_of_both=[codes(0.1)],
    ),
    "infomax_gan": Published(
        loss=HINGE,
        latent=latents.Normal(128),
        later=(0.0, 0.0),
        betas=(0.0, 0.9),
        steps=5,
        normalization="spectral",
        terms=[(regularizers.InfoMax, {"source": "real", "weight": 0.2})],
        generator_terms=[(regularizers.InfoMax, {"source": "generated", "weight": 0.2})],
    ),
    "meg": Published(
        loss=WASSERSTEIN,
        latent=latents.Normal(128),
        rates=(1e-4, 1e-4),
        betas=(0.5, 0.9),
        steps=5,
        normalization=None,
        terms=[(regularizers.R1, {"gamma": 0.2})],
        generator_terms=[
            (regularizers.MutualInformation, {"beta": 1.0, "source": "latents", "clipped": False})
        ],
    ),
    "multimodal_infogan": Published(
        latent=latents.Product(noise=latents.Uniform(16), category=latents.Categorical(10)),
        rates=(1e-3, 5e-4),
        terms_of_both=[
            (regularizers.CodeInformation, codes()[1] | {"recognition_weight": {"category": 1.0}}),
            (
                regularizers.ModalityInformation,
                {
                    "modalities": ["image"],
                    "lambda_modalities": 1.0,
                    "lambda_information": 1.0,
                    "recognition_weight": {"category": 1.0},
                },
            ),
        ],
    ),
    "invariant_infogan": Published(
        latent=latents.Product(
            noise=latents.Uniform(62),
            category=latents.Categorical(10),
            style=latents.Uniform(2, minimum_scale=0.2),
        ),
        rates=(1e-3, 2e-4),
        generator_terms=[
            (
                regularizers.ViewInformation,
                {
                    "weight": 1.0,
                    "search_steps": 1000,
                    "regroup_every": 500,
                    "decay": 0.99,
                    "neighbors": "images",
                    "beta": 0.35,
                },
            ),
        ],
        terms_of_both=[codes({"category": 1.0, "style": 0.2**2}, {"category": 1000})],
    ),
    "variational_infogan": Published(
        latent=latents.Product(
            noise=latents.Normal(62),
            category=latents.Categorical(10),
            style=latents.Uniform(2, minimum_scale=0.2),
        ),
        rates=(1e-3, 2e-4),
        terms_of_both=[
            CODES_ALONE,
            (regularizers.PosteriorKL, {"weight": 0.01}),
            (regularizers.FeatureReconstruction, {"weight": 2 * 0.6 / 1024}),
        ],
    ),
    "wasserstein_infogan": Published(
        loss=WASSERSTEIN,
        latent=latents.Product(
            category=latents.Categorical(10),
            z=latents.Normal(30, scale=0.1, posterior_scale=0.1),
        ),
        rates=(1e-4, 1e-4),
        betas=(0.5, 0.9),
        steps=5,
        normalization=None,
        terms=[(regularizers.GradientPenalty, {"lambda_": 10.0})],
        terms_of_both=[codes({"category": 10.0, "z": pytest.approx(10 * 2 * 0.1**2 / 30)})],
    ),
    "infogan_cr": Published(
        latent=latents.Product(
            noise=latents.Uniform(5), style=latents.Uniform(5, minimum_scale=0.2)
        ),
        rates=(1e-3, 2e-3),
        generator_terms=[
            (
                regularizers.ContrastiveCodes,
                {
                    "weight": 2.0,
                    "gap": 1.9,
                    "gap_steps": 35_000,
                    "gap_drops": 1,
                    "shared_noise": True,
                    "width": 32,
                },
            )
        ],
        terms_of_both=[codes(0.05)],
    ),
    "regularized_infogan": Published(
        latent=latents.Product(
            noise=latents.Uniform(62),
            category=latents.Categorical(10),
            style=latents.Uniform(2, minimum_scale=0.2),
        ),
        rates=(1e-3, 2e-4),
        terms=[
            (regularizers.NTXent, {"weight": 10.0, "output_name": "category", "temperature": 1.0})
        ],
        generator_terms=[
            (
                regularizers.GradientMatching,
                {"weight": 1.0, "product_weight": 1.0, "score": "probability"},
            ),
            (regularizers.NeighborEmbedding, {"weight": 1.0, "features": "features"}),
        ],
        terms_of_both=[CODES_ALONE],
    ),
    "attention_infogan": Published(
        loss=HINGE,
        latent=latents.Product(
            noise=latents.Uniform(62),
            category=latents.Categorical(10),
            style=latents.Uniform(2, minimum_scale=0.2),
        ),
        rates=(1e-3, 4e-4),
        betas=(0.0, 0.9),
        normalization="spectral",
        terms_of_both=[CODES],
    ),
}
ONLY_ON_IMAGES = ["infogan", "sagan", "began", "dcgan_ada", "ibgan", "infomax_gan"]
ONLY_ON_IMAGES += ["variational_infogan", "wasserstein_infogan", "invariant_infogan"]
ONLY_ON_IMAGES += ["infogan_cr", "regularized_infogan", "attention_infogan"]
ONLY_ON_IMAGES += ["multimodal_infogan"]
ON_POINTS = [name for name in PUBLISHED if name not in ONLY_ON_IMAGES]


@pytest.fixture(scope="module", params=list(PUBLISHED))
def name(request):
    return request.param


@pytest.fixture(scope="module")
def published(name):
    return PUBLISHED[name]


@pytest.fixture(scope="module")
def model(name):
    return recipes.get(name)(SHAPE)


def numbers(part, *common):
    """The configuration of a part, without what every layer has, or a term that always counts."""
    config = part.get_config()
    left_out = {"name", "trainable", "dtype", *common}
    left_out |= {
        name for name, value in {"every": 1, "start": 0}.items() if config.get(name) == value
    }
    return {key: config[key] for key in config if key not in left_out}


def parts_of(network):
    """All layers, those of nested models too."""
    for layer in network.layers:
        if isinstance(layer, keras.Model):
            yield from parts_of(layer)
        else:
            yield layer


def normalization_of(network):
    kinds = {type(layer).__name__ for layer in parts_of(network)}
    if "SpectralNormalization" in kinds:
        assert not kinds & {"Dense", "Conv2D", "Conv2DTranspose", "BatchNormalization"}
        return "spectral"
    return "batch" if "BatchNormalization" in kinds else None


def test_the_table_has_every_recipe():
    # Those with labels, and of translations, texts, sounds, videos, have tests of their own.
    others = {"conditional_gan", "acgan", "projection_gan", "cyclegan", "pix2pix", "cut"}
    others |= {"text_gan", "wave_gan", "video_gan", "text_to_image"}
    assert set(PUBLISHED) | others == set(recipes.RECIPES)


def test_loss(model, published):
    kind, expected = published.loss
    assert type(model.adversarial_loss) is kind
    assert numbers(model.adversarial_loss) == expected


def test_latent(model, published):
    assert repr(model.latent) == repr(published.latent)


def test_optimizers(model, published):
    at_first = []
    later = []
    for player, steps in (("generator", 1), ("discriminator", published.steps)):
        optimizer = getattr(model, f"{player}_optimizer")
        assert type(optimizer).__name__ == published.optimizer
        if published.optimizer == "Adam":
            assert (optimizer.beta_1, optimizer.beta_2) == published.betas
        assert optimizer.global_clipnorm is None
        at_first.append(float(optimizer.learning_rate))
        optimizer.iterations.assign(100_000 * steps)
        later.append(float(optimizer.learning_rate))
        optimizer.iterations.assign(0)
    assert at_first == pytest.approx(published.rates)
    assert later == pytest.approx(published.later or published.rates)


def test_discriminator_steps(model, published):
    assert model.discriminator_steps == published.steps


def test_normalization(model, published, name):
    if name == "attention_infogan":  # Not all kernels: tests/networks/test_attention_infogan.py.
        return
    assert normalization_of(model.discriminator) == published.normalization
    generator = model.mixture.components[0] if name == "adagan" else model.generator
    assert normalization_of(generator) == (None if name == "began" else "batch")


@pytest.mark.parametrize("name", ON_POINTS)
def test_discriminators_on_points(name):
    model = recipes.get(name)((2,), width=4)
    spectral = PUBLISHED[name].normalization == "spectral"
    assert normalization_of(model.discriminator) == ("spectral" if spectral else None)
    generator = model.mixture.components[0] if name == "adagan" else model.generator
    assert normalization_of(generator) is None
    assert_only_wgan_clips_and_only_pacgan_packs(model)


def test_terms(model, published):
    for terms, expected in (
        (model.discriminator_regularizers, published.terms),
        (model.generator_regularizers, published.generator_terms),
        (model.terms, published.terms_of_both),
    ):
        found = [(type(term), numbers(term, "loss", "critic", "transformations")) for term in terms]
        assert found == expected
    assert model.prior_score is None


def test_moving_average(model, name):
    assert model.generator_average.decay == 0.999
    assert (model.discriminator_average is not None) == model.recognizes_codes


def test_only_dcgan_ada_augments(model, name):
    if name != "dcgan_ada":
        assert model.augmentation is None
        return
    assert type(model.augmentation) is AdaptiveAugmentation
    expected = {"target": 0.6, "interval": 4, "images": 500_000, "initial": 0.0, "geometric": True}
    assert numbers(model.augmentation) == expected


def assert_only_wgan_clips_and_only_pacgan_packs(model):
    limits = {
        layer.kernel_constraint and layer.kernel_constraint.limit
        for layer in parts_of(model.discriminator)
        if hasattr(layer, "kernel_constraint")
    }
    assert limits == {0.01} if model.name == "wgan" else limits <= {None}
    packs = [x.pack_size for x in parts_of(model.discriminator) if hasattr(x, "pack_size")]
    assert packs == ([2, 2] if model.name == "pacgan" else [])


def test_only_wgan_clips_and_only_pacgan_packs(model):
    assert_only_wgan_clips_and_only_pacgan_packs(model)


def test_kind_of_model(model, name):
    kinds = {"adagan": models.AdaGAN, "variational_infogan": models.VariationalInfoGAN}
    kinds |= {"multimodal_infogan": models.MultimodalInfoGAN}
    assert type(model) is kinds.get(name, models.GAN)
    assert model.name == name
    assert model.recognizes_codes == ("infogan" in name or name == "ibgan")


def test_the_signature_shows_what_is_built(name, published):
    """What `inspect.signature` and the trainers show is what holds."""
    shown = {key: p.default for key, p in inspect.signature(recipes.get(name)).parameters.items()}
    generator_rate, discriminator_rate = published.rates
    assert shown["optimizer"] == published.optimizer.lower()
    assert shown["learning_rate"] == generator_rate
    assert (shown["discriminator_learning_rate"] or generator_rate) == discriminator_rate
    assert (shown["beta_1"], shown["beta_2"]) == published.betas
    assert shown["discriminator_steps"] == published.steps
    schedules = {"sngan": "linear", "infomax_gan": "linear", "began": "halving"}
    assert shown["schedule"] == schedules.get(name, "constant")
    assert shown["decay_steps"] == 100_000
    assert shown["moving_average"] == 0.999
    if "latent" in shown and name != "adagan":
        assert shown["latent"] == type(published.latent).__name__.lower()
        assert shown["latent_dimension"] == published.latent.dimension


def test_adagan_has_three_components_that_weigh_the_same():
    model = recipes.adagan((2,), width=4)
    assert len(model.mixture.components) == 3
    assert (model.steps_per_component, model.classifier_steps) == (1000, 500)
    assert model.classifier_learning_rate == 1e-3


def test_infogan_for_mnist():
    model = recipes.infogan((28, 28, 1))
    # Trainable weights, and two statistics for each channel that is normalised.
    assert model.generator.count_params() == 6_645_121 + 2 * (1024 + 6272 + 64)
    assert model.discriminator.count_params() == 6_691_151 + 2 * (128 + 1024 + 128)


def conv(size, inputs, outputs, bias=True):
    return size * size * inputs * outputs + bias * outputs


def test_dcgan_for_32x32():
    model = recipes.dcgan((32, 32, 3))
    # 4x4x256, then 128, 64 and 3 channels; four numbers for each channel that is normalised.
    maps = [conv(4, a, b, bias=False) for a, b in ((256, 128), (128, 64))]
    expected = 100 * 4 * 4 * 256 + sum(maps) + 4 * (256 + 128 + 64) + conv(4, 64, 3)
    assert model.generator.count_params() == expected
    maps = [conv(4, a, b, bias=False) for a, b in ((64, 128), (128, 256))]
    expected = conv(4, 3, 64) + sum(maps) + 4 * (128 + 256) + 4 * 4 * 256 + 1
    assert model.discriminator.count_params() == expected


def test_sngan_for_32x32():
    model = recipes.sngan((32, 32, 3))
    # 4x4x512, each unit normalised, then 256, 128, 64 channels and a 3x3 convolution.
    channels = [512, 256, 128, 64]
    maps = [conv(4, a, b, bias=False) for a, b in zip(channels, channels[1:], strict=False)]
    expected = (128 + 4) * 4 * 4 * 512 + sum(maps) + 4 * sum(channels[1:]) + conv(3, 64, 3)
    assert model.generator.count_params() == expected
    kernels = [(3, 3, 64), (4, 64, 64), (3, 64, 128), (4, 128, 128), (3, 128, 256), (4, 256, 256)]
    weights = sum(conv(*kernel) for kernel in [*kernels, (3, 256, 512)]) + 4 * 4 * 512 + 1
    # Beside each kernel a vector, a column for each output.
    vectors = sum(outputs for _, _, outputs in kernels) + 512 + 1
    assert model.discriminator.count_params() == weights + vectors


def test_gan_is_dcgan_with_another_loss():
    gan, dcgan = (recipe(SHAPE, width=4, seed=4) for recipe in (recipes.gan, recipes.dcgan))
    for ours, theirs in zip(gan.weights, dcgan.weights, strict=True):
        np.testing.assert_array_equal(ours.numpy(), theirs.numpy())
