"""What a page knows of its model: the parts of a sample, its codes, and what it can compute."""

from __future__ import annotations

from typing import Any

from tfgan_it.datasets import LogMel

from .explored_model import OF_A_MODALITY, ExploredModel, inputs_of
from .real_images import RealImages

_PART = ("kind", "dimension", "columns", "entropy_nats", "low", "high", "scale")
_PICTURE_CHANNELS = (1, 3, 4)


def page_data(model: ExploredModel, images: RealImages | None) -> dict[str, Any]:
    """Returns what the page knows of the model, as JSON has it."""
    described = model.description
    labels = (described["conditions"] or {}).get("kind") == "Label"
    return {
        "model": model.name,
        "notice": obstacle(model),
        "tensors": _tensors(described),
        "parts": sample_parts(described),
        "range": described["value_range"] or [-1.0, 1.0],
        "latent": [
            {"name": name, **{key: part[key] for key in _PART if part.get(key) is not None}}
            for name, part in (described["latent"] or {}).items()
        ],
        "classes": described["conditions"]["classes"] if labels else None,
        "graphs": list(model.graphs),
        "translations": translations(model),
        "images": images
        and {
            "count": len(images["images"]),
            **{name: images[name] for name in ("labels", "classes", "dataset")},
        },
    }


def obstacle(model: ExploredModel) -> str:
    """Returns in one line why the page has nothing to show, or nothing if it has something."""
    described = model.description
    if not model.graphs:
        return "This model makes no samples from latents: this page has nothing to show of it."
    translated = translations(model)
    for each in translated:
        for shape in (each["input"], each["output"]):
            if not _is_picture(shape):
                return f"Samples of this model, {shape}, cannot be drawn."
    if translated:
        return ""
    if (kind := (described["conditions"] or {}).get("kind")) not in (None, "Label"):
        return (
            f"Samples of this model need conditions ({kind}), which cannot be given in this page."
        )
    if not sample_parts(described):
        return f"Samples of this model, {described['sample_shape']}, cannot be drawn."
    return ""


def sample_parts(described: dict[str, Any]) -> list[dict[str, Any]]:
    """Returns what is drawn of a sample: images, sounds, words, points.

    A sample of several tensors has a part for each; a tensor of several modalities, one for each of
    these. `first` is the part's first channel in its tensor. What cannot be drawn is left out.
    """
    found = []
    for tensor, whole in _tensors(described).items():
        first = 0
        for name, shape in (_modalities(described) or {tensor: whole}).items():
            kind = _kind(name, shape, described)
            if kind:
                part = {"name": name, "tensor": tensor, "shape": shape, "first": first}
                found.append(part | kind)
            first += shape[-1]
    return found


def translations(model: ExploredModel) -> list[dict[str, Any]]:
    """Returns the ways from a picture to a picture: graph, names and shapes of both.

    They are those between two domains, or that of a model whose condition is an image, which draws
    from a seed as well.
    """
    described = model.description
    conditions = described["conditions"] or {}
    if conditions.get("kind") == "Image" and "serving_default" in model.graphs:
        samples = described["sample_shape"]
        way = {"graph": "serving_default", "from": "condition", "to": "sample"}
        return [way | {"input": conditions["shape"], "output": samples}]
    return [
        {
            "graph": graph,
            "from": source,
            "to": to,
            "input": inputs_of(described, graph)["images"][1],
            "output": described["sample_shape"][to],
        }
        for graph, source, to in (
            ("translate", "a", "b"),
            ("translate_to_b", "a", "b"),
            ("translate_to_a", "b", "a"),
        )
        if graph in model.graphs
    ]


def _tensors(described: dict[str, Any]) -> dict[str, list[int]]:
    shape = described["sample_shape"]
    return dict(shape) if isinstance(shape, dict) else {"images": shape}


def _modalities(described: dict[str, Any]) -> dict[str, list[int]]:
    """Returns the shape of each modality of one tensor by name, in the order of its channels."""
    if isinstance(described["sample_shape"], dict):  # A tensor is a modality.
        return {}
    names = [name for name in described["signatures"] if name.startswith(OF_A_MODALITY)]
    inputs = [inputs_of(described, name) for name in names]
    return {name: shape for each in inputs for name, (_, shape) in each.items()}


def _kind(name: str, shape: list[int], described: dict[str, Any]) -> dict[str, Any]:
    """Returns the kind of a part, and what it takes to hear it; nothing of one that is not drawn.

    Sounds are log-mel spectrograms with the defaults of `LogMel`. An export does not tell a
    spectrogram from an image: a part called `sound` is one, and a sample of `spoken_digit`.
    """
    if len(shape) == 2 and described["value_range"] == [0.0, 1.0]:
        return {"kind": "words"}
    if shape == [2]:
        return {"kind": "points"}
    if not _is_picture(shape):
        return {}
    dataset = (described.get("run") or {}).get("dataset")
    if shape[-1] == 1 and (name == "sound" or dataset == "spoken_digit"):
        try:
            mel = LogMel(bands=shape[0], frames=shape[1])
        except ValueError:  # More bands than its window has frequencies.
            return {"kind": "image"}
        names = ("rate", "bands", "frames", "hop", "window", "lowest", "highest")
        return {"kind": "sound", "mel": {name: getattr(mel, name) for name in names}}
    return {"kind": "image"}


def _is_picture(shape: Any) -> bool:
    return isinstance(shape, list) and len(shape) == 3 and shape[-1] in _PICTURE_CHANNELS
