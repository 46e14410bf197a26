"""The picture of docs/pictures.md is cut from pictures of the records, inside their borders."""

import pytest
from PIL import Image

from experiments import collage


@pytest.mark.parametrize("title", collage.PARTS)
def test_a_part_lies_within_its_picture(title):
    name, (left, top, right, bottom) = collage.PARTS[title]
    width, height = Image.open(collage.ROOT / "results" / name).size
    assert 0 <= left < right <= width and 0 <= top < bottom <= height


def test_the_picture_of_the_page_has_the_size_of_the_parts():
    height, width, _ = collage.collage().shape
    assert Image.open(collage.OUT).size == (width, height)
