"""The front page as a reader uses it: sorting, filtering, the keyboard, contrast, paper."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pikepdf
import pytest
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from cxresearch.batch.index import IndexFailure, write_index
from tests.batch.index_samples import ABOUT, HOSTILE, entry, value

pytestmark = [pytest.mark.slow, pytest.mark.program]

LEAST_CONTRAST = 4.5
"""WCAG 2.2, level AA, for text of ordinary size."""
NAMES = [
    "Öljy",
    "Åland",
    "Tiimi 10",
    "tiimi 9",
    "Ähtäri",
    "Zeppelin",
    "10. linja",
    "2. linja",
    "Évian",
    "Ymir",
    "Ümit",
    "Wahl",
    "Valo",
]
FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--no-proxy-server",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
    "--window-size=1400,1000",
)  # fmt: skip
CONTRASTS = """
const parts = (colour) => colour.match(/[0-9.]+/g).map(Number);
const light = (colour) => parts(colour).slice(0, 3).map((c) => c / 255)
  .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
  .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
const behind = (node) => {
  for (let at = node; at; at = at.parentElement) {
    const colour = getComputedStyle(at).backgroundColor;
    if (parts(colour)[3] !== 0) return colour;
  }
  return 'rgb(255, 255, 255)';
};
return [...document.querySelectorAll('body *')]
  .filter((node) => node.checkVisibility()
    && [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim()))
  .map((node) => {
    const [a, b] = [light(getComputedStyle(node).color), light(behind(node))].sort((x, y) => y - x);
    return [(a + 0.05) / (b + 0.05), node.outerHTML.slice(0, 80)];
  });
"""


@pytest.fixture
def browser(program: Callable[[str], str], tmp_path: Path) -> Iterator[Chrome]:
    options = ChromeOptions()
    options.binary_location = program("chromium")
    for flag in (*FLAGS, f"--user-data-dir={tmp_path / 'profile'}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = Chrome(options=options, service=Service(program("chromedriver")))
    try:
        yield driver
    finally:
        driver.quit()


@pytest.fixture
def opened(browser: Chrome, tmp_path: Path) -> Callable[[str], Chrome]:
    """The front page of some rows in a language, in a browser."""
    rows = []
    for place, name in enumerate(NAMES):
        told = replace(value(), mean=3.0 + place * 7 % len(NAMES) / 10, difference=place / 10 - 0.5)
        rows.append(replace(entry(), id=f"r{place}", name=name, values={"leadership": told}, seconds=None))
    failure = IndexFailure(kind="failed", language="fi", cell=3, source="1 / 0", message=HOSTILE)
    rows.append(
        replace(entry(), id="x", name=HOSTILE, values={}, state="failed", failure=failure, reports=(), made_at="")
    )

    def go(language: str) -> Chrome:
        page = write_index(rows, ABOUT, tmp_path, ("fi", "en"))[language]
        browser.get(page.as_uri())
        return browser

    return go


def column(browser: Chrome, place: int) -> list[str]:
    """A column's texts in the order of the shown rows."""
    script = """return [...document.querySelectorAll('tbody tr')].filter((row) => !row.hidden)
      .map((row) => row.cells[arguments[0]].firstChild.textContent)"""
    return [str(text) for text in browser.execute_script(script, place)]


def sorted_by(browser: Chrome) -> list[tuple[str, str]]:
    heads = browser.find_elements(By.CSS_SELECTOR, "th[aria-sort]")
    return [(head.text.rstrip(" ↑↓↕"), str(head.get_attribute("aria-sort"))) for head in heads]


@pytest.mark.parametrize("language", ["fi", "en"])
def test_rows_are_sorted_by_mouse_and_keyboard_and_what_is_not_shown_comes_last(
    opened: Callable[[str], Chrome], language: str
) -> None:
    page = opened(language)
    point = "," if language == "fi" else "."
    words = {"fi": ("Tiimi", "Tulos"), "en": ("Team", "Result")}[language]
    assert sorted_by(page) == [(words[0], "ascending")]
    result = page.find_elements(By.CSS_SELECTOR, "thead tr:last-child button")[0]
    result.click()
    assert sorted_by(page) == [(words[1], "ascending")]
    numbers = [float(text.replace(point, ".")) for text in column(page, 3)[:-1]]
    assert numbers == sorted(numbers) and len(set(numbers)) == len(NAMES)
    assert column(page, 0)[-1] == HOSTILE.replace("\0", "")
    result.send_keys(Keys.ENTER)
    assert sorted_by(page) == [(words[1], "descending")]
    assert [float(text.replace(point, ".")) for text in column(page, 3)[:-1]] == numbers[::-1]
    assert column(page, 0)[-1] == HOSTILE.replace("\0", "")
    difference = page.find_elements(By.CSS_SELECTOR, "thead tr:last-child button")[1]
    difference.send_keys(Keys.SPACE)
    signed = [float(text.split()[0].replace(point, ".").replace("−", "-")) for text in column(page, 4)[:-1]]
    assert signed == sorted(signed)
    page.find_element(By.CSS_SELECTOR, "thead button").click()
    assert sorted_by(page) == [(words[0], "ascending")]
    assert not [log for log in page.get_log("browser") if log["level"] == "SEVERE"]


def test_the_order_of_names_is_that_of_the_browsers_own_finnish_collation(opened: Callable[[str], Chrome]) -> None:
    page = opened("fi")
    script = "return arguments[0].sort(new Intl.Collator('fi', {numeric: true}).compare)"
    assert column(page, 0)[1:] == page.execute_script(script, NAMES)


def test_the_filter_leaves_the_rows_that_hold_every_word(opened: Callable[[str], Chrome]) -> None:
    page = opened("fi")
    field = page.find_element(By.ID, "filter")
    field.send_keys("tiimi")
    assert column(page, 0) == ["tiimi 9", "Tiimi 10"]
    assert page.find_element(By.CSS_SELECTOR, "output").text == "Näkyvissä rivejä: 2/14"
    field.send_keys(" 10")
    assert column(page, 0) == ["Tiimi 10"]
    field.send_keys(Keys.CONTROL, "a")
    field.send_keys(Keys.DELETE)
    assert len(column(page, 0)) == len(NAMES) + 1
    assert page.find_element(By.CSS_SELECTOR, "output").text == ""


def test_every_text_has_contrast_and_every_button_a_name(opened: Callable[[str], Chrome]) -> None:
    page = opened("en")
    assert [found for found in page.execute_script(CONTRASTS) if found[0] < LEAST_CONTRAST] == []
    buttons = page.find_elements(By.CSS_SELECTOR, "thead button")
    names = [button.accessible_name for button in buttons]
    assert len(names) == len(set(names)) == 8 and all(names)
    assert "Result: Leadership" in names
    lines = page.find_elements(By.CSS_SELECTOR, "tbody svg")
    assert {line.accessible_name.split(";")[1] for line in lines} == {" 2025: not shown"}


def test_nothing_of_hostile_text_runs_and_nothing_is_fetched(opened: Callable[[str], Chrome]) -> None:
    page = opened("en")
    assert page.execute_script("return performance.getEntriesByType('resource').length") == 0
    assert page.find_elements(By.CSS_SELECTOR, "img") == []


def test_without_script_everything_is_there_but_sorting_and_the_filter(opened: Callable[[str], Chrome]) -> None:
    page = opened("fi")
    page.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    page.refresh()
    assert page.find_elements(By.CSS_SELECTOR, "thead button") == []
    assert not page.find_element(By.CSS_SELECTOR, "form").is_displayed()
    assert len(page.find_elements(By.CSS_SELECTOR, "tbody tr")) == len(NAMES) + 1


@pytest.mark.parametrize("width", [1400, 420])
def test_only_the_table_scrolls_sideways(opened: Callable[[str], Chrome], width: int) -> None:
    page = opened("fi")
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    assert page.execute_script("return document.documentElement.scrollWidth") <= width


def test_on_paper_no_row_is_cut_off(opened: Callable[[str], Chrome]) -> None:
    page = opened("fi")
    paper = page.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})
    with pikepdf.open(io.BytesIO(base64.b64decode(paper["data"]))) as pdf:
        box = [float(edge) for edge in pdf.pages[0].mediabox]
    assert box[2] > box[3], "the page is wider than high"
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    cut_off = "const s = document.querySelector('.scroll'); return s.scrollHeight - s.clientHeight"
    assert page.execute_script(cut_off) == 0
