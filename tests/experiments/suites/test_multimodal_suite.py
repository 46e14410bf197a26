"""The suite of modalities: scores of a system whose errors are known, and a run of a tiny one."""

import json
import math

import keras
import numpy as np
import pytest

from experiments.suites import multimodal_suite
from tfgan_it import datasets

RNG = np.random.default_rng(0)


def pairs_of(labels):
    """The class of each pair as the level of both channels, with a little noise."""
    levels = (20 + 20 * np.asarray(labels))[:, None, None, None] * np.ones((1, 8, 8, 2))
    return (levels + RNG.integers(0, 3, levels.shape)).astype("uint8")


def data_of(train, test, classes=4):
    labels = [np.arange(n) % classes for n in (train, test)]
    images = [pairs_of(each) for each in labels]
    return datasets.ImageDataset("levels", *images, *labels)


# Scores


class Judge:
    """Sure of the class that a sample's level is of."""

    def __call__(self, samples):
        x = np.asarray(samples, "float64")
        level = (x if samples.dtype == np.uint8 else (x + 1) * 127.5).mean(axis=(1, 2, 3))
        return np.eye(4)[np.rint((level - 20) / 20).astype(int).clip(0, 3)]


class Taught(Judge):
    """A judge that was shown each sample of one modality once."""

    def __init__(self, steps, seed):
        assert (steps, seed) == (60, 5)

    def fit(self, samples, labels):
        assert samples.shape == (80, 8, 8, 1) and labels.shape == (80,)
        np.testing.assert_array_equal(self(samples).argmax(axis=1), labels)
        return self


class Known:
    """A system with a given share of errors."""

    modalities = {"image": 1, "sound": 1}
    channels = {"image": slice(0, 1), "sound": slice(1, 2)}
    # Categories are named by other numbers than classes.
    NAMES = np.array([2, 0, 3, 1])

    def split(self, samples):
        return {name: samples[..., own] for name, own in self.channels.items()}

    def generate(self, n, seed):
        pairs = pairs_of(np.arange(n) % 4) / 127.5 - 1
        pairs[: n // 4, ..., 1] = pairs_of((np.arange(n // 4) + 1) % 4)[..., 1] / 127.5 - 1
        return pairs.astype("float32")

    def translate(self, x, source, target, seed):
        labels = Judge()(x).argmax(axis=1)
        wrong = {"image": 0.1, "sound": 0.5}[source]
        labels[: round(wrong * len(x))] = (labels[: round(wrong * len(x))] + 1) % 4
        return (pairs_of(labels)[..., :1] / 127.5 - 1).astype("float32")

    def _read(self, x, wrong=0.0):
        codes = np.argsort(self.NAMES)[Judge()(x).argmax(axis=1)]
        codes[: round(wrong * len(x))] = (codes[: round(wrong * len(x))] + 1) % 4
        return {"category_probabilities": np.eye(4)[codes]}

    def infer_codes(self, x):
        return self._read(x[..., :1])

    def infer_codes_of(self, modality, x):
        return self._read(x, {"image": 0.2, "sound": 0.4}[modality])

    def modality_weights(self, x):
        spoilt = x[..., 0].std(axis=(1, 2)) > 10
        share = np.where(spoilt, 0.25, 0.75)
        return {"image": share, "sound": 1 - share}


def test_scores_of_a_system_whose_errors_are_known():
    data = data_of(8, 40)
    judges = {"image": Judge(), "sound": Judge()}
    found = multimodal_suite.scores(Known(), data, judges, samples=40, seed=0)
    assert found == {
        "samples": 40,
        "coherence": 0.75,
        "real_coherence": 1.0,
        "judges": {"image": 1.0, "sound": 1.0},
        "image_to_sound": 0.9,
        "sound_to_image": 0.5,
        "codes": {"joint": 1.0, "image": 0.8, "sound": 0.6},
        "modality_weights": {
            "image": 0.75,
            "sound": 0.25,
            "image_where_it_is_noise": 0.25,
            "sound_where_it_is_noise": 0.25,
        },
    }


def test_the_best_naming_is_one_to_one():
    # Cluster 0 is mostly of class 1, and so is cluster 2, which has to take the other.
    clusters = np.array([0, 0, 0, 2, 2, 2, 1, 1])
    labels = np.array([1, 1, 1, 1, 1, 0, 2, 2])
    assert multimodal_suite.best_naming(clusters, labels).tolist() == [1, 2, 0]


def test_what_occurs_again_is_left_out():
    samples = (
        RNG.integers(0, 2, (3, 2, 2, 1), "uint8")
        + 2 * np.arange(3, dtype="uint8")[:, None, None, None]
    )
    rows = np.array([2, 0, 2, 1, 0])
    kept, labels = multimodal_suite.distinct(samples[rows], rows)
    assert labels.tolist() == [2, 0, 1]
    np.testing.assert_array_equal(kept, samples[[2, 0, 1]])


# A run


@pytest.fixture(scope="module")
def suite(tmp_path_factory):
    """The folder of a quick suite on levels of grey, and its table."""

    def completed(jobs, work, path, workers):
        path.parent.mkdir(parents=True, exist_ok=True)
        return [{"job": job, **work(job), "seconds": 1.5} for job in jobs]

    sizes = {"width": 2, "features": 8, "noise": 2, "categories": 4, "run_eagerly": True}
    original = multimodal_suite.recipes.get
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(multimodal_suite, "completed", completed)
        patch.setattr(keras.backend, "clear_session", lambda: None)
        for name, value in {"STEPS": 200, "SAMPLES": 120, "BATCH_SIZE": 8, "POINTS": 2}.items():
            patch.setattr(multimodal_suite, name, value)
        patch.setattr(multimodal_suite, "DRAWN", 1)
        patch.setattr(multimodal_suite.metrics, "LabelClassifier", Taught)
        patch.setattr(multimodal_suite.datasets, "load", lambda name, files_dir: data_of(80, 24))
        patch.setattr(
            multimodal_suite.recipes,
            "get",
            lambda name: lambda *a, **k: original(name)(*a, **k, **sizes),
        )
        out = tmp_path_factory.mktemp("suite")
        table = multimodal_suite.run(out, ["mixture"], [5], True, 1, "/somewhere/raw")
    return out, table


def test_the_table_has_real_pairs_first_and_percent():
    run = {
        "job": {"posterior": "product", "seed": 3, "steps": 7},
        "coherence": 0.25,
        "real_coherence": 0.875,
        "judges": {"image": 0.5, "sound": 1.0},
        "image_to_sound": 0.125,
        "sound_to_image": 0.75,
        "codes": {"joint": 0.9, "image": 0.8, "sound": 0.7},
        "seconds": 61.4,
    }
    table = multimodal_suite.markdown_table({"runs": [run]})
    header, _, real, row = ([c.strip() for c in r.split("|")[1:-1]] for r in table.splitlines())
    assert header[3:6] == ["coherence", "image to sound", "sound to image"]
    assert real == ["real pairs", "", "", "87.5", *[""] * 5, "50.0", "100.0", ""]
    assert row[:6] == ["product", "3", "7", "25.0", "12.5", "75.0"]
    assert row[6:] == ["90.0", "80.0", "70.0", "50.0", "100.0", "61"]


@pytest.mark.slow
def test_a_suite_leaves_numbers_and_pictures(suite):
    out, table = suite
    assert (out / "table.md").read_text() == table + "\n"
    assert {path.name for path in (out / "mixture-5").iterdir()} == {
        "pairs.png",
        "traversal.png",
        "translations.png",
    }
    found = json.loads((out / "results.json").read_text())
    assert found["suite"] == "multimodal" and found["versions"]["keras"] == keras.__version__
    assert "somewhere" not in json.dumps(found["runs"]) and str(out) not in json.dumps(found)
    (run,) = found["runs"]
    assert run["job"]["posterior"] == "mixture" and run["job"]["seed"] == 5
    assert [point["step"] for point in run["history"]] == [2, 4]
    assert run["judges"] == {"image": 1.0, "sound": 1.0}
    assert all(math.isfinite(value) for value in run["codes"].values())
    header, _, real, row = ([c.strip() for c in r.split("|")[1:-1]] for r in table.splitlines())
    assert len(header) == len(real) == len(row) == 12
    assert dict(zip(header, real, strict=True))["coherence"] == "100.0"
    assert row[:3] == ["mixture", "5", "4"] and row[-3:] == ["100.0", "100.0", "2"]
    coherence = dict(zip(header, row, strict=True))["coherence"]
    assert coherence == f"{100 * run['coherence']:.1f}"


def test_sounds_are_written_where_pictures_are_of_the_constants_of_sounds(tmp_path):
    class Speaker:
        modalities = {"sound": 1}
        sample_shape = (32, 32, 1)

        class latent:
            @staticmethod
            def traversal(samples):
                return {"category": np.zeros((1, 2, 4), "float32")}

        def sample_latents(self, n, seed):
            return np.zeros((n, 4), "float32")

        def split(self, samples):
            return {"sound": samples}

        def predict(self, latents, verbose):
            tone = np.sin(2 * np.pi * 800 * np.arange(4096) / 8000)
            return np.stack([datasets.LogMel().picture(tone)] * len(latents))

    noise = RNG.integers(0, 256, (4, 32, 32, 1), "uint8")
    labels = np.array([1, 0, 1, 0])
    multimodal_suite.write_sounds(
        Speaker(), datasets.ImageDataset("noise", noise, noise, labels, labels), tmp_path
    )
    names = {f"{name}-{i}.wav" for name in ("real", "generated") for i in range(2)}
    assert {path.name for path in tmp_path.iterdir()} == {*names, "sounds.png"}
    waveform, rate = datasets.read_wav(tmp_path / "generated-0.wav")
    spectrum = np.abs(np.fft.rfft(waveform))
    assert abs(spectrum.argmax() * rate / len(waveform) - 800) < 60
