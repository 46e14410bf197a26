"""Images to draw, and what is found in a picture."""

import numpy as np

RANDOM = np.random.default_rng(0)


def images_of(n, height=40, width=50, channels=3):
    return RANDOM.integers(0, 256, (n, height, width, channels), "uint8")


def cut(picture, index, columns, height, width, gap):
    """The tile of one image, found by walking the grid."""
    top, left = gap, gap
    for _ in range(index // columns):
        top += height + gap
    for _ in range(index % columns):
        left += width + gap
    return picture[top : top + height, left : left + width]


def drawn(picture):
    """Rows and columns of the pixels that are not white, and the spans of both."""
    rows, columns = np.nonzero((picture < 255).any(axis=-1))
    spans = (rows.min(), rows.max(), columns.min(), columns.max()) if len(rows) else None
    return len(rows), spans
