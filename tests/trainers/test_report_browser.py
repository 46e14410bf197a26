"""The report in headless Chromium: no errors, no requests, zoom, keyboard, any width and theme.

See `support.explorer_browser` for what it needs.
"""

import json

import numpy as np
import pytest

from support.explorer_browser import asked, browser, opened, until
from tfgan_it import visualization
from tfgan_it.files import write_json, write_json_lines
from trainers.reports.findings import Findings
from trainers.reports.page import compose
from trainers.reports.recorded_run import RecordedRun
from trainers.reports.side_by_side import SideBySide

pytestmark = pytest.mark.slow
STEPS = range(10, 101, 10)


__all__ = ["browser"]  # A fixture.


def recorded(folder, seed):
    """The files of a run of a hundred steps that was never trained."""
    options = {"recipe": "infogan", "dataset": "digits", "steps": 100, "seed": seed}
    write_json(folder / "options.json", {"options": options, "versions": {"tfgan_it": "0"}})
    records = []
    for step in STEPS:
        records.append({"step": step, "generator_loss": 1 + seed, "js_nats": 0.5 - step / 300})
        test = {"js_nats": 0.6 - step / 250, "information_nats_category": step / 50}
        records.append({"step": step, "test": test})
        generated = {"mind": 100 / step, "mind_error": 0.5}
        quality = {"generated": generated, "real": {"mind": 0.7}}
        records.append({"step": step, "sample_quality": quality})
        picture = np.full((60, 90, 3), 2 * step, "uint8")
        visualization.save_picture(picture, folder / "samples" / f"samples-{step:06d}.png")
    write_json_lines(folder / "stats.jsonl", records)
    bounds = {"information_nats_category": 2.3}
    write_json(folder / "summary.json", {"steps": 100, "bounds_nats": bounds})
    return RecordedRun.read(folder)


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """A report, and a page of two runs."""
    folder = tmp_path_factory.mktemp("pages")
    runs = [recorded(folder / f"run-{seed}", seed) for seed in (0, 1)]
    texts = {"report": compose(runs[0], Findings()), "compare": SideBySide(runs).page()}
    for name, text in texts.items():
        (folder / f"{name}.html").write_text(text)
    return {name: folder / f"{name}.html" for name in texts}


def all_drawn(browser):
    for place in browser.find_elements("css selector", "[data-chart]"):
        browser.execute_script("arguments[0].scrollIntoView()", place)
        until(browser, "1")
    until(
        browser,
        "[...document.querySelectorAll('[data-chart]')].every((e) => e.querySelector('canvas'))",
    )


@pytest.mark.parametrize("name", ["report", "compare"])
def test_it_draws_and_asks_for_nothing(browser, pages, name):
    opened(browser, pages[name])
    all_drawn(browser)
    urls, lines = asked(browser)
    assert {url.partition("#")[0] for url in urls if not url.startswith("data:")} == {
        pages[name].as_uri()
    }
    assert lines == []
    painted = browser.execute_script(
        "return [...document.querySelectorAll('.plot canvas')].map((c) => c.getContext('2d')"
        ".getImageData(0, 0, c.width, c.height).data.some((v) => v > 0))"
    )
    assert len(painted) >= 5 and all(painted)


def ends(browser):
    inputs = browser.find_elements("css selector", ".zoom input")
    return [float(each.get_property("value")) for each in inputs]


def test_dragging_zooms_all_curves_and_a_button_shows_all(browser, pages):
    from selenium.webdriver import ActionChains

    opened(browser, pages["report"])
    all_drawn(browser)
    assert ends(browser) == [0, 100]
    over = browser.find_element("css selector", "[data-chart] .u-over")
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", over)
    width = over.size["width"]
    chain = ActionChains(browser).move_to_element_with_offset(over, -width // 4, 0)
    chain.click_and_hold().move_by_offset(width // 4, 0).release().perform()
    low, high = ends(browser)
    assert low == pytest.approx(25, abs=2) and high == pytest.approx(50, abs=2)
    browser.find_element("css selector", ".zoom button").click()
    assert ends(browser) == [0, 100]


def test_hovering_tells_the_values(browser, pages):
    from selenium.webdriver import ActionChains

    opened(browser, pages["report"])
    all_drawn(browser)
    over = browser.find_element("css selector", "[data-chart] .u-over")
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", over)
    ActionChains(browser).move_to_element(over).perform()
    legend = browser.find_element("css selector", "[data-chart] .u-legend").text
    assert legend.split() == ["step50", "test0.4", "training0.3333"]


def test_the_keyboard_zooms_and_reads(browser, pages):
    from selenium.webdriver.common.keys import Keys

    opened(browser, pages["report"])
    all_drawn(browser)
    place = browser.find_element("css selector", "[data-chart]")
    place.send_keys(Keys.HOME, Keys.ARROW_RIGHT)
    told = place.find_element("css selector", ".told").text
    assert told == "step 20, test 0.52, training 0.4333"
    place.send_keys("+")
    assert ends(browser)[1] < 100
    place.send_keys("0")
    assert ends(browser) == [0, 100]
    plane = browser.find_element("css selector", "[data-plane]")
    plane.send_keys(Keys.END)
    assert plane.find_element("css selector", ".told").text == "step 100: 2 at a JS of 0.2"


def test_a_slider_shows_one_picture_of_six(browser, pages):
    from selenium.webdriver.common.keys import Keys

    opened(browser, pages["report"])
    slider = browser.find_element("css selector", ".player input")
    slider.send_keys(Keys.HOME)
    shown = "[...document.querySelectorAll('.series figure')].filter((f) => !f.hidden)"
    assert browser.execute_script(f"return {shown}.map((f) => f.dataset.step)") == ["10"]
    assert slider.get_attribute("aria-valuetext") == "step 10"
    browser.find_elements("css selector", ".player button")[1].click()
    steps = browser.execute_script(f"return {shown}.map((f) => Number(f.dataset.step))")
    assert len(steps) == 6 and (steps[0], steps[-1]) == (10, 100)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 390, 1280])
@pytest.mark.parametrize("name", ["report", "compare"])
def test_no_width_scrolls_sideways(browser, pages, name, width, theme):
    metrics = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 600}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    media = {"features": [{"name": "prefers-color-scheme", "value": theme}]}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
    try:
        opened(browser, pages[name])
        all_drawn(browser)
        assert browser.execute_script("return document.documentElement.scrollWidth") <= width
        assert browser.get_log("browser") == []
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


CONTRAST = """
const light = (text) => {
  const [r, g, b] = text.match(/[\\d.]+/g).map(Number).map((v) => v / 255)
    .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const behind = (e) => {
  for (; e; e = e.parentElement) {
    const color = getComputedStyle(e).backgroundColor;
    if (!color.endsWith(", 0)")) return color;
  }
  return "rgb(255, 255, 255)";
};
return [...document.querySelectorAll("h1, h2, h3, h4, p, dt, dd, th, td, a, figcaption, summary")]
  .filter((e) => e.textContent.trim() && e.offsetParent)
  .map((e) => {
    const [a, b] = [getComputedStyle(e).color, behind(e)].map(light).sort((x, y) => y - x);
    return [e.tagName, (a + 0.05) / (b + 0.05)];
  }).filter(([, ratio]) => ratio < 4.5);
"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_has_contrast_and_headings_have_an_order(browser, pages, theme):
    media = {"features": [{"name": "prefers-color-scheme", "value": theme}]}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
    opened(browser, pages["report"])
    assert browser.execute_script(CONTRAST) == []
    levels = browser.execute_script(
        "return [...document.querySelectorAll('h1,h2,h3,h4')].map((e) => Number(e.tagName[1]))"
    )
    assert levels[0] == 1 and all(b - a <= 1 for a, b in zip(levels, levels[1:], strict=False))
    nameless = browser.execute_script(
        "return [...document.querySelectorAll('button, input, img, [tabindex]')].filter((e) =>"
        "!(e.ariaLabel || e.getAttribute('aria-labelledby') || e.alt || e.textContent ||"
        "e.labels?.length)).map((e) => e.outerHTML)"
    )
    assert nameless == []
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def test_without_scripts_all_pictures_are_there(pages):
    text = pages["report"].read_text()
    assert text.count('<figure data-step="') == 6
    assert json.dumps(list(STEPS)[-1]) in text
