"""What each recipe takes beside what all of them take."""

import numpy as np
import pytest

from tfgan_it import latents, layers, networks, recipes
from tfgan_it.augmentation import AdaptiveAugmentation, DiffAugment
from tfgan_it.losses import FDivergence, LeastSquares
from tfgan_it.regularizers import CodeInformation

SHAPE = (8, 8, 1)


def shapes_of(network):
    return [tuple(weight.shape) for weight in network.weights]


def rates_of(model):
    optimizers = model.generator_optimizer, model.discriminator_optimizer
    return [float(optimizer.learning_rate) for optimizer in optimizers]


def weights_of_codes(model):
    (term,) = model.terms
    assert type(term) is CodeInformation
    return term.weights_by_code


def test_sizes_of_dcgan():
    model = recipes.dcgan(SHAPE, latent_dimension=6, width=4, kernel_size=5)
    generator = networks.dcgan_generator(SHAPE, 6, width=4, kernel_size=5)
    assert shapes_of(model.generator) == shapes_of(generator)
    discriminator = networks.dcgan_discriminator(SHAPE, width=4, kernel_size=5)
    assert shapes_of(model.discriminator) == shapes_of(discriminator)


@pytest.mark.parametrize("recipe", [recipes.dcgan, recipes.wgan, recipes.sngan])
def test_sizes_on_points(recipe):
    model = recipe((3,), latent_dimension=6, width=5, depth=1)
    assert shapes_of(model.generator) == [(6, 5), (5,), (5, 3), (3,)]
    kernels = [shape for shape in shapes_of(model.discriminator) if len(shape) == 2]
    # Spectral normalisation keeps a vector beside each kernel.
    vectors = [(1, 5), (1, 1)] if recipe is recipes.sngan else []
    assert sorted(kernels) == sorted([(3, 5), (5, 1), *vectors])


@pytest.mark.parametrize("shape", [SHAPE, (2,)])
def test_normalization_of_dcgan(shape):
    found = {}
    for normalization in ("batch", "spectral", None):
        model = recipes.dcgan(shape, width=4, normalization=normalization)
        kinds = {type(layer).__name__ for layer in model.discriminator.layers}
        found[normalization] = kinds & {"BatchNormalization", "SpectralNormalization"}
    batch = {"BatchNormalization"} if shape == SHAPE else set()
    assert found == {"batch": batch, "spectral": {"SpectralNormalization"}, None: set()}


@pytest.mark.parametrize("shape", [SHAPE, (2,)])
def test_further_arguments_of_the_discriminator(shape):
    model = recipes.dcgan(shape, width=4, discriminator={"pack_size": 3})
    assert [x.pack_size for x in model.discriminator.layers if type(x) is layers.PackSamples] == [3]


@pytest.mark.parametrize("shape", [SHAPE, (2,)])
def test_an_unknown_normalization_is_one_line(shape):
    message = r"^Unknown normalization 'spectrel': .* \(nearest: spectral\)\.\Z"
    with pytest.raises(ValueError, match=message):
        recipes.dcgan(shape, normalization="spectrel")


def test_labels_of_lsgan():
    loss = recipes.lsgan((2,), width=4, a=-1.0, b=1.0, c=0.0).adversarial_loss
    assert type(loss) is LeastSquares
    assert (loss.a, loss.b, loss.c) == (-1.0, 1.0, 0.0)


def test_divergence_of_fgan():
    loss = recipes.fgan((2,), width=4, divergence="kl", alternative=False).adversarial_loss
    assert type(loss) is FDivergence
    assert (loss.divergence, loss.alternative) == ("kl", False)
    with pytest.raises(ValueError, match=r"^Unknown divergence 'pearsn': .*nearest: pearson"):
        recipes.fgan((2,), divergence="pearsn")


@pytest.mark.parametrize("name", ["dragan", "wgan_gp"])
def test_weight_of_a_gradient_penalty(name):
    [penalty] = recipes.get(name)((2,), width=4, lambda_=0.1).discriminator_regularizers
    assert penalty.lambda_ == 0.1


def test_weight_of_the_penalties_of_r3gan():
    penalties = recipes.r3gan((2,), width=4, gamma=2.0).discriminator_regularizers
    assert [penalty.gamma for penalty in penalties] == [2.0, 2.0]


def test_weight_and_start_of_lecam():
    [term] = recipes.lecam((2,), width=4, lambda_=0.5, start=7).discriminator_regularizers
    assert (term.lambda_, term.start) == (0.5, 7)


@pytest.mark.parametrize("shape", [SHAPE, (2,)])
def test_wgan_clips_kernels_after_each_update(shape):
    model = recipes.wgan(shape, width=4, limit=0.004, learning_rate=0.1, run_eagerly=True)
    images = np.random.default_rng(0).uniform(-1, 1, (20, *shape)).astype("float32")
    model.fit(images, batch_size=4, verbose=0)
    size = {True: [], False: []}
    for weight in model.discriminator.trainable_variables:
        size[weight.name == "kernel"].append(np.abs(weight.numpy()).max())
    np.testing.assert_allclose(size[True], 0.004, rtol=1e-5)
    # RMSprop's first update is ten times the rate.
    assert max(size[False]) > 0.9


def test_samples_of_pacgan():
    model = recipes.pacgan(SHAPE, width=4, pack_size=4)
    assert model.discriminator.get_layer(index=1).pack_size == 4
    assert model.discriminator.layers[-1].pack_size == 4


def test_augmentation_of_dcgan_ada():
    model = recipes.dcgan_ada(SHAPE, width=4, target=0.5, images=9000, geometric=False)
    assert type(model.augmentation) is AdaptiveAugmentation
    augmentation = model.augmentation
    assert (augmentation.target, augmentation.images) == (0.5, 9000)
    assert augmentation.geometric is False


def test_dcgan_ada_with_another_augmentation():
    own = DiffAugment()
    assert recipes.dcgan_ada(SHAPE, width=4, augmentation=own).augmentation is own


@pytest.mark.slow
def test_sizes_and_balance_of_began():
    model = recipes.began(SHAPE, latent_dimension=7, width=4, hidden=3, gamma=0.7, lambda_k=0.25)
    assert (model.adversarial_loss.gamma, model.adversarial_loss.lambda_k) == (0.7, 0.25)
    generator = networks.decoder_generator(SHAPE, 7, width=4)
    assert shapes_of(model.generator) == shapes_of(generator)
    discriminator = networks.autoencoder_discriminator(SHAPE, width=4, hidden=3)
    assert shapes_of(model.discriminator) == shapes_of(discriminator)


def test_width_of_sngan():
    model = recipes.sngan(SHAPE, latent_dimension=7, width=4)
    assert shapes_of(model.generator) == shapes_of(networks.sngan_generator(SHAPE, 7, width=4))
    discriminator = networks.sngan_discriminator(SHAPE, width=4)
    assert shapes_of(model.discriminator) == shapes_of(discriminator)


def test_width_and_rates_of_sagan():
    model = recipes.sagan(SHAPE, latent_dimension=7, width=8, learning_rate=1e-3)
    generator = networks.residual_generator(SHAPE, 7, width=8, attention=True)
    assert shapes_of(model.generator) == shapes_of(generator)
    for network in (model.generator, model.discriminator):
        assert "SelfAttention" in [type(layer).__name__ for layer in network.layers]
    assert rates_of(model) == pytest.approx([1e-3, 4e-4])


def test_lengths_of_adagan():
    model = recipes.adagan(
        (2,),
        width=4,
        latent_dimension=3,
        components=4,
        steps_per_component=7,
        classifier_steps=5,
        classifier_learning_rate=0.25,
    )
    assert len(model.mixture.components) == 4
    assert (model.steps_per_component, model.classifier_steps) == (7, 5)
    assert model.classifier_learning_rate == 0.25
    assert repr(model.latent.parts["noise"]) == repr(latents.Uniform(3))
    assert shapes_of(model.classifier) == shapes_of(model.discriminator)


def small_infogan(**hyperparameters):
    return recipes.infogan(SHAPE, **{"noise": 5, "width": 4, "features": 16, **hyperparameters})


def test_codes_rates_and_sizes_of_infogan():
    model = small_infogan(
        categories=3,
        continuous=4,
        minimum_scale=0.3,
        lambda_information={"category": 0.5, "style": 0.25},
        learning_rate=3e-3,
        discriminator_learning_rate=4e-3,
    )
    style = latents.Uniform(4, minimum_scale=0.3)
    latent = latents.Product(noise=latents.Uniform(5), category=latents.Categorical(3), style=style)
    assert repr(model.latent) == repr(latent)
    assert weights_of_codes(model) == {"category": 0.5, "style": 0.25}
    assert rates_of(model) == pytest.approx([3e-3, 4e-3])
    generator = networks.infogan_generator(SHAPE, 12, width=4, features=16)
    assert shapes_of(model.generator) == shapes_of(generator)
    discriminator = networks.infogan_discriminator(SHAPE, 3 + 2 * 4, width=4, features=16)
    assert shapes_of(model.discriminator) == shapes_of(discriminator)


@pytest.mark.parametrize(
    "hyperparameters, codes",
    [({"categories": 0}, ["style"]), ({"continuous": 0}, ["category"])],
)
def test_infogan_with_one_kind_of_code(hyperparameters, codes):
    assert list(small_infogan(**hyperparameters).latent.codes.parts) == codes


def test_infogan_without_codes():
    with pytest.raises(ValueError, match=r"^infogan: categories and continuous are both 0.*\Z"):
        small_infogan(categories=0, continuous=0)


def test_the_prior_of_invariant_infogan_may_be_learned_at_a_price():
    small = {"width": 2, "features": 4, "outcomes": 12}
    model = recipes.invariant_infogan(SHAPE, prior="learned", beta=0.2, **small)
    (term,) = model.generator_regularizers
    assert term.beta == 0.2 and term.prior is model.latent.parts["category"]
    assert recipes.invariant_infogan(SHAPE, **small).generator_regularizers[0].prior is None


def test_the_prior_of_infogan_may_be_learned():
    code = small_infogan(prior="learned").latent.parts["category"]
    assert type(code) is latents.LearnedCategorical and code.categories == 10
    assert code.gradient == "score"
    published = small_infogan(prior="gumbel_softmax").latent.parts["category"]
    assert published.gradient == "gumbel_softmax"
    assert type(small_infogan().latent.parts["category"]) is latents.Categorical
    with pytest.raises(ValueError, match=r"Unknown prior 'learnt'.*nearest: learned"):
        small_infogan(prior="learnt")


def test_the_encoder_of_infogan_may_be_separate():
    names = {
        encoder: [layer.name for layer in small_infogan(encoder=encoder).discriminator.layers]
        for encoder in ("shared", "separate")
    }
    assert "encoder_trunk" in names["separate"] and "encoder_trunk" not in names["shared"]


@pytest.mark.slow
def test_styles_weigh_less_than_categories_unless_something_else_is_asked_for():
    assert weights_of_codes(small_infogan()) == {"category": 1.0, "style": pytest.approx(0.04)}
    alone = small_infogan(encoder="separate")
    assert weights_of_codes(alone) == {"category": 1.0, "style": 0.1}
    assert weights_of_codes(small_infogan(continuous=0)) == {"category": 1.0}
    alone = small_infogan(continuous=0, encoder="separate")
    assert weights_of_codes(alone) == {"category": 1.0}
    model = small_infogan(lambda_information=0.5)
    assert weights_of_codes(model) == {"category": 0.5, "style": 0.5}
