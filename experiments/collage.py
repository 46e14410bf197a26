"""The picture of docs/pictures.md: what systems of this package draw, in one look.

    python -m experiments.collage

It is cut from pictures of the records, which were not selected by their looks, at their own size.
"""

from __future__ import annotations

import pathlib

import numpy as np
from PIL import Image

from tfgan_it import visualization
from tfgan_it.visualization.layout import montage

ROOT = pathlib.Path(__file__).parents[1]
OUT = ROOT / "docs" / "pictures.png"
# Title, picture of a record, and what is cut from it: left, top, right, bottom, in pixels.
PARTS: dict[str, tuple[str, tuple[int, int, int, int]]] = {
    "emoji: given, translated, true": (
        "translation/google_to_twitter-pix2pix-0.png",
        (660, 198, 1322, 398),
    ),
    "spoken digits, given, and what is written": (
        "multimodal/product-0/translations.png",
        (0, 618, 662, 842),
    ),
    "garments, a column for each category found": (
        "clustering_fashion_mnist/invariant_infogan-0.png",
        (0, 16, 582, 306),
    ),
    "garments by label, a row for each": (
        "conditional_fashion_mnist/conditional_gan-0.png",
        (0, 290, 582, 580),
    ),
    "digits, a column for each category found": (
        "clustering_mnist/invariant_infogan-0.png",
        (0, 16, 582, 248),
    ),
    "sounds, a column for each label": ("waveform/labels-wave_gan-0-last.png", (0, 0, 652, 196)),
    "sprites along a code": ("disentanglement/infogan.png", (0, 364, 662, 562)),
    "emoji of words, after a short training": (
        "text_to_image/text_to_image-0-known.png",
        (530, 0, 1060, 172),
    ),
    "frames of videos, a row for each motion": (
        "video/motion-video_gan_noise-0-last.png",
        (0, 0, 260, 206),
    ),
}


def collage() -> np.ndarray:
    """Returns the picture, uint8 `(height, width, 3)`."""
    cut = {
        title: np.asarray(Image.open(ROOT / "results" / name).convert("RGB").crop(box))
        for title, (name, box) in PARTS.items()
    }
    return montage(cut, columns=2)


if __name__ == "__main__":
    print(visualization.save_picture(collage(), OUT))
