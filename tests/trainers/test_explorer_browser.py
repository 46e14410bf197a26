"""The page in headless Chromium: what it draws, and that it asks for nothing.

With `-s` the tests print how long it takes; `docs/how_to/explore.md` has such times.

It needs `pip install 'tfgan_it[browser]'`, Chromium and its driver, such as Debian's packages
`chromium` and `chromium-driver`.
"""

import time

import numpy as np
import pytest

from support.explorer_browser import asked, browser, opened, until
from tfgan_it import recipes

pytestmark = pytest.mark.slow
__all__ = ["browser"]  # The fixture.


@pytest.fixture(scope="module")
def model():
    """A generator of images of 28x28 whose samples differ, as those of a new one hardly do."""
    model = recipes.infogan((28, 28, 1), width=16, features=256, seed=0)
    for average in model.generator_average.averages:
        if len(average.shape) > 1:
            average.assign(5 * average)
    return model


@pytest.fixture(scope="module")
def page(explore, model, tmp_path_factory):
    """The page of the model."""
    pytest.importorskip("tf2onnx")
    folder = tmp_path_factory.mktemp("page")
    model.save(folder / "model.keras")
    ended = explore(folder / "model.keras", f"--out={folder / 'page.html'}")
    assert ended.status == 0, ended.err
    return folder / "page.html"


def test_it_loads_and_asks_for_nothing(browser, page):
    marks = opened(browser, page, "seed=7&category=3")
    print({name: round(value) for name, value in marks.items()})
    for name in ("walk", "pad", "edit", "nats", "grid"):
        browser.execute_script(
            "document.querySelector(`[aria-controls=panel-${arguments[0]}]`).click()", name
        )
        until(browser, f"!document.getElementById('panel-{name}').hidden")
        time.sleep(0.3)
    until(browser, "performance.getEntriesByName('nats').length")
    urls, lines = asked(browser)
    own = {url.partition("#")[0] for url in urls if not url.startswith("blob:")}  # Its threads.
    assert own == {page.as_uri()} and lines == []


def test_its_images_are_those_of_keras(browser, page, model):
    opened(browser, page)
    drawn = browser.execute_async_script(
        "explorer.samples([7, 8], {category: 3}).then(arguments[arguments.length - 1])"
    )
    for row, seed in enumerate([7, 8]):
        expected = model.generate(1, seed=seed, codes={"category": 3})
        found = np.reshape(drawn, (2, 28, 28, 1))[row : row + 1]
        assert expected.std() > 0.05
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)


def test_a_link_shows_what_keras_generates(browser, page, model):
    opened(browser, page, "seed=7&category=3&style=0.5,-0.25")
    data = browser.execute_script(
        "const c = document.querySelector('.stage canvas');"
        "return [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data]"
    )
    grey = np.reshape(data, (28, 28, 4))[..., 0]
    image = model.generate(1, seed=7, codes={"category": 3, "style": [0.5, -0.25]})[0, ..., 0]
    np.testing.assert_allclose(grey, 127.5 * (np.clip(image, -1, 1) + 1), atol=0.6)
    code = browser.execute_script("return document.querySelector('.python').textContent")
    assert code == 'model.generate(1, seed=7, codes={"category": 3, "style": [0.5, -0.25]})'


SLIDE = """
const done = arguments[arguments.length - 1];
const slider = document.querySelector('.controls input[type=range]');
performance.clearMeasures();
let moves = 0;
function move() {
  if (moves++ === 100) {
    return done(performance.getEntriesByName('redraw').map((entry) => entry.duration));
  }
  slider.value = String(Math.sin(moves / 9));
  slider.dispatchEvent(new Event('input'));
  setTimeout(move, 60);
}
move();
"""


def test_a_slider_redraws_25_images(browser, page):
    opened(browser, page, "show=pad")
    times = browser.execute_async_script(SLIDE)
    median, p95 = np.quantile(times, [0.5, 0.95])
    print(f"{len(times)} redraws, median {median:.1f} ms, p95 {p95:.1f} ms")
    until(browser, "location.hash.startsWith('#seed=0&style=')")  # Some time after the last change.


def test_the_keyboard_moves_everything(browser, page):
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys

    opened(browser, page, "seed=7&category=3&style=0,0")
    chosen = browser.find_element(By.CSS_SELECTOR, ".choices input:checked")
    chosen.send_keys(Keys.ARROW_RIGHT)
    browser.find_element(By.CSS_SELECTOR, "input[type=range]").send_keys(Keys.ARROW_RIGHT)
    browser.find_element(By.CSS_SELECTOR, ".tabs [aria-selected=true]").send_keys(Keys.ARROW_RIGHT)
    until(browser, "location.hash.includes('show=walk')")
    link = browser.execute_script("return location.hash")
    assert link == "#seed=7&category=4&style=0.01,0&show=walk&to=1&at=0.5"


def test_every_control_has_a_name_and_nothing_shifts(browser, page):
    opened(browser, page)
    nameless = browser.execute_script(
        "return [...document.querySelectorAll('button, input, select, canvas[role]')].filter((e) =>"
        "!(e.ariaLabel || e.textContent || e.labels?.length)).map((e) => e.outerHTML)"
    )
    assert nameless == []
    shift = browser.execute_async_script(
        "const done = arguments[0]; let sum = 0; new PerformanceObserver((list) => {"
        "for (const e of list.getEntries()) sum += e.value;})"
        ".observe({type: 'layout-shift', buffered: true}); setTimeout(() => done(sum), 300)"
    )
    assert shift < 0.02


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_no_width_scrolls_sideways(browser, page, width):
    metrics = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 600}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    for name in ("grid", "walk", "pad", "edit", "nats"):
        opened(browser, page, f"show={name}")
        assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
