"""Draws README's picture of the designer, in a browser.

Usage: tools/with-env python tools/designer_picture.py
"""

import pathlib
import sys

ROOT = pathlib.Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "site"))

from support import Designer, open_chromium  # noqa: E402

CODE = """
plan <- training_plan(samples = 1000, batch_size = 32, epochs = 40)
schedule <- learning_rate_schedule_cosine_decay(0.1, epochs(36, plan))
"""

with open_chromium() as browser:
    app = Designer(browser, CODE)
    app.page.set_viewport_size({"width": 1100, "height": 820})
    app.field("initial learning rate").fill("0.08")
    app.field("Add").select_option("schedule_warmup")
    app.has_code("schedule_warmup(epochs(8, plan))")
    app.field("steps").fill("4")
    app.has_code("schedule_warmup(epochs(4, plan))")
    app.field("shape").select_option("cosine")
    app.has_code('shape = "cosine"')
    app.page.locator("body").click(position={"x": 5, "y": 810})
    app.page.wait_for_timeout(1000)
    app.page.screenshot(path=ROOT / "man" / "figures" / "README-designer.png")
    app.close()
