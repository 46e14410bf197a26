"""Claims on estimates from samples alone: neighbours, heavy tails, histograms, a classifier."""

from __future__ import annotations

import math

import numpy as np
from matplotlib.figure import Figure

from tfgan_it import datasets
from tfgan_it.datasets.correlated_gaussian import CorrelatedGaussian
from tfgan_it.datasets.information_tasks import tasks
from tfgan_it.estimators import KSG, Histogram, KozachenkoLeonenko
from tfgan_it.metrics import LabelClassifier, LabelInformation
from trainers.suites.information_figures import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    RED,
    Found,
    finished,
    line,
    recorded,
)

_ESTIMATORS = {
    "KSG-1": lambda x, y: KSG(variant=1).fit(x, y),
    "KSG-2": lambda x, y: KSG(variant=2).fit(x, y),
    "KL": lambda x, y: KozachenkoLeonenko(copula=False).fit(x),
    "KL, copula": lambda x, y: KozachenkoLeonenko().fit(x),
}


def measure_neighbors(quick: bool, seed: int) -> Found:
    """Errors of estimates from 5,000 Gaussian samples, over the dimension.

    The entropy is that of d coordinates with correlations of 1/2.
    """
    n = 1000 if quick else 5000
    dimensions = [1, 2, 5, 10] if quick else [1, 2, 3, 5, 7, 10, 15, 20]
    seeds = [seed] if quick else [seed, seed + 1, seed + 2]
    information = 2.0
    errors: dict[str, list[float]] = {name: [] for name in _ESTIMATORS}
    for d in dimensions:
        covariance = (np.eye(d) + 1) / 2
        root = np.linalg.cholesky(covariance)
        entropy = 0.5 * np.linalg.slogdet(2 * math.pi * math.e * covariance)[1]
        samples = []
        for one in seeds:
            pairs = CorrelatedGaussian(d, information).sample(n, seed=(one, d))
            correlated = np.random.default_rng([one, d]).standard_normal((n, d)) @ root.T
            samples.append((*pairs, correlated))
        for name, fitted in _ESTIMATORS.items():
            if name.startswith("KSG"):
                found = [fitted(x, y).estimate() - information for x, y, _ in samples]
            else:
                found = [fitted(x, None).estimate() - entropy for _, _, x in samples]
            errors[name].append(float(np.mean(found)))
    at = {d: dimensions.index(d) for d in (1, 5, 10)}
    return recorded(
        {
            "protocol": {
                "n": n,
                "seeds": seeds,
                "neighbors": 3,
                "KSG-1, KSG-2": f"I(x; y) = {information} nats, x and y of d dimensions",
                "KL, KL, copula": "entropy of N(0, S), S of 1 and 1/2; without and with copula",
            },
            "numbers": {
                f"error of {name} at d = {d}": values[index]
                for name, values in errors.items()
                for d, index in at.items()
            },
            "curves": {"dimension": dimensions, **errors},
            "holds": {
                "KSG is within .1 in one dimension": all(
                    abs(errors[name][0]) < 0.1 for name in ("KSG-1", "KSG-2")
                ),
                "and more than .3 too low in ten": all(
                    errors[name][at[10]] < -0.3 for name in ("KSG-1", "KSG-2")
                ),
            },
        }
    )


def draw_neighbors(found: Found, figure: Figure) -> None:
    """Errors of information on the left, of entropy on the right."""
    left, right = figure.subplots(1, 2)
    curves = found["curves"]
    colors = {"KSG-1": BLUE, "KSG-2": ORANGE, "KL": ORANGE, "KL, copula": BLUE}
    labels = {"KL": "Kozachenko-Leonenko", "KL, copula": "its default, with the copula apart"}
    for name, color in colors.items():
        axes = left if name.startswith("KSG") else right
        label = labels.get(name, name)
        line(axes, curves["dimension"], curves[name], label, color, "o-", markersize=4)
    n = found["protocol"]["n"]
    for axes, title in ((left, f"I(x; y) = 2 nats, n = {n:,}"), (right, f"entropy, n = {n:,}")):
        axes.axhline(0, color=BLACK, linewidth=1)
        axes.set_xticks([1, 5, 10, 15, 20])
        finished(axes, "dimension", "estimate - truth, nats", title, "best")


_HEAVY = ("student_t_1x1_df1", "student_t_2x2_df2", "student_t_5x5_df3", "half_cube_1x1")
_WAYS = (None, "standardize", "ranks", "normal_scores", "asinh")


def measure_heavy_tails(quick: bool, seed: int) -> Found:
    """Errors of KSG-1 on pairs with heavy tails, by what is done to each coordinate first."""
    n, seeds = (800, [seed]) if quick else (3000, [seed, seed + 1, seed + 2])
    chosen = {task.name: task for task in tasks() if task.name in _HEAVY}
    errors = {
        str(way).lower(): [
            np.mean(
                [
                    KSG(preprocessing=way).fit(*chosen[name].sample(n, seed=one)).estimate()
                    - chosen[name].mutual_information
                    for one in seeds
                ]
            )
            for name in _HEAVY
        ]
        for way in _WAYS
    }
    means = {way: np.mean(np.abs(values)) for way, values in errors.items()}
    return recorded(
        {
            "protocol": {
                "n": n,
                "seeds": seeds,
                "estimator": "KSG, variant 1, 3 neighbours",
                "truths": {name: chosen[name].mutual_information for name in _HEAVY},
            },
            "numbers": {f"mean |error|, {way}": mean for way, mean in means.items()},
            "curves": {"task": list(_HEAVY), **errors},
            "holds": {
                f"{way} is nearer than standardize": means[way] < means["standardize"]
                for way in ("ranks", "normal_scores", "asinh")
            },
        }
    )


def draw_heavy_tails(found: Found, figure: Figure) -> None:
    """Bars of errors, by task and preprocessing."""
    axes, curves = figure.subplots(), found["curves"]
    places = np.arange(len(curves["task"]))
    ways = [way for way in curves if way != "task"]
    for index, (way, color) in enumerate(zip(ways, (GREY, RED, ORANGE, GREEN, BLUE), strict=True)):
        axes.bar(places + 0.16 * (index - 2), curves[way], 0.15, label=way, color=color)
    axes.axhline(0, color=BLACK, linewidth=1)
    truths = found["protocol"]["truths"]
    axes.set_xticks(places, [f"{t}\nI = {truths[t]:.3f}" for t in curves["task"]], fontsize=8)
    finished(axes, "", "KSG-1 - truth, nats", legend="best")
    axes.grid(axis="x", visible=False)


def measure_plug_in(quick: bool, seed: int) -> Found:
    """KL of a histogram from what it was drawn from, and entropy, over the number of samples."""
    outcomes = 25
    sizes = [50, 250, 2500] if quick else [25, 50, 100, 250, 500, 1000, 2500, 5000]
    repeats = 40 if quick else 400
    random = np.random.default_rng(seed)
    kl, plain, corrected = [], [], []
    for n in sizes:
        drawn = random.integers(outcomes, size=(repeats, n))
        shares = np.stack([np.bincount(row, minlength=outcomes) for row in drawn]) / n
        terms = np.where(shares > 0, shares * np.log(np.maximum(shares, 1e-300) * outcomes), 0.0)
        kl.append(terms.sum(axis=1).mean())
        few = drawn[:20]
        plain.append(np.mean([Histogram(correction=None).fit(row).estimate() for row in few]))
        corrected.append(np.mean([Histogram().fit(row).estimate() for row in few]))
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
    """The floor over the number of samples."""
    axes, curves = figure.subplots(), found["curves"]
    line(axes, curves["n"], curves["kl"], "KL of the histogram from its own truth", BLUE, "o-")
    line(axes, curves["n"], curves["floor"], "(K - 1) / 2n, K = 25", BLACK, "--")
    short = np.abs(curves["corrected"])
    line(axes, curves["n"], short, "|error| of Miller-Madow's entropy", ORANGE, "s-", markersize=4)
    axes.set_xscale("log")
    axes.set_yscale("log")
    finished(axes, "samples n", legend="lower left")


def measure_inception_score(quick: bool, seed: int) -> Found:
    """ln(Inception Score) of digits of fewer and fewer classes, of blends, and of ten images."""
    data = datasets.load("digits")
    classifier = LabelClassifier(seed=seed, **({"steps": 150} if quick else {}))
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
            "of_mean": -float(np.sum(mean * np.log(np.maximum(mean, 1e-300)))),
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
    """H of the mean, parted into information and the mean entropy."""
    axes, curves = figure.subplots(), found["curves"]
    places = np.arange(len(curves["set"]))
    information, of_mean = (np.array(curves[name]) for name in ("information", "of_mean"))
    axes.bar(places, information, 0.6, color=BLUE, label="ln(score) = I(x; y_hat)")
    rest = of_mean - information
    axes.bar(places, rest, 0.6, bottom=information, color=ORANGE, label="E H(p(y|x))")
    for place, value, top in zip(places, information, of_mean, strict=True):
        box = {"facecolor": "white", "edgecolor": "none", "pad": 0.8}
        at = place, top + 0.06
        axes.text(*at, f"{value:.2f}", ha="center", fontsize=9, color=BLUE, bbox=box)
    axes.axhline(math.log(10), color=GREY, linestyle=":", linewidth=1)
    axes.text(5.45, math.log(10) + 0.03, "ln 10", fontsize=8, color=GREY, ha="right")
    axes.set_ylim(0, 3.1)
    axes.set_xticks(places, [name.replace(", ", ",\n") for name in curves["set"]], fontsize=8)
    finished(axes, "", "nats (both together: H(E p(y|x)))", legend="upper right")
    axes.grid(axis="x", visible=False)
