"""The pages of the kinds of model in headless Chromium: arithmetic, sounds, translation, editing.

They need what `test_explorer_browser.py` needs.
"""

import numpy as np
import pytest
from PIL import Image

from support.explorer_browser import asked, browser, opened, pixels, press, until
from tfgan_it import datasets, recipes

pytestmark = pytest.mark.slow
__all__ = ["browser"]  # The fixture.


def vivid(model, times=5):
    """Samples of a new model hardly differ: enlarges its kernels."""
    for average in model.generator_average.averages:
        if len(average.shape) > 1:
            average.assign(times * average)
    return model


@pytest.fixture(scope="module")
def paged(explore, tmp_path_factory):
    """Writes the page of a model."""
    pytest.importorskip("tf2onnx")
    folder = tmp_path_factory.mktemp("pages")

    def paged(model):
        model.save(folder / f"{model.name}.keras")
        ended = explore(folder / f"{model.name}.keras", f"--out={folder / model.name}.html")
        assert ended.status == 0, ended.err
        return folder / f"{model.name}.html"

    return paged


@pytest.fixture(scope="module")
def variational():
    sizes = {"noise": 6, "width": 4, "features": 16}
    return vivid(recipes.variational_infogan((8, 12, 1), **sizes))


@pytest.fixture(scope="module")
def variational_page(paged, variational):
    return paged(variational)


@pytest.fixture(scope="module")
def multimodal():
    return vivid(recipes.multimodal_infogan((32, 32, 2), width=4, features=16, continuous=2))


@pytest.fixture(scope="module")
def multimodal_page(paged, multimodal):
    return paged(multimodal)


@pytest.fixture(scope="module")
def translating():
    shapes = {"a": (8, 12, 1), "b": (8, 12, 3)}
    return recipes.cyclegan(shapes, width=4, blocks=1, depth=1)


@pytest.fixture(scope="module")
def translating_page(paged, translating):
    return paged(translating)


def grey(images):
    return 127.5 * (np.clip(images, -1, 1) + 1)


def give(browser, path):
    browser.find_element("css selector", "input[type=file]").send_keys(str(path))


@pytest.fixture
def picture(tmp_path):
    """A file with a picture of 12x8."""
    values = np.random.default_rng(0).integers(0, 256, (8, 12), "uint8")
    Image.fromarray(values).save(tmp_path / "picture.png")
    return tmp_path / "picture.png"


def clean(browser, page):
    urls, lines = asked(browser)
    own = {url.partition("#")[0] for url in urls if not url.startswith("blob:")}
    assert own == {page.as_uri()} and lines == []


def test_arithmetic_of_latents_is_that_of_keras(browser, variational_page, variational):
    link = "seed=7&show=arithmetic&a=3&b=4&strength=0.5"
    opened(browser, variational_page, link)
    a, b, c = (variational.sample_latents(1, seed=seed) for seed in (3, 4, 7))
    latent = c + 0.5 * (a - b)
    category = latent[:, 6:16].argmax()
    latent[:, 6:16] = np.eye(10)[category]
    latent[:, 16:] = latent[:, 16:].clip(-1, 1)  # The style is uniform, the noise is normal.
    expected = variational.predict(latent, verbose=0)[0, ..., 0]
    np.testing.assert_allclose(pixels(browser, ".stage canvas"), grey(expected), atol=0.6)
    for canvas, seed in zip(("1", "2", "3"), (3, 4, 7), strict=True):
        shown = pixels(browser, f".term:nth-child({canvas}) canvas")
        image = variational.generate(1, seed=seed)[0, ..., 0]
        np.testing.assert_allclose(shown, grey(image), atol=0.6)
    assert browser.execute_script("return location.hash") == f"#{link}"
    clean(browser, variational_page)


def test_an_encoder_gives_the_start(browser, variational_page, variational, picture):
    opened(browser, variational_page, "show=edit")
    give(browser, picture)
    until(browser, "!document.querySelector('.drop .row button:last-child').disabled")
    given = np.asarray(Image.open(picture), "float32")[None, ..., None]
    encoded = variational.reconstruct(given.astype("uint8"))
    error = np.sqrt(np.mean((encoded - (given / 127.5 - 1)) ** 2))
    status, note = browser.execute_script(
        "return ['.panel:not([hidden]) > .caption', 'figure:nth-child(2) span']"
        ".map((s) => document.querySelector(s).textContent)"
    )
    assert f"The encoder's latent differs from the image by {error:.3f}." in status
    assert float(note.split()[1].strip(";")) <= error + 5e-4
    assert "nats of codes: category" in note and "of 2.30" in note
    press(browser, "Keep for arithmetic")
    assert "It is image 1" in browser.execute_script(
        "return document.querySelector('.panel:not([hidden]) > .caption').textContent"
    )
    press(browser, "Arithmetic")
    until(browser, "document.querySelector('.term select').options.length === 2")
    clean(browser, variational_page)


def test_a_sound_is_that_of_its_picture(browser, multimodal_page, multimodal):
    opened(browser, multimodal_page, "seed=7&category=3&of=sound")
    sample = multimodal.generate(1, seed=7, codes={"category": 3})[0]
    faces = [pixels(browser, f".face:nth-child({i}) canvas") for i in (1, 2)]
    for face, channel in zip(faces, (0, 1), strict=True):
        np.testing.assert_allclose(face, grey(sample[..., channel]), atol=0.6)
    press(browser, "Play")
    until(browser, "performance.getEntriesByName('played').length")
    clean(browser, multimodal_page)


def test_a_waveform_has_the_spectrogram_that_it_is_made_of(browser, multimodal_page):
    opened(browser, multimodal_page)
    mel = datasets.LogMel()
    time = np.arange(4096) / mel.rate
    for tone in (np.sin(2 * np.pi * 440 * time) * np.hanning(4096), np.sin(4e3 * time**2)):
        picture = mel.picture(tone)
        found = browser.execute_script(
            "return [...explorer.waveform(Float32Array.from(arguments[0]))]",
            picture.ravel().tolist(),
        )
        assert len(found) == 4096 and abs(max(map(abs, found)) - 0.95) < 1e-3
        error = np.abs(mel.picture(found) - picture).mean()
        assert error < 1.5 * np.abs(mel.picture(mel.waveform(picture)) - picture).mean() + 0.02


def test_a_picture_is_heard(browser, multimodal_page, multimodal, tmp_path):
    values = np.random.default_rng(0).integers(0, 256, (32, 32), "uint8")
    Image.fromarray(values).save(tmp_path / "picture.png")
    opened(browser, multimodal_page, "show=edit&of=sound")
    give(browser, tmp_path / "picture.png")
    until(browser, "document.querySelector('figcaption span').textContent.includes('inferred')")
    q = multimodal.infer_codes_of("image", values[None, ..., None])
    text = browser.execute_script("return document.querySelector('figcaption span').textContent")
    category = q["category_probabilities"].argmax()
    assert text.startswith(f"inferred from the image alone: category {category}, style")


def test_pictures_are_translated_as_by_keras(browser, translating_page, translating, picture):
    opened(browser, translating_page, "way=a-b")
    give(browser, picture)
    until(browser, "performance.getEntriesByName('translated').length")
    given = np.asarray(Image.open(picture))[None, ..., None]
    expected = translating.translate(given, to="b")
    shown = pixels(browser, "figure:nth-child(2) canvas")
    np.testing.assert_allclose(shown, grey(expected[0, ..., 0]), atol=0.6)
    back = translating.translate(expected, to="a")
    shown = pixels(browser, "figure:nth-child(3) canvas")
    np.testing.assert_allclose(shown, grey(back[0, ..., 0]), atol=0.6)
    browser.find_element("css selector", ".ways label:nth-child(2) input").click()
    until(browser, "location.hash === '#way=b-a'")
    clean(browser, translating_page)


def test_a_camera_is_translated(browser, translating_page):
    opened(browser, translating_page)
    press(browser, "Camera")
    until(browser, "performance.getEntriesByName('translated').length > 3")
    assert np.std(pixels(browser, "figure:nth-child(1) canvas")) > 5
    press(browser, "Stop camera")
    clean(browser, translating_page)


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("delete window.WebAssembly", "This browser has no WebAssembly"),
        ("delete Navigator.prototype.mediaDevices", ""),
    ],
)
def test_what_a_browser_lacks_is_told(browser, translating_page, script, told):
    added = browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": script})
    try:
        browser.get("about:blank")
        browser.get(translating_page.as_uri())
        until(browser, "document.querySelector('.status').textContent !== 'Starting …'")
        if not told:
            until(browser, "performance.getEntriesByName('complete').length")
            press(browser, "Camera")
            told = "This browser gives a page in a file no camera"
        status = browser.execute_script("return document.querySelector('.status').textContent")
        assert status.startswith(told)
    finally:
        browser.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", added)


def test_a_file_that_is_no_image_changes_nothing(browser, translating_page, picture, tmp_path):
    opened(browser, translating_page)
    give(browser, picture)
    until(browser, "performance.getEntriesByName('translated').length")
    before = pixels(browser, "figure:nth-child(2) canvas")
    (tmp_path / "text.png").write_text("<script>alert(1)</script>")
    give(browser, tmp_path / "text.png")
    until(browser, "document.querySelector('.status').textContent.includes('not an image')")
    assert pixels(browser, "figure:nth-child(2) canvas") == before


def test_a_wide_picture_is_cut_to_its_middle(browser, translating_page, tmp_path):
    Image.new("L", (10_000, 400), 200).save(tmp_path / "wide.png")
    opened(browser, translating_page)
    give(browser, tmp_path / "wide.png")
    until(browser, "performance.getEntriesByName('translated').length")
    assert np.unique(pixels(browser, "figure:nth-child(1) canvas")).tolist() == [200]


@pytest.mark.parametrize(
    ("link", "kept"),
    [
        ("seed=1e99&category=<script>alert(1)</script>", "seed=0"),
        ("seed=-1&category=99&style=1,2,3&show=<b>&of=none", "seed=0"),
        ("seed=4.5&style=NaN,Infinity&show=walk&at=7&to=x", "seed=0&show=walk&to=1&at=0.5"),
        ("seed=8&style=1e30,-1e30", "seed=8&style=1,-1"),
        ("%E0%A4%A&seed=3", "seed=3"),
        ("show=arithmetic&strength=-1&a=1e400&b=", "seed=0&show=arithmetic&a=1&b=2&strength=1"),
    ],
)
def test_of_a_hostile_link_the_valid_part_is_read(browser, variational_page, link, kept):
    opened(browser, variational_page, link)
    shown = browser.execute_async_script(
        "document.querySelector('.seed .stepper input').dispatchEvent(new Event('input'));"
        "setTimeout(arguments[0], 400, 0)"
    )
    assert shown == 0 and browser.execute_script("return location.hash") == f"#{kept}"
    clean(browser, variational_page)
