"""The suite of modalities: scores of a system whose errors are known, and a run of a tiny one."""

import json
import math

import keras
import numpy as np
import pytest

from experiments.suites import multimodal_pictures, multimodal_scores, multimodal_suite
from tfgan_it import datasets
from tfgan_it.datasets.digit_triples import WORDS
from tfgan_it.information import co_information

RNG = np.random.default_rng(0)


WORDS = WORDS[:4]
VOCABULARY = datasets.Vocabulary.of(WORDS)
MODALITIES = ("image", "sound", "word")
NOT_A_WORD = VOCABULARY.one_hot(["oo"], 5)[0]


def samples_of(labels):
    """The class of each sample as a level of grey, with a little noise, and as a word."""
    labels = np.asarray(labels)
    levels = (20 + 20 * labels)[:, None, None, None] * np.ones((1, 8, 8, 1))
    noise = RNG.integers(0, 3, (2, *levels.shape))
    image, sound = (levels + noise).astype("uint8")
    return {
        "image": image,
        "sound": sound,
        "word": VOCABULARY.one_hot([WORDS[i] for i in labels], 5),
    }


def data_of(train, test, classes=4):
    labels = [np.arange(n) % classes for n in (train, test)]
    return datasets.ModalityDataset(
        "levels", *map(samples_of, labels), *labels, vocabulary=VOCABULARY
    )


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


JUDGES = {
    "image": Judge(),
    "sound": Judge(),
    "word": multimodal_scores.SpellingJudge(VOCABULARY, WORDS),
}


def floats(samples):
    return {k: x / np.float32(127.5) - 1 if x.dtype == "uint8" else x for k, x in samples.items()}


class Known:
    """A system with a given share of errors."""

    modalities = dict.fromkeys(MODALITIES)
    # Categories are named by other numbers than classes.
    NAMES = np.array([2, 0, 3, 1])
    WRONG = {"image": 0.1, "sound": 0.5, "word": 0.2}

    def split(self, samples):
        return {name: samples[name] for name in MODALITIES}

    def generate(self, n, seed):
        samples = samples_of(np.arange(n) % 4)
        samples["sound"][: n // 4] = samples_of((np.arange(n // 4) + 1) % 4)["sound"]
        samples["word"][n // 2 : n // 2 + n // 10] = NOT_A_WORD
        return floats(samples)

    def _classes(self, given):
        name = next(iter(given))
        return JUDGES[name](given[name]).argmax(axis=1), self.WRONG[name] / len(given)

    def generate_from(self, given, seed):
        labels, wrong = self._classes(given)
        labels[: round(wrong * len(labels))] = (labels[: round(wrong * len(labels))] + 1) % 4
        return floats(samples_of(labels))

    def infer_codes(self, given):
        labels, wrong = self._classes(given)
        codes = np.argsort(self.NAMES)[labels]
        wrong = 0 if len(given) == 3 else 2 * wrong if len(given) == 1 else 0.5
        codes[: round(wrong * len(codes))] = (codes[: round(wrong * len(codes))] + 1) % 4
        return {"category_probabilities": np.eye(4)[codes]}

    def subset_information(self, n, seed):
        return {"image": 0.5, "co_information": 0.25}

    def modality_weights(self, samples):
        spoilt = samples["image"][..., 0].std(axis=(1, 2)) > 10
        share = np.where(spoilt, 0.25, 0.75)
        return {"image": share, "sound": 1 - share, "word": 0 * share}


def test_scores_of_a_system_whose_errors_are_known():
    found = multimodal_scores.scores(Known(), data_of(8, 40), JUDGES, samples=40, seed=0)
    assert found.pop("coherence") == pytest.approx(1 - 0.25 - 0.1)
    assert found.pop("class_nats").keys() == {
        *("image", "sound", "word", "image+sound", "image+word", "sound+word"),
        *("image+sound+word", "co_information"),
    }
    weights = found.pop("modality_weights")
    assert (weights["image"], weights["image_where_it_is_noise"]) == (0.75, 0.25)
    assert set(weights) == {m + end for m in MODALITIES for end in ("", "_where_it_is_noise")}
    ways = {
        f"{'+'.join(given)}_to_{target}": 1 - Known.WRONG[given[0]] / len(given)
        for given, target in multimodal_scores.ways(MODALITIES)
    }
    assert len(ways) == 9
    assert found == {
        "samples": 40,
        "real_coherence": 1.0,
        "judges": {"image": 1.0, "sound": 1.0, "word": 1.0},
        **{name: pytest.approx(share, abs=0.013) for name, share in ways.items()},
        "codes": {"joint": 1.0, "image": 0.8, "sound": 0.0, "word": 0.6},
        "code_nats": {"image": 0.5, "co_information": 0.25},
    }


def test_information_of_classes_and_its_interaction():
    data = data_of(8, 4000)
    found = multimodal_scores.scores(Known(), data, JUDGES, samples=4000, seed=0)["class_nats"]

    def of_a_share_of_neighbours(wrong):
        # I = H(y) - H(k|y): a share of each class is taken for its neighbour.
        terms = [p * np.log(p) for p in (wrong, 1 - wrong) if p > 0]
        return np.log(4) + sum(terms)

    expected = {"image": 0.2, "sound": 1.0, "word": 0.4, "image+sound+word": 0.0}
    for name, wrong in expected.items():
        assert found[name] == pytest.approx(of_a_share_of_neighbours(wrong), abs=1e-6)
    sets = {tuple(name.split("+")): v for name, v in found.items() if name != "co_information"}
    assert found["co_information"] == pytest.approx(co_information(sets))


def test_a_word_is_right_if_every_letter_is():
    texts = VOCABULARY.one_hot(["zero", "zer", "oo", "three"], 5)
    assert JUDGES["word"](texts).argmax(axis=1).tolist() == [0, 4, 4, 3]


def test_the_best_naming_is_one_to_one():
    # Cluster 0 is mostly of class 1, and so is cluster 2, which has to take the other.
    clusters = np.array([0, 0, 0, 2, 2, 2, 1, 1])
    labels = np.array([1, 1, 1, 1, 1, 0, 2, 2])
    assert multimodal_scores.best_naming(clusters, labels).tolist() == [1, 2, 0]


def test_what_occurs_again_is_left_out():
    samples = (
        RNG.integers(0, 2, (3, 2, 2, 1), "uint8")
        + 2 * np.arange(3, dtype="uint8")[:, None, None, None]
    )
    rows = np.array([2, 0, 2, 1, 0])
    kept, labels = multimodal_scores.distinct(samples[rows], rows)
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
        patch.setattr(multimodal_pictures, "DRAWN", 1)
        patch.setattr(multimodal_suite, "WORDS", WORDS)
        patch.setattr(multimodal_suite.metrics, "LabelClassifier", Taught)
        patch.setattr(multimodal_suite.datasets, "load", lambda name, files_dir: data_of(80, 24))
        patch.setattr(
            multimodal_suite.recipes,
            "get",
            lambda name: lambda *a, **k: original(name)(*a, **k, **sizes),
        )
        out = tmp_path_factory.mktemp("suite")
        table = multimodal_suite.run(out, ["attention_missing"], [5], True, 1, "/somewhere/raw")
    return out, table


def rows_of(table):
    return [[cell.strip() for cell in row.split("|")[1:-1]] for row in table.splitlines()]


def test_the_tables_have_real_samples_first_and_percent_and_nats():
    names = ["+".join(subset) for subset in multimodal_scores.subsets(MODALITIES)]
    run = {
        "job": {"system": "product", "seed": 3, "steps": 7},
        "coherence": 0.25,
        "real_coherence": 0.875,
        "judges": {"image": 0.5, "sound": 1.0, "word": 1.0},
        **{
            f"{'+'.join(given)}_to_{target}": 0.1 * i
            for i, (given, target) in enumerate(multimodal_scores.ways(MODALITIES))
        },
        "codes": {"joint": 0.9, "image": 0.8, "sound": 0.7, "word": 0.6},
        "code_nats": {name: 0.5 for name in [*names, "co_information"]},
        "class_nats": {**{name: 0.25 for name in names}, "co_information": -0.125},
        "modality_weights": {
            **{"image": 0.25, "sound": 0.25, "word": 0.5},
            **{f"{name}_where_it_is_noise": 0.125 for name in MODALITIES},
        },
        "seconds": 61.4,
    }
    other = {**run, "job": {**run["job"], "system": "attention"}}
    table = multimodal_suite.markdown_table({"runs": [run, other]})
    shares, nats, weights = table.split("\n\n")
    header, _, real, row, _ = rows_of(shares)
    assert header[2:5] == ["coherence", "image to sound", "image to word"]
    assert header[11] == "sound+word to image"
    assert real == ["real samples", "3", "87.5", *[""] * 13, "50.0", "100.0", "100.0", ""]
    assert row[:5] == ["product", "3", "25.0", "0.0", "10.0"]
    assert row[11:] == ["80.0", "90.0", "80.0", "70.0", "60.0", "50.0", "100.0", "100.0", "61"]
    again = {**run, "job": {**run["job"], "seed": 1}, "coherence": 0.35, "real_coherence": 0.925}
    _, _, real, row = rows_of(multimodal_suite.markdown_table({"runs": [run, again]}))[:4]
    assert real[:3] == ["real samples", "1, 3", "90.0 ± 3.5"]
    assert row[:3] == ["product", "1, 3", "30.0 ± 7.1"]
    header, _, codes, classes, *_ = rows_of(nats)
    assert header[2:4] == ["nats about", "image"] and header[-1] == "co_information"
    assert codes[2:] == ["c of generated samples", *["0.500"] * 8]
    assert classes[2:] == ["class of test samples", *["0.250"] * 7, "-0.125"]
    header, _, row, _ = rows_of(weights)
    assert header[2] == "weight of image" and header[-1] == "weight of word where it is noise"
    assert row == ["product", "3", "25.0", "25.0", "50.0", *["12.5"] * 3]


@pytest.mark.slow
def test_a_suite_leaves_numbers_and_pictures(suite):
    out, table = suite
    assert (out / "table.md").read_text() == table + "\n"
    assert {path.name for path in (out / "attention_missing-5").iterdir()} == {
        "samples.png",
        "traversal.png",
        "translations.png",
    }
    found = json.loads((out / "results.json").read_text())
    assert found["suite"] == "multimodal" and found["versions"]["keras"] == keras.__version__
    assert "somewhere" not in json.dumps(found["runs"]) and str(out) not in json.dumps(found)
    (run,) = found["runs"]
    job = run["job"]
    assert (job["posterior"], job["missing"], job["seed"]) == ("attention", 0.5, 5)
    assert [point["step"] for point in run["history"]] == [2, 4]
    assert run["judges"] == {"image": 1.0, "sound": 1.0, "word": 1.0}
    assert all(math.isfinite(value) for value in run["codes"].values())
    header, _, real, row = rows_of(table.split("\n\n")[0])
    assert len(header) == len(real) == len(row) == 20
    assert dict(zip(header, real, strict=True))["coherence"] == "100.0"
    assert row[:2] == ["attention_missing", "5"]
    assert dict(zip(header, row, strict=True))["coherence"] == f"{100 * run['coherence']:.1f}"


def test_an_unknown_system_is_one_line(tmp_path):
    with pytest.raises(ValueError, match=r"^Unknown system 'prodct': .*nearest: product"):
        multimodal_suite.run(tmp_path, ["prodct"], [0], True, 1, None)


def test_sounds_are_written_where_pictures_are_of_the_constants_of_sounds(tmp_path):
    class Speaker:
        modality_shapes = {"sound": (32, 32, 1)}

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
    multimodal_pictures.write_sounds(
        Speaker(), datasets.ImageDataset("noise", noise, noise, labels, labels), tmp_path
    )
    names = {f"{name}-{i}.wav" for name in ("real", "generated") for i in range(2)}
    assert {path.name for path in tmp_path.iterdir()} == {*names, "sounds.png"}
    waveform, rate = datasets.read_wav(tmp_path / "generated-0.wav")
    spectrum = np.abs(np.fft.rfft(waveform))
    assert abs(spectrum.argmax() * rate / len(waveform) - 800) < 60
