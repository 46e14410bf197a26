"""Distributions of the generator's input, with their entropies and posteriors."""

from tfgan_it.checks import check_integer
from tfgan_it.latents.categorical import Categorical
from tfgan_it.latents.continuous import Normal, Uniform
from tfgan_it.latents.latent import Latent
from tfgan_it.latents.learned_categorical import LearnedCategorical
from tfgan_it.latents.product import Product
from tfgan_it.typing import Identifier

__all__ = ["Categorical", "Latent", "LearnedCategorical", "Normal", "Product", "Uniform", "get"]


def get(identifier: Identifier) -> Latent:
    """Returns the latent for an identifier.

    Args:
        identifier: A latent; or an integer d, for `Normal(d)`.

    Raises:
        ValueError: If it is anything else.

    Example:

    >>> get(64)
    Normal(dimension=64)
    """
    if isinstance(identifier, Latent):
        return identifier
    try:
        return Normal(check_integer("", "latent", identifier, 1))
    except ValueError:
        raise ValueError(
            "latent must be a latent such as latents.Normal(64), or a number of columns, got "
            f"{identifier!r}."
        ) from None
