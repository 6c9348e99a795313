"""A real browser, headless Chromium under Selenium, and what it noticed."""

import json
import shutil
from base64 import b64decode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--no-proxy-server",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_WITHOUT_HOST = {"about", "blob", "chrome", "chrome-extension", "data", "devtools"}


class Browser:
    """One tab. ``width`` and the colour scheme are as last set by :meth:`look`."""

    def __init__(self, driver: webdriver.Chrome) -> None:
        self.driver = driver

    def open(self, url: str, *, script: bool = True) -> None:
        """Go to a page, with JavaScript or without; what was noticed of earlier ones is let go."""
        self.take_notes()
        self.command("Emulation.setScriptExecutionDisabled", value=not script)
        self.driver.get(url)

    def look(self, *, width: int, dark: bool = False) -> None:
        """See the page as on a screen of this width in CSS pixels, by day or by night."""
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
        self.command("Emulation.setDeviceMetricsOverride", **size)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.command("Emulation.setEmulatedMedia", features=[scheme])

    def command(self, name: str, **parameters: Any) -> dict[str, Any]:
        """A command of the DevTools protocol."""
        answer: dict[str, Any] = self.driver.execute_cdp_cmd(name, parameters)
        return answer

    def run(self, script: str, *arguments: object) -> Any:
        """The value of a piece of JavaScript; it may ``return`` a promise."""
        wrapped = (
            "const done = arguments[arguments.length - 1];"
            f"(async (...given) => {{ {script} }})(...[...arguments].slice(0, -1))"
            ".then(done, error => done('failed: ' + error));"
        )
        return self.driver.execute_async_script(wrapped, *arguments)

    def text(self, selector: str) -> str:
        """What the first element of a CSS selector shows."""
        return self.driver.find_element("css selector", selector).text

    def texts(self, selector: str) -> list[str]:
        return [element.text for element in self.driver.find_elements("css selector", selector)]

    def violations(self) -> list[str]:
        """What axe-core has against the page as it is now."""
        engine = files("axe_core_python").joinpath("axe.min.js").read_text("utf-8")
        self.driver.execute_script(engine)
        found = self.run("return (await axe.run()).violations")
        return [
            f"{rule['id']}: {node['html'][:200]} {node['failureSummary']}"
            for rule in found
            for node in rule["nodes"]
        ]

    def console(self) -> list[str]:
        """The errors and warnings that the console has had since the page was opened."""
        return [str(entry["message"]) for entry in self._log("browser")]

    def hosts(self) -> set[str]:
        """The hosts that were asked for anything since the page was opened."""
        urls = (
            urlsplit(event["params"]["request"]["url"])
            for event in self.take_notes()
            if event["method"] == "Network.requestWillBeSent"
        )
        return {url.netloc for url in urls if url.scheme not in _WITHOUT_HOST}

    def take_notes(self) -> list[Mapping[str, Any]]:
        """The events of the network since the last time."""
        return [json.loads(note["message"])["message"] for note in self._log("performance")]

    def _log(self, name: str) -> list[dict[str, Any]]:
        taken: list[dict[str, Any]] = self.driver.get_log(name)  # type: ignore[no-untyped-call]
        return taken

    def photograph(self, path: Path) -> None:
        """The whole page as a picture, whatever its length."""
        taken = self.command("Page.captureScreenshot", captureBeyondViewport=True)
        path.write_bytes(b64decode(taken["data"]))


@contextmanager
def browsing(profile: Path) -> Iterator[Browser]:
    """A browser with a new profile in an empty folder; the test is skipped where there is none."""
    chromium, chromedriver = shutil.which("chromium"), shutil.which("chromedriver")
    if chromium is None or chromedriver is None:
        pytest.skip("no browser: apt-get install chromium chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in (*_FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(chromedriver))
    try:
        driver.set_page_load_timeout(30)
        driver.set_script_timeout(30)
        yield Browser(driver)
    finally:
        driver.quit()
