"""Claims about estimates from samples: histograms, a classifier."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from experiments.suites.information_figures import (
    BLACK,
    BLUE,
    GREY,
    ORANGE,
    Found,
    finished,
    line,
    recorded,
)
from tfgan_it import datasets
from tfgan_it.information import kullback_leibler, shannon_entropy
from tfgan_it.metrics import LabelClassifier, LabelInformation


def measure_plug_in(quick: bool, seed: int) -> Found:
    """Measures the KL of a histogram from its distribution, and its entropy, over sample sizes."""
    outcomes = 25
    truth = np.full(outcomes, 1 / outcomes)
    sizes = [50, 250, 2500] if quick else [25, 50, 100, 250, 500, 1000, 2500, 5000]
    repeats = 1000 if quick else 40_000
    random = np.random.default_rng(seed)
    kl, plain, corrected = [], [], []
    for n in sizes:
        shares = random.multinomial(n, truth, size=repeats) / n
        kl.append(kullback_leibler(shares, truth).mean())
        plain.append(shannon_entropy(shares).mean())
        # Miller and Madow's, as of `estimators.Histogram`.
        corrected.append(plain[-1] + np.mean(np.sum(shares > 0, axis=1) - 1) / (2 * n))
    sizes = np.array(sizes)
    floor = (outcomes - 1) / (2 * sizes)
    at = list(sizes).index(2500)
    return recorded(
        {
            "protocol": {"outcomes": f"{outcomes}, equally likely", "repeats": repeats},
            "numbers": {
                "KL at n = 2,500": kl[at],
                "(K - 1) / 2n at n = 2,500": floor[at],
                "KL at n = 50": kl[list(sizes).index(50)],
                "(K - 1) / 2n at n = 50": floor[list(sizes).index(50)],
                "ln 25": math.log(25),
                "plug-in entropy at n = 50": plain[list(sizes).index(50)],
                "Miller-Madow's entropy at n = 50": corrected[list(sizes).index(50)],
            },
            "curves": {
                "n": sizes,
                "kl": kl,
                "floor": floor,
                "plain": math.log(outcomes) - np.array(plain),
                "corrected": math.log(outcomes) - np.array(corrected),
            },
            "holds": {"the floor is (K - 1) / 2n": abs(kl[at] / floor[at] - 1) < 0.1},
        },
        digits=6,
    )


def draw_plug_in(found: Found, figure: Figure) -> None:
    """Draws the KL over the number of samples."""
    axes, curves = figure.subplots(), found["curves"]
    line(axes, curves["n"], curves["kl"], "KL of the histogram from its own truth", BLUE, "o-")
    line(axes, curves["n"], curves["floor"], "(K - 1) / 2n, K = 25", BLACK, "--")
    short = np.abs(curves["corrected"])
    line(axes, curves["n"], short, "|error| of Miller-Madow's entropy", ORANGE, "s-", markersize=4)
    axes.set_xscale("log")
    axes.set_yscale("log")
    finished(axes, "samples n", legend="lower left")


def measure_inception_score(quick: bool, seed: int) -> Found:
    """Measures ln(Inception Score) of digits of fewer classes, of blends, and of ten images."""
    data = datasets.digits()
    fewer: dict[str, Any] = {"steps": 150} if quick else {}
    classifier = LabelClassifier(seed=seed, **fewer)
    classifier.fit(data.train_images, data.train_labels)
    images, labels = data.test_images, np.asarray(data.test_labels)
    random = np.random.default_rng(seed)
    sets = {"all 10 classes": images}
    for kept in (5, 2, 1):
        sets[f"{kept} of them" if kept > 1 else "1 of them"] = images[labels < kept]
    partner = random.permutation(len(images))
    blend = (images.astype("float32") + images[partner].astype("float32")) / 2
    sets["blends of two"] = blend.round().astype("uint8")
    certain = classifier(images)
    clearest = [int(np.argmax(np.where(labels == k, certain[:, k], -1.0))) for k in range(10)]
    sets["10 images, repeated"] = np.repeat(images[clearest], 36, axis=0)
    rows = {}
    for name, shown in sets.items():
        probabilities = classifier(shown)
        metric = LabelInformation(10)
        metric.update_state(probabilities)
        mean = probabilities.mean(axis=0)
        rows[name] = {
            "of_mean": float(shannon_entropy(mean)),
            "information": float(metric.result()),
            "distinct": len(np.unique(shown.reshape(len(shown), -1), axis=0)),
        }
    information = {name: row["information"] for name, row in rows.items()}
    names = list(sets)
    return recorded(
        {
            "protocol": {
                "images": "test split of the digits, 8x8",
                "classifier": "metrics.LabelClassifier, fitted to the training split",
                "n": {name: len(shown) for name, shown in sets.items()},
            },
            "numbers": {
                "accuracy of the classifier": classifier.accuracy(images, labels),
                "ln 10": math.log(10),
                **{f"I(x; y_hat), {name}": value for name, value in information.items()},
                **{
                    f"different images, {name}": rows[name]["distinct"]
                    for name in ("all 10 classes", "10 images, repeated")
                },
            },
            "curves": {
                "set": names,
                "of_mean": [rows[name]["of_mean"] for name in names],
                "information": [information[name] for name in names],
            },
            "holds": {
                "each loss of classes lowers it": all(
                    information[a] > information[b] + 0.3
                    for a, b in zip(names[:3], names[1:4], strict=True)
                ),
                "blends lower it": information["blends of two"] < information["all 10 classes"],
                "ten images reach as much as 360": information["10 images, repeated"]
                > information["all 10 classes"] - 0.1,
            },
        }
    )


def draw_inception_score(found: Found, figure: Figure) -> None:
    """Draws H of the mean, divided into information and mean entropy."""
    axes, curves = figure.subplots(), found["curves"]
    places = np.arange(len(curves["set"]))
    information, of_mean = (np.array(curves[name]) for name in ("information", "of_mean"))
    axes.bar(places, information, 0.6, color=BLUE, label="ln(score) = I(x; y_hat)")
    rest = of_mean - information
    axes.bar(places, rest, 0.6, bottom=information, color=ORANGE, label="E H(p(y|x))")
    for place, value, top in zip(places.tolist(), information, of_mean, strict=True):
        box = {"facecolor": "white", "edgecolor": "none", "pad": 0.8}
        axes.text(place, top + 0.06, f"{value:.2f}", ha="center", fontsize=9, color=BLUE, bbox=box)
    axes.axhline(math.log(10), color=GREY, linestyle=":", linewidth=1)
    axes.text(5.45, math.log(10) + 0.03, "ln 10", fontsize=8, color=GREY, ha="right")
    axes.set_ylim(0, 3.1)
    axes.set_xticks(places, [name.replace(", ", ",\n") for name in curves["set"]], fontsize=8)
    finished(axes, "", "nats (both together: H(E p(y|x)))", legend="upper right")
    axes.grid(axis="x", visible=False)
