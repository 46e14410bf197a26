"""The package as a user has it: a source distribution whose tests run, the wheel made from it."""

import os
import pathlib
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv

import pytest

ROOT = pathlib.Path(__file__).parents[1]
BUILD = "import sys; from setuptools import build_meta; build_meta.build_sdist(sys.argv[1])"
IGNORED = shutil.ignore_patterns(".git", ".venv", "*.egg-info", "__pycache__", "build", "dist")
USER = '''\
"""A user's script, checked by `mypy --strict`."""

import numpy as np

import tfgan_it as ti


def trained(images: np.ndarray, steps: int) -> ti.models.GAN:
    model = ti.recipes.infogan(images.shape[1:], width=8, features=16, categories=3)
    model.fit(images, epochs=1, batch_size=8, steps_per_epoch=steps, verbose=0)
    return model


data = ti.datasets.load("digits")
shape: tuple[int, ...] = data.sample_shape
model = trained(data.train_images.reshape(-1, *shape), steps=2)
codes: dict[str, np.ndarray] = model.infer_codes(data.test_images[:100])
pairs = ti.estimators.KSG().fit(codes["style_mean"], codes["category_probabilities"])
nats: float = pairs.estimate()
terms = [ti.regularizers.GradientPenalty(10.0), ti.losses.get("wgan")]
images: np.ndarray = model.generate(5, seed=0, codes={"category": 2})
print(images.shape, nats > -1.0)
'''


def run(*command, **kwargs):
    done = subprocess.run(command, capture_output=True, text=True, **kwargs)
    assert not done.returncode, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory):
    """The source distribution of this checkout, unpacked."""
    work = tmp_path_factory.mktemp("sdist")
    shutil.copytree(ROOT, work / "checkout", ignore=IGNORED)
    run(sys.executable, "-c", BUILD, str(work), cwd=work / "checkout")
    shutil.rmtree(work / "checkout")
    [archive] = work.glob("tfgan_it-*.tar.gz")
    with tarfile.open(archive) as files:
        files.extractall(work, filter="data")
    return work / archive.name.removesuffix(".tar.gz")


@pytest.fixture(scope="module")
def python(unpacked, tmp_path_factory):
    """An interpreter with the wheel, and with what this one has beside this package."""
    work = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    build = ["wheel", "--no-deps", "--no-index", "--no-build-isolation", f"--wheel-dir={work}"]
    run(*pip, *build, str(unpacked))
    venv.create(work / "venv", with_pip=False)
    python = work / "venv" / "bin" / "python"
    [wheel] = work.glob("*.whl")
    install = ["install", "--no-deps", "--no-index", "--ignore-installed"]
    run(*pip, f"--python={python}", *install, str(wheel))
    [packages] = (work / "venv" / "lib").glob("*/site-packages")
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return python


@pytest.mark.slow
def test_tests_of_the_source_distribution_run(unpacked):
    tests = ["tests/information", "tests/test_readme.py::test_links_lead_to_files"]
    tests += ["tests/test_package_metadata.py", "tests/test_docs.py", "-k", "not example"]
    run(sys.executable, "-m", "pytest", "-n0", "--basetemp=t", *tests, cwd=unpacked)


@pytest.mark.slow
def test_a_script_of_a_user_runs_and_has_strict_types(python, tmp_path):
    pytest.importorskip("mypy")
    (tmp_path / "user.py").write_text(USER)
    (tmp_path / "mypy.ini").write_text(
        "[mypy]\nstrict = true\n[mypy-keras.*]\nignore_missing_imports = true\n"
    )
    found = run(str(python), "-c", "import tfgan_it; print(tfgan_it.__file__)", cwd=tmp_path)
    assert str(python.parents[1]) in found
    cache = f"--cache-dir={tmp_path / 'cache'}"
    environment = {**os.environ, "MYPYPATH": ""}
    checker = [sys.executable, "-m", "mypy", cache, "--python-executable", str(python)]
    assert "no issues" in run(*checker, "user.py", cwd=tmp_path, env=environment)
    assert "(5, 8, 8, 1) True" in run(str(python), "user.py", cwd=tmp_path)


@pytest.mark.slow
def test_programs_and_a_folder_trainers_of_a_user_do_not_hide_each_other(python, tmp_path):
    (tmp_path / "trainers").mkdir()
    (tmp_path / "trainers" / "train.py").write_text("OWN = 'of the user'\n")
    script = "import tfgan_it, trainers.train; print(trainers.train.OWN)"
    assert run(str(python), "-c", script, cwd=tmp_path) == "of the user\n"
    options = ["--recipe=dcgan", "--set=width=4", "--steps=2", "--sample_every=2", "--save_every=2"]
    command = [str(python.parent / "tfgan-it"), "train", *options]
    assert "runs/00000-dcgan-digits" in run(*command, cwd=tmp_path)
    sample = ["-m", "tfgan_it_trainers.sample", "--model=runs/00000-dcgan-digits", "--seeds=0-3"]
    assert "samples/" in run(str(python), *sample, cwd=tmp_path)
