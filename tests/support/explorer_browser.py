"""Headless Chromium that opens pages of `trainers.explore`, and waits for what they do."""

import json
import shutil
import time

import pytest

LIMIT = 60  # Seconds that anything may take.
ARGUMENTS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--use-fake-device-for-media-stream",  # A camera that shows a moving circle,
    "--use-fake-ui-for-media-stream",  # and a person who allows it.
]


@pytest.fixture(scope="module")
def browser():
    """Starts Chromium with the logs of its console and its network."""
    webdriver = pytest.importorskip("selenium.webdriver")
    binary, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not binary or not driver:
        pytest.skip("no chromium or no chromedriver is installed")
    options = webdriver.ChromeOptions()
    options.binary_location = binary
    for argument in ARGUMENTS:
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    started = webdriver.Chrome(options, webdriver.ChromeService(driver))
    try:
        started.set_window_size(1280, 900)
        started.set_script_timeout(LIMIT)
        yield started
    finally:
        started.quit()


def opened(browser, page, link=""):
    """Opens the page anew, and waits until it is complete; returns its marks in milliseconds."""
    browser.get("about:blank")
    browser.get_log("browser"), browser.get_log("performance")
    browser.get(f"{page.as_uri()}#{link}")
    until(browser, "performance.getEntriesByName('complete').length")
    marks = (
        "Object.fromEntries(performance.getEntriesByType('mark').map(m => [m.name, m.startTime]))"
    )
    return browser.execute_script(f"return {marks}")


def until(browser, condition):
    """Waits for a condition in JavaScript."""
    end = time.monotonic() + LIMIT
    while not browser.execute_script(f"return {condition}"):
        assert time.monotonic() < end, (condition, browser.get_log("browser"))
        time.sleep(0.02)


def asked(browser):
    """The addresses that the page asked for, and the lines of its console."""
    messages = [json.loads(line["message"])["message"] for line in browser.get_log("performance")]
    requests = [m["params"] for m in messages if m["method"] == "Network.requestWillBeSent"]
    return [r["request"]["url"] for r in requests], browser.get_log("browser")


def pixels(browser, selector):
    """The red channel of a canvas, `(height, width)` of numbers from 0 to 255."""
    width, height, values = browser.execute_script(
        "const c = document.querySelector(arguments[0]);"
        "const {data} = c.getContext('2d').getImageData(0, 0, c.width, c.height);"
        "return [c.width, c.height, [...data].filter((_, i) => i % 4 === 0)]",
        selector,
    )
    return [values[row * width : (row + 1) * width] for row in range(height)]


def press(browser, text):
    """Clicks the button with a text."""
    from selenium.webdriver.common.by import By

    [found] = [
        each
        for each in browser.find_elements(By.CSS_SELECTOR, "button")
        if each.text == text and each.is_displayed()
    ]
    found.click()
