"""Emoji of archives made here, and of the published ones where they are there."""

import io
import json
import tarfile

import numpy as np
import pytest
from PIL import Image

from tfgan_it.datasets import emoji, emoji_pairs, load

TONES = ("1F3FB", "1F3FF")


def png(color, size=64):
    """A square of a colour with a transparent frame that stores black."""
    pixels = np.zeros((size, size, 4), "uint8")
    pixels[16:48, 16:48] = (*color, 255)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def package(folder, style, count=32, toned=8, table=True, size=64, omit=()):
    """Writes a package: the k-th emoji is grey of level k in google, and red in twitter."""
    (folder / "emoji").mkdir(exist_ok=True)
    entries, files = [], {}
    for k in range(count):
        color = (k, k, k) if style == "google" else (k, 0, 0)
        entry = {"unified": f"{k:04X}", "image": f"{k:04x}.png", "name": f"THING {k}"}
        entry["category"] = "Even" if k % 2 == 0 else "Odd"
        files[entry["image"]] = png(color, size)
        if k < toned:
            entry["skin_variations"] = {}
            for tone in TONES:
                name = f"{k:04x}-{tone.lower()}.png"
                entry["skin_variations"][tone] = {"image": name}
                files[name] = png(color, size)
        entries.insert(0, entry)  # In another order than that of code points.
    contents = {f"package/img/{style}/64/{n}": c for n, c in files.items() if n not in omit}
    if table:
        contents["package/emoji.json"] = json.dumps(entries).encode()
    path = folder / "emoji" / f"emoji-datasource-{style}-16.0.0.tgz"
    with tarfile.open(path, "w:gz") as archive:
        for name, content in contents.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def test_variants_stay_with_their_emoji(tmp_path):
    package(tmp_path, "google")
    data = load("emoji", files_dir=tmp_path)
    # 4 of 32 emoji are held out, and the two variants of each that has some.
    bases = {part: [t for t in texts if "," not in t] for part, texts in texts_of(data).items()}
    assert {part: len(texts) for part, texts in bases.items()} == {"train": 28, "test": 4}
    for part, texts in texts_of(data).items():
        names = {text.split(",")[0] for text in texts}
        assert names == set(bases[part])
        toned = sum(int(name.split()[1]) < 8 for name in names)
        assert len(texts) == len(names) + 2 * toned
    assert data.class_names == ("Even", "Odd")
    for text, label in zip(data.train_texts, data.train_labels, strict=True):
        assert int(text.split(",")[0].split()[1]) % 2 == label
    assert "thing 1, dark skin tone" in data.train_texts + data.test_texts


def texts_of(data):
    return {"train": data.train_texts, "test": data.test_texts}


def test_pixels_are_on_white_and_shrunk_with_antialiasing(tmp_path):
    package(tmp_path, "google")
    whole = emoji(tmp_path, image_size=64)
    number = int(whole.train_texts[0].split(",")[0].split()[1])
    expected = np.full((64, 64, 3), 255, "uint8")
    expected[16:48, 16:48] = number
    np.testing.assert_array_equal(whole.train_images[0], expected)
    small = emoji(tmp_path, image_size=32).train_images[0]
    assert small[0, 0, 0] == 255 and small[16, 16, 0] == number
    assert abs(small.mean() - expected.mean()) < 1


def test_pairs_are_of_one_emoji(tmp_path):
    package(tmp_path, "google")
    package(tmp_path, "twitter", table=False)
    data = load("emoji_pairs", files_dir=tmp_path, image_size=64)
    assert repr(data).startswith("ImagePairs('emoji_pairs', ")
    a, b = (data.train_images[domain][:, 32, 32] for domain in "ab")
    np.testing.assert_array_equal(a[:, 0], b[:, 0])
    assert (b[:, 1:] == 0).all()
    # The split is that of each style alone; the table is found in the other package.
    alone = load("emoji_twitter", files_dir=tmp_path)
    assert alone.test_texts == data.test_texts == emoji(tmp_path).test_texts


def test_an_emoji_that_a_style_lacks_is_left_out(tmp_path):
    package(tmp_path, "google")
    package(tmp_path, "twitter", omit=["0001.png"])
    data = emoji_pairs(tmp_path)
    texts = data.train_texts + data.test_texts
    assert not any(text.startswith("thing 1,") or text == "thing 1" for text in texts)


def test_what_is_missing_or_wrong_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="^emoji are read from files_dir/emoji: give"):
        load("emoji")
    with pytest.raises(FileNotFoundError, match="npm pack emoji-datasource-google@16.0.0 writes"):
        emoji(tmp_path)
    with pytest.raises(ValueError, match="Unknown style 'appel'.*google, twitter"):
        emoji(tmp_path, "appel")
    with pytest.raises(ValueError, match="two different ones"):
        emoji_pairs(tmp_path, ["google", "google"])
    package(tmp_path, "google", table=False)
    with pytest.raises(ValueError, match=r"no package holds emoji\.json"):
        emoji(tmp_path)
    package(tmp_path, "google", size=32)
    with pytest.raises(ValueError, match=r"google/0000\.png is not .* 32x32 pixels"):
        emoji(tmp_path)
    path = package(tmp_path, "google")
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(ValueError, match="is not an undamaged package of emoji: ") as error:
        emoji(tmp_path)
    assert "\n" not in str(error.value)


@pytest.mark.slow
def test_the_published_emoji(files_dir):
    data = load("emoji_pairs", files_dir=files_dir)
    assert repr(data) == (
        "ImagePairs('emoji_pairs', 3357 train + 429 test pairs, a of 32x32x3, b of 32x32x3)"
    )
    assert len(data.class_names) == 10
    # The two styles of an emoji are alike: a's partner is far nearer than chance among 200.
    a, b = (data.test_images[d][:200].reshape(200, -1) / 255.0 for d in "ab")
    distances = ((a[:, None] - b[None]) ** 2).sum(-1)
    assert (distances.argmin(1) == np.arange(200)).mean() > 0.2
