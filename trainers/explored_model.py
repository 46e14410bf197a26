"""The graphs of a model that a page computes with, from a run, a `.keras` file or an export."""

from __future__ import annotations

import dataclasses
import pathlib
from typing import Any

import numpy as np

from tfgan_it.checks import check_name
from tfgan_it.export.extras import need
from tfgan_it.export.finished import DESCRIPTION, TRAINED_MODEL, versions
from tfgan_it.export.signatures import Signatures
from tfgan_it.files import read_json, reading

from .run_directory import RunDirectory, load_model

# `sample` only shows how latents are drawn: its generator is that of `serving_default`.
_SIGNATURES = ("serving_default", "sample", "infer_codes", "encode")
OF_A_MODALITY = "infer_codes_"  # And its name.
_TRANSLATIONS = ("translate", "translate_to_b", "translate_to_a")
_TRIED_SEEDS = np.array([0, 1, 2])


@dataclasses.dataclass(frozen=True)
class ExploredModel:
    """A model as graphs of ONNX, and what is known of it.

    Attributes:
        description: The content of `tfgan_it.json`.
        graphs: Content of a file of ONNX by name: `draw_latents`, from seeds to latents;
            `serving_default`, from latents to samples; `infer_codes`, from samples to Q(c|x);
            `infer_codes_m`, from a modality m alone; `encode`, from samples to latents. A model
            that translates has `translate`, or `translate_to_a` and `translate_to_b`, instead.
            Those that a model or its export lacks are missing.
    """

    description: dict[str, Any]
    graphs: dict[str, bytes]

    @property
    def name(self) -> str:
        """Name of the model, that of a file."""
        return check_name("", "the model's name", self.description["model"])


def explored_model(path: pathlib.Path, scratch: pathlib.Path) -> ExploredModel:
    """Reads an export to ONNX, or exports a run or a `.keras` file first.

    Args:
        path: Folder of a run or of an export, `NAME/` or `NAME/VERSION/`; or a `.keras` file.
        scratch: Empty folder for the export.

    Raises:
        ImportError: If a package for ONNX is not installed.
        ValueError: If it is an export of another program, or to another format without the trained
            model beside it.
    """
    folder = _export_folder(path)
    if folder is None:
        folder = _exported(
            path, scratch, RunDirectory(path).export_details() if path.is_dir() else {}
        )
    elif (folder / TRAINED_MODEL).is_file():  # The trainer's: to TensorFlow's format.
        described = read_json(folder / DESCRIPTION)
        details = {"run": described["run"]} if "run" in described else {}
        folder = _exported(folder / TRAINED_MODEL, scratch, details)
    description = read_json(folder / DESCRIPTION)
    with reading(folder / DESCRIPTION, "the description of an export"):
        found = description["signatures"]
        complete = {"serving_default", "sample"} <= set(found) and bool(description["latent"])
        missing = [name for name in found if not (folder / f"{name}.onnx").is_file()]
    if missing:
        raise ValueError(
            f"{folder} is not an export to ONNX: give the run or the .keras file, or export it by "
            "--format=onnx."
        )
    if "float32" not in str(found.get("serving_default", {}).get("outputs", "float32")):
        raise ValueError(f"{folder} returns images as pixels: export it with --images=float32.")
    names = [name for name in found if _is_explored(name) and name != "sample"]
    graphs = {name: (folder / f"{name}.onnx").read_bytes() for name in names}
    if not complete:
        return ExploredModel(description, {n: graphs[n] for n in _TRANSLATIONS if n in graphs})
    return ExploredModel(description, {"draw_latents": _draw_latents(folder, description)} | graphs)


def _is_explored(signature: str) -> bool:
    """Whether a page computes with a signature, or shows by it how latents are drawn."""
    return signature in (*_SIGNATURES, *_TRANSLATIONS) or signature.startswith(OF_A_MODALITY)


def _export_folder(path: pathlib.Path) -> pathlib.Path | None:
    """Returns the folder of an export's highest version; None for a run or a `.keras` file."""
    if not path.is_dir() or (path / "options.json").is_file():
        return None
    candidates = [path, *(path / str(number) for number in sorted(versions(path), reverse=True))]
    for folder in candidates:
        if (folder / DESCRIPTION).is_file():
            return folder
    raise ValueError(
        f"{path} is neither a run nor an export: it has no options.json, no tfgan_it.json."
    )


def _exported(path: pathlib.Path, scratch: pathlib.Path, details: dict[str, Any]) -> pathlib.Path:
    model = load_model(path)
    offered = Signatures(model).inputs
    wanted = [name for name in offered if _is_explored(name)]
    return model.export(
        scratch / "model", format="onnx", signatures=wanted or list(offered)[:1], details=details
    )


def _draw_latents(folder: pathlib.Path, description: dict[str, Any]) -> bytes:
    """Returns the part of `sample` that draws the latents of seeds, as a graph of its own.

    It is found by trial: the first tensor of which `serving_default` makes the samples of `sample`.

    Raises:
        ValueError: If there is none.
    """
    onnx, runtime = need("onnx", "onnx"), need("onnxruntime", "onnx")
    options = runtime.SessionOptions()
    options.log_severity_level = 3
    whole = onnx.load(folder / "sample.onnx")
    width = sum(part["dimension"] for part in description["latent"].values())
    samples = [name for name in description["signatures"]["serving_default"]["outputs"]]
    conditions = {
        name: np.zeros([len(_TRIED_SEEDS), *shape], dtype)
        for name, (dtype, shape) in inputs_of(description, "sample").items()
        if name != "seed"
    }
    every = onnx.ModelProto()
    every.CopyFrom(whole)
    tensors = [name for node in whole.graph.node for name in node.output if name]
    kept = {output.name for output in whole.graph.output}
    every.graph.output.extend(
        onnx.helper.make_empty_tensor_value_info(name) for name in tensors if name not in kept
    )
    session = runtime.InferenceSession(every.SerializeToString(), options)
    names = [output.name for output in session.get_outputs()]
    values = dict(zip(names, session.run(names, {"seed": _TRIED_SEEDS, **conditions}), strict=True))
    generator = runtime.InferenceSession(folder / "serving_default.onnx", options)
    for name in tensors:
        tried = np.asarray(values[name])
        if tried.shape != (len(_TRIED_SEEDS), width) or tried.dtype != np.float32:
            continue
        made = generator.run(samples, {"latents": tried, **conditions})
        if all(np.allclose(a, values[b], atol=1e-6) for a, b in zip(made, samples, strict=True)):
            return _subgraph(onnx, whole, name, width).SerializeToString()
    raise ValueError(f"{folder} does not show how seeds become latents: explore the run itself.")


def inputs_of(description: dict[str, Any], signature: str) -> dict[str, tuple[str, list[int]]]:
    """Returns dtype and shape of a row of each input, from texts such as `float32 (None, 8)`."""
    found = {}
    for name, text in description["signatures"][signature]["inputs"].items():
        dtype, _, shape = text.partition(" ")
        found[name] = (dtype, [int(n) for n in shape.strip("()").split(",") if n.strip().isdigit()])
    return found


def _subgraph(onnx: Any, whole: Any, tensor: str, width: int) -> Any:
    """Returns the graph that computes one tensor, called `latents`, of the inputs that it needs.

    Beside seeds these may be conditions, of which the number of rows is taken.
    """
    needed: set[str] = {tensor}
    nodes: list[Any] = []
    for node in reversed(whole.graph.node):
        if needed & set(node.output):
            nodes.insert(0, node)
            needed |= set(node.input)
    helper = onnx.helper
    nodes.append(helper.make_node("Identity", [tensor], ["latents"]))
    graph = helper.make_graph(
        nodes,
        "draw_latents",
        [value for value in whole.graph.input if value.name in needed],
        [helper.make_tensor_value_info("latents", onnx.TensorProto.FLOAT, [None, width])],
        [value for value in whole.graph.initializer if value.name in needed],
    )
    made = helper.make_model(graph, opset_imports=whole.opset_import)
    made.ir_version = whole.ir_version
    return made
