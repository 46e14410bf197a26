import numpy as np

from tfgan_it import visualization


def test_stacked_pictures_have_titles():
    parts = {"a_wide": np.full((50, 90, 3), 7, "uint8"), "b": np.full((20, 30, 3), 9, "uint8")}
    picture = visualization.stacked(parts)
    assert picture.shape == (16 + 50 + 16 + 20, 90, 3)
    assert picture.dtype == np.uint8
    assert (picture[16:66] == 7).all()
    assert (picture[82:, :30] == 9).all()
    assert (picture[82:, 30:] == 255).all()
    titles = picture[:16], picture[66:82]
    for title in titles:
        assert title.min() < 128
        assert (title == 255).mean() > 0.5
    assert not np.array_equal(*titles)


def test_a_montage_is_filled_row_by_row():
    sizes = {"a": (20, 30), "b": (50, 40), "c": (10, 10), "d": (30, 60), "e": (20, 20)}
    parts = {
        name: np.full((*size, 3), 10 * index, "uint8")
        for index, (name, size) in enumerate(sizes.items())
    }
    picture = visualization.montage(parts, columns=2)
    heights = [16 + 50, 16 + 30, 16 + 20]  # Of the rows: a title, and the tallest picture.
    assert picture.shape == (sum(heights), 2 * 60, 3) and picture.dtype == np.uint8
    rest = picture.copy()
    for index, (height, width) in enumerate(sizes.values()):
        top, left = sum(heights[: index // 2]), index % 2 * 60
        assert (picture[top + 16 : top + 16 + height, left : left + width] == 10 * index).all()
        assert picture[top : top + 16, left : left + 60].min() < 128
        rest[top + 16 : top + 16 + height, left : left + width] = 255
        rest[top : top + 16, left : left + 60] = 255
    assert (rest == 255).all()


def test_a_montage_is_no_wider_than_its_pictures():
    parts = {name: np.zeros((20, 30, 3), "uint8") for name in "ab"}
    assert visualization.montage(parts, columns=5).shape == (16 + 20, 2 * 30, 3)
