"""A browser, and the designer in it."""

import contextlib
import os
import pathlib
import re
import shutil
import socket
import subprocess

from playwright.sync_api import sync_playwright

HERE = pathlib.Path(__file__).parent
SCREENS = {"desktop": (1280, 900), "phone": (400, 800)}


@contextlib.contextmanager
def open_chromium():
    names = ("chromium", "chromium-browser", "google-chrome")
    path = next(filter(None, map(shutil.which, names)), None)
    assert path, "chromium is missing: tools/setup site installs it on Debian"
    with sync_playwright() as playwright:
        # Chromium's sandbox does not work for root.
        sandbox = ["--no-sandbox"] if os.getuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=path, args=sandbox)
        yield browser
        browser.close()


class Designer:
    """A designer in a separate R process, open in a tab."""

    def __init__(self, browser, code, screen="desktop"):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
        self.process = subprocess.Popen(
            ["Rscript", str(HERE / "designer.R"), str(port), code],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        )
        self.base = f"http://127.0.0.1:{port}/"
        for line in self.process.stderr:
            if line.startswith("ready"):
                break
        width, height = SCREENS[screen]
        self.context = browser.new_context(viewport={"width": width, "height": height})
        self.context.grant_permissions(["clipboard-read", "clipboard-write"])
        self.faults = []
        self.context.route(re.compile(f"^(?!{re.escape(self.base)}|data:)"), self.refuse)
        self.page = self.context.new_page()
        self.page.on("console", self.heard)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("response", self.answered)
        self.page.goto(self.base)
        self.page.locator("#curve img").wait_for()
        self.page.locator("#code", has_text="learning_rate_schedule").wait_for()

    def refuse(self, route):
        self.faults.append(route.request.url)
        route.abort()

    def heard(self, message):
        if message.type in ("error", "warning"):
            self.faults.append(message.text)

    def answered(self, response):
        if response.status >= 400:
            self.faults.append(f"{response.status} {response.url}")

    def field(self, label):
        return self.page.get_by_label(label, exact=True)

    def has_code(self, text):
        self.page.locator("#code", has_text=re.compile(re.escape(text))).wait_for()

    def returned(self, button):
        """Clicks a button that ends the designer, and returns what R prints. The page must say that
        the designer has ended, and must not turn grey."""
        self.page.locator(f"#{button}").click()
        output, _ = self.process.communicate(timeout=20)
        self.page.get_by_text("You can close this page.").wait_for()
        grey = self.page.locator("#shiny-disconnected-overlay").first
        assert not grey.count() or not grey.is_visible()
        return output.strip()

    def close(self):
        self.context.close()
        self.process.kill()
        self.process.communicate()
