"""Pictures of words."""

import numpy as np
import pytest

from tfgan_it import visualization


def test_words_stand_in_rows_and_columns():
    picture = visualization.words(["snow", "", "man", "umbrella"], columns=2)
    assert picture.dtype == np.uint8 and picture.shape[2] == 3
    (height, width), dark = picture.shape[:2], picture.min(-1) < 128
    quarters = [
        dark[i * height // 2 : (i + 1) * height // 2, j * width // 2 : (j + 1) * width // 2]
        for i in range(2)
        for j in range(2)
    ]
    # That of the empty text is grey.
    assert [quarter.any() for quarter in quarters] == [True, False, True, True]
    assert quarters[3].sum() > quarters[2].sum()


def test_rows_of_one_column_have_one_height():
    rows = np.split(visualization.words(["gy", "al", "gy"], columns=1), 3)
    np.testing.assert_array_equal(rows[0], rows[2])


def test_long_texts_have_fewer_columns():
    short, long = (visualization.words([text] * 64) for text in ("ab", "ab" * 30))
    assert long.shape[0] > short.shape[0] and long.shape[1] < 1200


def test_no_texts_are_one_line():
    with pytest.raises(ValueError, match=r"^words: got no texts: give some\.$"):
        visualization.words([])
