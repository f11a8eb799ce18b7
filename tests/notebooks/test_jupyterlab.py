"""A researcher opens a notebook in JupyterLab, chooses Run All Cells and sees tables and figures, no errors."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support import expected_conditions as appears
from selenium.webdriver.support.wait import WebDriverWait

from tests.conftest import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.program]

SECONDS = 120
"""Longest wait for a page, or for a notebook to run, on a busy machine."""
OVERRIDES = {
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"},
}
"""No question about news, and every cell in the page, also those out of sight."""
FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--no-proxy-server",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
    "--window-size=1400,1800",
)  # fmt: skip
STATE = """
const cells = [...document.querySelectorAll('.jp-NotebookPanel .jp-CodeCell')];
const prompts = cells.map(cell => cell.querySelector('.jp-InputPrompt').textContent.trim());
const errors = [...document.querySelectorAll(
    '[data-mime-type="application/vnd.jupyter.error"], [data-mime-type="application/vnd.jupyter.stderr"]')];
const images = [...document.querySelectorAll('.jp-NotebookPanel .jp-OutputArea img')];
return {
    prompts: prompts,
    errors: errors.map(node => node.textContent),
    images: images.map(image => [image.naturalWidth, image.getBoundingClientRect().width]),
    tables: document.querySelectorAll('.jp-NotebookPanel .jp-OutputArea table').length,
    text: document.querySelector('.jp-NotebookPanel').innerText,
};
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(address: str) -> bool:
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(address, timeout=2) as reply:
            return bool(reply.status == 200)
    except (urllib.error.URLError, OSError):
        return False


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory, program: Callable[[str], str]) -> Iterator[Callable[[str], str]]:
    """A JupyterLab on copies of the notebooks and the example; gives the address of a notebook in it."""
    program("chromium")
    program("chromedriver")
    place = tmp_path_factory.mktemp("lab")
    shutil.copytree(ROOT / "notebooks", place / "work" / "notebooks", ignore=shutil.ignore_patterns("*.py"))
    shutil.copytree(ROOT / "data" / "example", place / "work" / "data" / "example")
    (place / "settings").mkdir()
    (place / "settings" / "overrides.json").write_text(json.dumps(OVERRIDES), encoding="utf-8")
    port, token = free_port(), secrets.token_hex(16)
    own = {name: str(place / name) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")}
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}",
        "--ServerApp.port_retries=0", f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={place / 'work'}",
        f"--LabApp.app_settings_dir={place / 'settings'}", f"--LabApp.workspaces_dir={place / 'workspaces'}",
    ]  # fmt: skip
    with (place / "log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, env=os.environ | own)
        try:
            address = f"http://127.0.0.1:{port}"
            end = time.monotonic() + SECONDS
            while not answers(f"{address}/api?token={token}"):
                assert server.poll() is None and time.monotonic() < end, (place / "log").read_text(encoding="utf-8")
                time.sleep(0.2)
            yield lambda name: f"{address}/lab/tree/notebooks/{name}.ipynb?reset&token={token}"
        finally:
            server.terminate()
            server.wait(timeout=30)


@pytest.fixture
def browser(program: Callable[[str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Chrome]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    options = ChromeOptions()
    options.binary_location = program("chromium")
    for flag in (*FLAGS, f"--user-data-dir={tmp_path / 'profile'}"):
        options.add_argument(flag)
    driver = Chrome(options=options, service=Service(program("chromedriver")))
    try:
        yield driver
    finally:
        driver.quit()


def opened(browser: Chrome, address: str) -> WebDriverWait[Chrome]:
    """Open a notebook and wait until its kernel idles."""
    browser.get(address)
    wait = WebDriverWait(browser, SECONDS)
    wait.until(appears.visibility_of_element_located((By.CSS_SELECTOR, ".jp-NotebookPanel .jp-CodeCell")))
    wait.until(appears.presence_of_element_located((By.CSS_SELECTOR, '.jp-NotebookPanel [data-status="idle"]')))
    return wait


def run_all(browser: Chrome, wait: WebDriverWait[Chrome]) -> None:
    """Edit > Clear Outputs of All Cells, then Run > Run All Cells, by the mouse; wait until every cell has run."""
    for menu, command in (("Edit", "editmenu:clear-all"), ("Run", "runmenu:run-all")):
        label = (By.XPATH, f'//*[@id="jp-MainMenu"]//*[contains(@class, "lm-MenuBar-itemLabel") and text()="{menu}"]')
        wait.until(appears.element_to_be_clickable(label)).click()
        entry = (By.CSS_SELECTOR, f'.lm-Menu-item[data-command="{command}"]')
        wait.until(appears.element_to_be_clickable(entry)).click()
    wait.until(lambda here: all(done(prompt) for prompt in here.execute_script(STATE)["prompts"]))


def done(prompt: str) -> bool:
    return prompt.strip("[]:").isdigit()


@pytest.mark.parametrize(
    ("notebook", "heading", "figures"),
    [("07_conclusions", "Johtopäätökset", 1), ("04_linkage", "Yhteys yksiköiden välillä", 3)],
)
def test_run_all_shows_the_chapter_without_errors(
    lab: Callable[[str], str], browser: Chrome, notebook: str, heading: str, figures: int
) -> None:
    wait = opened(browser, lab(notebook))
    run_all(browser, wait)
    state = browser.execute_script(STATE)
    assert state["errors"] == []
    assert [int(prompt.strip("[]:")) for prompt in state["prompts"]] == list(range(1, len(state["prompts"]) + 1))
    assert heading in state["text"]
    assert len(state["images"]) >= figures and state["tables"] > 0
    assert [size for size in state["images"] if min(size) < 300] == []
    assert browser.find_elements(By.CSS_SELECTOR, ".jp-Dialog, .Toastify__toast") == []
    if folder := os.environ.get("CXRESEARCH_SCREENSHOTS"):
        image = browser.find_element(By.CSS_SELECTOR, ".jp-NotebookPanel .jp-OutputArea img")
        browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", image)
        time.sleep(1)
        browser.save_screenshot(str(Path(folder) / f"{notebook}.png"))
