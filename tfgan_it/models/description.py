"""What a model is made of, as text, and which publications it stands on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tfgan_it.citations import as_bibtex, citations_of, find_citations
from tfgan_it.configuration import Configurable
from tfgan_it.layers.nested import nested_layers
from tfgan_it.models.generation import GeneratesSamples
from tfgan_it.typing import Nest


class DescribesItself(GeneratesSamples):
    """`repr` and `cite` of an adversarial model.

    The subclass provides `citations`, further sources as docstrings write them.
    """

    citations: tuple[str, ...] = ()

    def __repr__(self) -> str:
        if not self.built:  # An error of the constructor.
            return super().__repr__()
        lines = [f"{type(self).__name__} {self.name!r} at step {self.trained_steps}"]
        for label, values in self._described():
            first, *more = values or ["none"]
            lines += [f"  {label:<13}  {first}", *(f"  {'':<13}  {value}" for value in more)]
        return "\n".join(lines)

    def cite(self) -> str:
        """Returns BibTeX of what the model stands on, each publication once.

        These are the sources of its recipe, its class, its loss, terms, latent, conditions and
        augmentation, of the layers of its networks and of its optimisers, as far as they are this
        package's.

        Example:

        >>> from tfgan_it import recipes
        >>> recipes.wgan((2,), width=4).cite().splitlines()[0]
        '@article{arjovsky2017wasserstein,'
        """
        found = [citation for text in self.citations for citation in find_citations(text)]
        for part in _parts_in_use(self):
            found += citations_of(type(part))
        return as_bibtex(found)

    def _described(self) -> Iterator[tuple[str, list[str]]]:
        inputs = "samples" if self.latent is None else f"latents ({self.latent.dimension},)"
        networks = {"generator": self.generator, **self.generator_networks}
        for name, network in networks.items():
            maps = f": {inputs} to {_shown(self.sample_shape)}" if name == "generator" else ""
            yield name, [f"{network.count_params():,} parameters{maps}"]
        outputs = ", ".join(f"{k} {_shown(v)}" for k, v in self.discriminator_outputs.items())
        size = f"{self.discriminator.count_params():,} parameters"
        yield "discriminator", [f"{size}: {_shown(self.sample_shape)} to {outputs}"]
        yield "latent", [] if self.latent is None else [repr(self.latent)]
        yield "conditions", [] if self.conditions is None else [repr(self.conditions)]
        if not self.compiled:
            yield "loss", ["not compiled"]
            return
        yield "loss", [repr(self.adversarial_loss)]
        terms = {id(t): t for player in self.players for t in player.terms[1:]}
        owners = {
            id(term): [player.name for player in self.players if term in player.terms]
            for term in terms.values()
        }
        yield "terms", [f"{t!r} of {' and '.join(owners[key])}" for key, t in terms.items()]
        if self.augmentation is not None:
            yield "augmentation", [repr(self.augmentation)]


def _parts_in_use(model: Any) -> list[Any]:
    """Returns the model, its parts, and what these are made of, each once."""
    parts: dict[int, Any] = {}
    todo: list[Any] = [model, model.latent, model.conditions]
    if model.compiled:
        optimizers = [model.generator_optimizer, model.discriminator_optimizer]
        todo = [model, *model.parts, *todo[1:], *nested_layers(model), *optimizers]
    else:
        todo += nested_layers(model)
    todo.reverse()
    while todo:
        part = todo.pop()
        if isinstance(part, (list, tuple)):
            todo += reversed(part)
        elif isinstance(part, dict):
            todo += reversed(part.values())
        elif id(part) not in parts and part is not None:
            parts[id(part)] = part
            if isinstance(part, Configurable):
                todo += reversed(part.constructor_arguments.values())
    return list(parts.values())


def _shown(shape: Nest) -> str:
    if isinstance(shape, dict):
        return "{" + ", ".join(f"{name}: {_shown(value)}" for name, value in shape.items()) + "}"
    return str(tuple(shape))
