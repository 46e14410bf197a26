"""The page that holds a model: what is in it, and that nothing of it comes from elsewhere."""

import hashlib
import json
import re
import shutil

import numpy as np
import pytest

from support.html_pages import HOSTILE, Page
from tfgan_it import datasets, recipes
from trainers import explored_model, explorer_page, page_template, real_images

FRONT_END = page_template.BUNDLE.parent


def described(**changes):
    """What an export says of a model without codes."""
    noise = {"kind": "Normal", "dimension": 2, "columns": [0, 2], "entropy_nats": 2.8}
    return {
        "model": "tiny",
        "step": 1200,
        "sample_shape": [4, 4, 1],
        "value_range": [-1.0, 1.0],
        "latent": {"noise": noise},
        "conditions": None,
        "signatures": {},
        "run": {"recipe": "infogan", "dataset": "digits", "command": "secret --data=/home/me"},
        **changes,
    }


def composed(images=None, **changes):
    graphs = {"draw_latents": b"one", "serving_default": b"two", "infer_codes": b"three"}
    return explorer_page.compose(explored_model.ExploredModel(described(**changes), graphs), images)


def answer(page, name, **given):
    """The first output of a graph in a page, by default of three seeds or of black images."""
    session = pytest.importorskip("onnxruntime").InferenceSession(page.content(f"graph-{name}"))
    usual = {"seed": np.array([0, 7, 8]), "images": -np.ones([3, 8, 8, 1], "float32")}
    return session.run(None, {i.name: (usual | given)[i.name] for i in session.get_inputs()})[0]


def test_everything_is_in_the_page_and_nothing_is_loaded():
    text = composed()
    page = Page(text)
    assert page.content("graph-draw_latents") == b"one"
    assert page.content("graph-infer_codes") == b"three"
    assert page.content("runtime").startswith(b"\0asm")
    for tag, attributes in page.elements:
        assert tag not in ("iframe", "object", "embed", "base"), tag
        for name in ("src", "href", "srcset", "action"):
            assert attributes.get(name, "data:,") == "data:,", (tag, attributes)
    style = next(text for text in page.texts if "--paper" in text)
    assert "url(" not in style and "@import" not in style
    [policy] = [a["content"] for _, a in page.elements if a.get("http-equiv")]
    assert "default-src 'none'" in policy and "connect-src" not in policy
    assert "infogan on digits, 1,200 steps" in page.texts
    assert "secret" not in text and "/home/me" not in text


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_a_name(name):
    part = {"kind": "Categorical", "dimension": 3, "columns": [0, 3], "entropy_nats": 1.0}
    images = {
        "images": np.zeros([2, 4, 4, 1], "uint8"),
        "labels": [0, 1],
        "classes": [name, "b"],
        "dataset": name,
    }
    run = {"recipe": name, "dataset": name}
    page = Page(composed(images, latent={name: part}, run=run))
    plain = Page(composed(images))
    assert [tag for tag, _ in page.elements] == [tag for tag, _ in plain.elements]
    assert [part["name"] for part in page.data["latent"]] == [name]
    assert page.data["images"]["classes"] == [name, "b"]
    assert page.scripts[None] == plain.scripts[None]


def test_a_model_whose_name_is_none_is_refused():
    with pytest.raises(ValueError, match="the model's name must have 1 to 100 printable"):
        composed(model="../x")


def test_numbers_that_json_lacks_are_null():
    part = {"kind": "Normal", "dimension": 2, "columns": [0, 2], "entropy_nats": float("nan")}
    assert Page(composed(latent={"noise": part})).data["latent"][0]["entropy_nats"] is None


def test_the_bundle_is_made_of_the_sources():
    recorded = json.loads((FRONT_END / "bundle" / "sources.json").read_text())
    files = [path for path in (FRONT_END / "src").rglob("*") if path.is_file()]
    files += [FRONT_END / name for name in ("build.mjs", "package.json", "package-lock.json")]
    found = {
        path.relative_to(FRONT_END).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }
    assert found == recorded, "npm install && npm run build, in trainers/explorer"


def test_the_versions_of_the_front_end_are_pinned():
    package = json.loads((FRONT_END / "package.json").read_text())
    for versions in (package["dependencies"], package["devDependencies"]):
        assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in versions.values())


def test_the_bundle_is_small():
    sizes = {path.name: path.stat().st_size for path in (FRONT_END / "bundle").iterdir()}
    assert sizes.pop("runtime.wasm.gz") < 4_000_000
    assert sum(sizes.values()) < 400_000


@pytest.fixture(scope="module")
def written(explore, trained, tmp_path_factory):
    """The page of a run, and what was printed."""
    pytest.importorskip("tf2onnx")
    out = tmp_path_factory.mktemp("page") / "digits.html"
    ended = explore(trained.path, f"--out={out}")
    assert (ended.status, ended.err) == (0, "")
    return out, ended.out


def test_the_page_of_a_run(written, trained):
    out, printed = written
    assert re.fullmatch(rf"{re.escape(str(out))}  \d+\.\d MB\n", printed)
    page, digits = Page(out.read_text()), datasets.load("digits")
    assert page.data["model"] == "infogan" and page.data["notice"] == ""
    assert page.data["graphs"] == ["draw_latents", "serving_default", "infer_codes"]
    assert [part["name"] for part in page.data["latent"]] == ["noise", "category", "style"]
    assert (page.data["images"]["count"], page.data["images"]["dataset"]) == (200, "digits")
    images = np.frombuffer(page.content("images"), "uint8").reshape(200, 8, 8, 1)
    pairs = zip(digits.test_images, digits.test_labels, strict=True)
    known = {image.tobytes(): label for image, label in pairs}
    assert [known[image.tobytes()] for image in images] == page.data["images"]["labels"]


def test_the_graphs_of_a_page_are_the_model(written, trained):
    page, model = Page(written[0].read_text()), explored_model.load_model(trained.path)

    latents = answer(page, "draw_latents")
    np.testing.assert_array_equal(latents[1:2], model.sample_latents(1, seed=7))
    images = answer(page, "serving_default", latents=latents)
    np.testing.assert_allclose(images[1:2], model.generate(1, seed=7), atol=1e-5)


@pytest.mark.slow
def test_an_export_and_a_keras_file_have_the_same_page(explore, export, trained, written, tmp_path):
    exported = export(f"--model={trained.path}", f"--export_dir={tmp_path}", "--format=onnx")
    assert exported.status == 0, exported.err
    model = explored_model.load_model(trained.path)
    model.save(tmp_path / "model.keras")
    [served] = (trained.root / "exports").iterdir()  # TensorFlow's, with the trained model.
    page = Page(written[0].read_text())
    for path in (tmp_path / "infogan_digits_onnx", tmp_path / "model.keras", served / "1"):
        ended = explore(path, f"--out={tmp_path / 'other.html'}")
        assert (ended.status, ended.err) == (0, "")
        other = Page((tmp_path / "other.html").read_text())
        assert other.data["latent"] == page.data["latent"]
        for name in ("draw_latents", "infer_codes"):
            np.testing.assert_array_equal(answer(other, name), answer(page, name))
        assert bool(other.data["images"]) == (path.suffix != ".keras")


def test_a_page_without_data_that_are_gone(trained, tmp_path):
    run = shutil.copytree(trained.path, tmp_path / "run")
    options = json.loads((run / "options.json").read_text())
    options["options"]["dataset"] = str(tmp_path / "gone.npz")
    (run / "options.json").write_text(json.dumps(options))
    found, reason = real_images.real_images(run, described(sample_shape=[8, 8, 1]), 9)
    assert found is None and "gone.npz" in reason and "\n" not in reason


def test_other_data_than_those_of_the_training_are_not_shown(trained):
    description = {
        "sample_shape": [8, 8, 1],
        "run": {"dataset": "digits", "data": {"test_images": "9x8x8x1 uint8 sha256:0"}},
    }
    found, reason = real_images.real_images(trained.path, description, 9)
    assert (found, reason) == (None, "the data set is not the one of the training")


@pytest.mark.slow
def test_points_are_drawn(explore, tmp_path):
    pytest.importorskip("tf2onnx")
    recipes.gan((2,), latent_dimension=3, width=4).save(tmp_path / "points.keras")
    ended = explore(tmp_path / "points.keras", f"--out={tmp_path / 'points.html'}")
    assert ended.status == 0, ended.err
    data = Page((tmp_path / "points.html").read_text()).data
    assert data["graphs"] == ["draw_latents", "serving_default"]
    [part] = data["parts"]
    assert (part["kind"], part["shape"], data["notice"]) == ("points", [2], "")


@pytest.mark.slow
def test_the_graphs_of_a_conditional_model(explore, tmp_path):
    pytest.importorskip("tf2onnx")
    model = recipes.conditional_gan((8, 8, 1), conditions=3, width=4, latent_dimension=5)
    model.save(tmp_path / "model.keras")
    ended = explore(tmp_path / "model.keras", f"--out={tmp_path / 'page.html'}")
    assert ended.status == 0, ended.err
    page = Page((tmp_path / "page.html").read_text())
    assert page.data["classes"] == 3
    labels = np.array([2, 2, 2])
    latents = answer(page, "draw_latents", conditions=labels)
    np.testing.assert_array_equal(latents[1:2], model.sample_latents(1, seed=7))
    images = answer(page, "serving_default", latents=latents, conditions=labels)
    np.testing.assert_allclose(images[1:2], model.generate(1, seed=7, conditions=2), atol=1e-5)


@pytest.mark.parametrize(
    ("make", "line"),
    [
        (lambda folder: None, "No run and no .keras file at "),
        (lambda folder: folder.mkdir(), "is neither a run nor an export"),
        (lambda folder: (folder / "1").mkdir(parents=True), "is neither a run nor an export"),
    ],
)
def test_what_is_no_model_is_one_line(explore, tmp_path, make, line):
    make(tmp_path / "model")
    ended = explore(tmp_path / "model")
    assert (ended.status, ended.out, ended.err.count("\n")) == (2, "", 1)
    assert line in ended.err


def test_an_export_to_another_format_is_one_line(explore, trained, tmp_path):
    [served] = (trained.root / "exports").iterdir()
    copy = shutil.copytree(served, tmp_path / "served")
    (copy / "1" / "assets.extra" / "model.keras").unlink()
    ended = explore(copy)
    assert (ended.status, ended.err.count("\n")) == (2, 1)
    assert "is not an export to ONNX: give the run or the .keras file" in ended.err


def test_an_export_of_pixels_is_one_line(explore, tmp_path):
    tensors = {"inputs": {}, "outputs": {"images": "uint8 (None, 4, 4, 1)"}}
    signatures = {"serving_default": tensors, "sample": tensors}
    (tmp_path / "assets.extra").mkdir()
    content = json.dumps(described(signatures=signatures))
    (tmp_path / "assets.extra" / "tfgan_it.json").write_text(content)
    for name in signatures:
        (tmp_path / f"{name}.onnx").touch()
    ended = explore(tmp_path)
    assert (ended.status, ended.err.count("\n")) == (2, 1)
    assert "returns images as pixels: export it with --images=float32" in ended.err


def test_a_page_that_cannot_be_written_is_one_line(explore, trained, tmp_path):
    pytest.importorskip("tf2onnx")
    (tmp_path / "file").touch()
    ended = explore(trained.path, f"--out={tmp_path / 'file' / 'page.html'}")
    assert (ended.status, ended.err.count("\n")) == (2, 1)
    assert "cannot be a folder" in ended.err
