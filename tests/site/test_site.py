"""Each page of the built site, opened in a browser on a desktop's and on a phone's screen."""

import functools
import http.server
import pathlib
import re
import threading
import urllib.parse

import pytest

from support import SCREENS

ROOT = pathlib.Path(__file__).parents[2]
DOCS = ROOT / "docs"
# The site's future address. Requests to it are also answered from docs/.
META = (DOCS / "pkgdown.yml").read_text(encoding="utf-8")
URL = re.search(r"^ +reference: (\S+)/reference$", META, re.MULTILINE).group(1)
# Words to search for on each screen, and a page that must be among the hits.
SEARCHES = {
    "cosine_decay_restarts": "reference/learning_rate_schedule_cosine_decay_restarts.html",
    "Warm up to a schedule": "reference/schedule_warmup.html",
    "staircase": "reference/learning_rate_schedule_exponential_decay.html",
}

# Returns the faults of an open page, as pairs of their kind and the text or file concerned.
FAULTS = r"""async () => {
  await document.fonts.ready;
  const found = [];
  const main = document.querySelector("main");
  for (const image of document.images) {
    const name = image.getAttribute("src");
    await image.decode().catch(() => {});
    if (!image.naturalWidth) found.push(["picture", name]);
    if (!image.alt.trim()) found.push(["alt text", name]);
  }
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > width || document.body.scrollWidth > width) {
    const wide = [...document.querySelectorAll("body *")].filter(
      (e) => e.getBoundingClientRect().right > width + 0.5
    );
    found.push(["width", wide.slice(0, 5).map((e) => e.outerHTML.slice(0, 80)).join(" ... ")]);
  }
  const texts = document.createTreeWalker(main, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode;
    if (text.parentElement.closest("pre, code, script, style, annotation")) continue;
    const tex = text.data.match(/\\[a-zA-Z(\[]\S*|\$\$.*/);
    if (tex) found.push(["formula", tex[0]]);
  }
  for (const e of main.querySelectorAll(".katex-error")) found.push(["formula", e.textContent]);
  for (const e of main.querySelectorAll("pre .error")) found.push(["error of R", e.textContent]);
  for (const p of main.querySelectorAll("#value ~ p:has(+ p)")) {
    if (p.lastChild?.nodeName === "CODE") found.push(["paragraph", p.textContent.slice(-60)]);
  }
  const example = main.querySelector("#ref-examples");
  if (example && !main.querySelector(".r-out, .r-plt")) found.push(["example", "prints nothing"]);
  return found;
}"""
LINKS = "() => [...document.querySelectorAll('a[href]')].map(a => [a.getAttribute('href'), a.href])"
ANCHORS = "() => [...document.querySelectorAll('[id], a[name]')].map(e => e.id || e.name)"


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


class Site:
    """A folder, served below the root of 127.0.0.1, and open in one tab of a browser."""

    def __init__(self, browser, folder, screen):
        handler = functools.partial(Quiet, directory=str(folder.parent))
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.folder = folder
        self.base = f"http://127.0.0.1:{self.server.server_port}/{folder.name}/"
        width, height = SCREENS[screen]
        self.context = browser.new_context(
            viewport={"width": width, "height": height}, has_touch=screen == "phone"
        )
        self.context.route(re.compile(f"^(?!{re.escape(self.base)})"), self.answer)
        self.page = self.context.new_page()
        self.page.on("console", self.heard)
        self.page.on("pageerror", lambda error: self.faults.append(("console", str(error))))
        self.page.on("response", self.answered)
        self.faults = []

    def close(self):
        self.context.close()
        self.server.shutdown()
        self.server.server_close()

    def answer(self, route):
        url = route.request.url
        if url.startswith(URL + "/"):
            path = self.folder / self.local(url)
            route.fulfill(path=path if path.is_file() else self.folder / "404.html")
        else:
            self.faults.append(("request to the outside", url))
            route.abort()

    def heard(self, message):
        if message.type in ("error", "warning"):
            self.faults.append(("console", message.text))

    def answered(self, response):
        if response.status >= 400:
            self.faults.append(("request", f"{response.status} {response.url}"))

    def local(self, url):
        """The file that a link within the site names, or None for a link to another site."""
        url = urllib.parse.unquote(url.partition("#")[0].partition("?")[0])
        for base in (self.base, URL + "/"):
            if (url + "/").startswith(base):
                path = url[len(base) :]
                return path + "index.html" if not path or path.endswith("/") else path
        return None

    def open(self, address):
        """Opens a page, and returns its faults, the targets of its links, and its anchors."""
        self.faults = []
        self.page.goto(address, wait_until="load")
        faults = [tuple(fault) for fault in self.page.evaluate(FAULTS)]
        links = self.page.evaluate(LINKS)
        anchors = self.page.evaluate(ANCHORS)
        return faults + self.faults, links, anchors

    def visit(self):
        """Opens all pages, and returns their faults: the page, the kind, and the text or file."""
        found, links, anchors = [], {}, {}
        for path in sorted(self.folder.rglob("*.html")):
            name = path.relative_to(self.folder).as_posix()
            # The page for missing addresses is shown at any address, so its links must be absolute.
            address = f"{URL}/a/missing/page.html" if name == "404.html" else self.base + name
            faults, links[name], anchors[name] = self.open(address)
            found += [(name, *fault) for fault in faults]
        for name, targets in links.items():
            for written, target in targets:
                path = self.local(target)
                fragment = urllib.parse.unquote(target.partition("#")[2])
                if path is None:
                    # Check only that the link leads to another site, not to the server's root.
                    if not re.match(r"https?://(?!127\.0\.0\.1)|mailto:", target):
                        found.append((name, "link", written))
                elif not (self.folder / path).is_file():
                    found.append((name, "link", written))
                elif fragment and path in anchors and fragment not in anchors[path]:
                    found.append((name, "anchor", written))
        return found


@pytest.fixture(scope="module", params=SCREENS)
def site(request, chromium):
    assert (DOCS / "index.html").is_file(), "there is no site in docs/: run `make site`"
    site = Site(chromium, DOCS, request.param)
    yield site
    site.close()


def test_no_page_has_a_fault(site):
    assert site.visit() == []


def test_formulas_are_typeset(site):
    site.open(site.base + "reference/learning_rate_schedule_exponential_decay.html")
    assert site.page.locator("main .katex-display").count() > 0
    assert site.page.evaluate("document.fonts.check('16px KaTeX_Main')")


@pytest.mark.parametrize("words", SEARCHES)
def test_search_finds(site, words):
    site.open(site.base + "reference/index.html")
    field = site.page.locator("#search-input")
    if not field.is_visible():
        site.page.locator(".navbar-toggler").click()
    field.click()
    site.page.wait_for_function("!$('#search-input').hasClass('loading')")
    field.type(words)
    hits = site.page.locator(".aa-suggestion")
    hits.first.wait_for()
    width = site.page.viewport_size["width"]
    box = site.page.locator(".aa-dropdown-menu").bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= width
    hits.filter(has_text=pathlib.Path(SEARCHES[words]).stem).first.click()
    site.page.wait_for_url("**/*?q=*")
    assert site.local(site.page.url) == SEARCHES[words]
    assert site.page.locator("main mark").count() > 0
    anchor = urllib.parse.unquote(urllib.parse.urlsplit(site.page.url).fragment)
    assert anchor in ["", *site.page.evaluate(ANCHORS)]
    assert site.faults == []


def test_the_page_says_what_is_on_it(site):
    site.open(site.base + "reference/learning_rate_schedule_exponential_decay.html")
    entries = site.page.locator("#toc a.nav-link").all_inner_texts()
    assert entries[0] == "Usage" and entries[-1] == "Examples"


FAULTY = {
    "picture": '<img src="missing.png" alt="missing">',
    "alt text": '<img src="icon.svg">',
    "link": '<a href="missing.html">missing</a>',
    "anchor": '<a href="index.html#missing">missing</a>',
    "console": "<script>missing()</script>",
    "request": '<script src="missing.js"></script>',
    "request to the outside": '<script src="https://outside.example/x.js"></script>',
    "width": '<div style="width: 2000px">wide</div>',
    "formula": "<p>where \\gamma is</p>",
    "paragraph": '<h2 id="value">Value</h2><p>where <code>fit()</code></p><p>knows it</p>',
    "example": '<div id="ref-examples"><pre><code>schedule</code></pre></div>',
    "error of R": '<pre><code><span class="error">Error</span></code></pre>',
}


@pytest.mark.parametrize("kind", FAULTY)
def test_a_fault_would_be_found(chromium, tmp_path, kind):
    folder = tmp_path / "site"
    folder.mkdir()
    page = '<!DOCTYPE html><html lang="en"><link rel="icon" href="icon.svg"><main>{}</main></html>'
    (folder / "icon.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>', encoding="utf-8"
    )
    (folder / "index.html").write_text(page.format(FAULTY[kind]), encoding="utf-8")
    site = Site(chromium, folder, "phone")
    assert kind in {kind for _, kind, _ in site.visit()}
    (folder / "index.html").write_text(page.format("<p>Nothing is wrong.</p>"), encoding="utf-8")
    assert site.visit() == []
    site.close()
