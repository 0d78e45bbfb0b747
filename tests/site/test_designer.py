"""The designer, in a browser on a desktop's and on a phone's screen."""

import pathlib
import re
import urllib.request

import pytest

from support import SCREENS, Designer

ROOT = pathlib.Path(__file__).parents[2]
AXE = ROOT / ".dev" / "site" / "node_modules" / "axe-core" / "axe.min.js"
PLAN = "plan <- training_plan(steps_per_epoch = 25, epochs = 18);"
EPOCHS_AS_STEPS = f"{PLAN} schedule <- learning_rate_schedule_cosine_decay(0.1, 18)"
COMPOSED = f"""{PLAN} decay <- learning_rate_schedule_cosine_decay(0.1, 400)
schedule <- 0.5 * decay + schedule_then(decay, 0.01, at = 200) |> schedule_warmup(25)"""


@pytest.fixture
def designer(chromium):
    opened = []

    def open_one(*arguments):
        opened.append(Designer(chromium, *arguments))
        return opened[-1]

    yield open_one
    for one in opened:
        one.close()


def test_a_schedule_is_designed(designer):
    app = designer(EPOCHS_AS_STEPS)
    page = app.page
    # Use the remedy of a finding.
    page.get_by_role("button", name="Use 18 epochs: 450 steps").click()
    app.has_code("decay_steps = epochs(18, plan)")
    page.locator(".designer-problem").wait_for(state="detached")
    assert app.field("decay steps").input_value() == "18"
    # Choose a different shape, which keeps the rate.
    page.locator(".designer-shapes summary").click()
    page.get_by_role("button", name="exponential decay", exact=True).click()
    app.has_code("learning_rate_schedule_exponential_decay(")
    # Type a number, and choose a unit.
    app.field("decay rate").fill("0.25")
    app.has_code("decay_rate = 0.25")
    app.field("unit of decay_steps").select_option("steps")
    page.locator("input[type=text][value='450']").wait_for()
    app.field("decay steps").fill("90")
    app.has_code("decay_steps = 90")
    # Drag a slider.
    slider = app.field("initial_learning_rate slider")
    box = slider.bounding_box()
    middle = box["y"] + box["height"] / 2
    before = page.locator("#curve img").get_attribute("src")
    page.mouse.move(box["x"] + box["width"] * 5 / 7, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, middle, steps=8)
    page.mouse.up()
    dragged = app.field("initial learning rate").input_value()
    assert 1e-3 < float(dragged) < 1e-2
    app.has_code(f"({dragged}, " if len(dragged) < 2 else dragged)
    page.wait_for_function(
        "before => document.querySelector('#curve img').src !== before", arg=before
    )
    assert "falls" in page.locator("#curve img").get_attribute("alt")
    # Add a warmup, first too long and then short enough.
    app.field("Add").select_option("schedule_warmup")
    app.has_code("schedule_warmup(")
    steps = app.field("steps")
    steps.fill("5000")
    page.get_by_text("must not be longer than the plan").wait_for()
    assert steps.get_attribute("aria-invalid") == "true"
    steps.fill("2")
    app.has_code("schedule_warmup(epochs(2, plan))")
    page.get_by_text("must not be longer than the plan").wait_for(state="detached")
    # Show the rate under the pointer, and the logarithmic axis.
    box = page.locator("#curve").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.locator("#pointer", has_text="step ").wait_for()
    app.field("Logarithmic axis").check()
    # Copy the code, and return the schedule.
    page.locator("#copy").click()
    page.get_by_role("button", name="Copied").wait_for()
    code = page.locator("#code").inner_text()
    assert page.evaluate("navigator.clipboard.readText()").strip() == code.strip()
    assert app.returned("done") == code.strip()
    assert app.faults == []


def test_a_second_schedule_is_made(designer):
    app = designer(EPOCHS_AS_STEPS)
    page = app.page
    # Add a schedule that follows: its part is open, and offers shapes.
    app.field("Add").select_option("schedule_then")
    app.has_code("schedule_then(0.01, at = epochs(9, plan))")
    second = page.locator(".designer-inner")
    second.locator("summary", has_text="change").click()
    second.get_by_role("button", name="cyclical", exact=True).click()
    app.has_code("learning_rate_schedule_cyclical(")
    assert second.get_by_label("gamma", exact=True).is_visible()
    page.get_by_role("button", name="Remove then").click()
    second.wait_for(state="detached")
    # Add a second schedule to the first.
    page.get_by_label("Add", exact=True).select_option("+")
    page.locator("#code", has_text=re.compile(r"\+\s+0\.01$")).wait_for()
    other = page.locator(".designer-inner").nth(1)
    assert other.get_by_label("learning rate", exact=True).input_value() == "0.01"
    other.locator("summary", has_text="change").click()
    other.get_by_role("button", name="exponential decay", exact=True).click()
    app.has_code("learning_rate_schedule_exponential_decay(")
    other.get_by_role("button", name="Remove part 2").click()
    other.wait_for(state="detached")
    code = page.locator("#code").inner_text()
    assert app.returned("done") == code.strip()
    assert app.faults == []


def test_a_slider_shows_its_number(designer):
    app = designer(EPOCHS_AS_STEPS)
    rate, slider = (app.field(f"initial{x}") for x in (" learning rate", "_learning_rate slider"))
    slider.focus()
    app.page.keyboard.press("ArrowRight")
    assert rate.input_value() == "0.11"
    app.page.keyboard.press("Home")
    assert (rate.input_value(), slider.get_attribute("aria-valuetext")) == ("0", "0")
    rate.fill("0.02")
    assert slider.input_value() == "-1.7"
    # The slider of a rate that is not given shows no number.
    target, slider = app.field("warmup target"), app.field("warmup_target slider")
    assert slider.get_attribute("aria-valuetext") == "none"
    assert "designer-unset" in slider.get_attribute("class")
    slider.focus()
    app.page.keyboard.press("ArrowLeft")
    assert target.input_value() == "0.089"
    assert "designer-unset" not in slider.get_attribute("class")
    app.has_code("warmup_target = 0.089")
    # The code uses the chosen unit.
    app.field("decay steps").fill("75")
    app.has_code("decay_steps = 75")
    app.field("unit of decay_steps").select_option("epochs")
    app.has_code("decay_steps = epochs(3, plan)")
    assert app.faults == []


def test_shapes_are_grouped_as_on_the_site(designer):
    page = designer(EPOCHS_AS_STEPS).page
    page.locator(".designer-shapes summary").click()
    groups = page.locator(".designer-group").all_inner_texts()
    titles = re.findall(r"^- title: (.+)$", (ROOT / "_pkgdown.yml").read_text(), re.MULTILINE)
    assert groups == [title for title in titles if title in groups]
    assert len(groups) >= 4


def test_what_was_just_typed_is_kept_when_the_fields_are_drawn_anew(designer):
    app = designer(EPOCHS_AS_STEPS)
    app.field("initial learning rate").fill("0.08")
    app.field("Add").select_option("schedule_scale")
    app.has_code("schedule_scale(0.5)")
    app.has_code("decay(0.08, ")
    assert app.field("initial learning rate").input_value() == "0.08"
    # A number that is typed before the new fields are drawn is also kept.
    app.page.evaluate(
        """() => {
          const select = document.querySelector(".designer-add select");
          select.value = "schedule_clamp";
          select.dispatchEvent(new Event("change", { bubbles: true }));
          const boxes = [...document.querySelectorAll("input[type=text]")];
          const box = boxes.find(e => e.value === "0.08");
          box.value = "0.07";
          box.dispatchEvent(new Event("input", { bubbles: true }));
        }"""
    )
    app.has_code("schedule_clamp(")
    app.has_code("decay(0.07, ")
    app.field("max").wait_for()
    assert app.field("initial learning rate").input_value() == "0.07"


def test_cancel_returns_null(designer):
    assert designer(EPOCHS_AS_STEPS).returned("cancel") == "NULL"


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("code", [EPOCHS_AS_STEPS, COMPOSED])
def test_it_can_be_used_without_seeing_and_without_a_mouse(designer, code, screen):
    app = designer(code, screen)
    page = app.page
    page.locator(".designer-shapes summary").first.click()
    for part in page.locator(".designer-inner > summary").all():
        if part.is_visible():
            part.click()
    page.add_script_tag(content=AXE.read_text(encoding="utf-8"))
    found = page.evaluate("async () => (await axe.run()).violations")
    serious = [
        (rule["id"], [node["html"] for node in rule["nodes"]][:3])
        for rule in found
        if rule["impact"] in ("serious", "critical")
    ]
    assert serious == []
    width = SCREENS[screen][0]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("document.querySelector('.designer').scrollWidth") <= width
    # The tab key follows the order of the page.
    page.keyboard.press("Tab")
    places = []
    page.locator("#cancel").focus()
    for _ in range(12):
        page.keyboard.press("Tab")
        places.append(
            page.evaluate(
                """() => [...document.querySelectorAll("*")].indexOf(document.activeElement)"""
            )
        )
    assert places == sorted(places)
    assert app.faults == []


@pytest.mark.parametrize("size", [(1280, 900), (900, 700), (900, 900)])
def test_nothing_scrolls_on_a_desktop(designer, size):
    app = designer(EPOCHS_AS_STEPS)
    app.page.set_viewport_size({"width": size[0], "height": size[1]})
    app.field("Add").select_option("schedule_warmup")
    app.has_code("schedule_warmup")
    for place in (".designer", ".designer-left", ".designer-right"):
        for side in ("Height", "Width"):
            hidden = app.page.evaluate(
                "([place, side]) => { const e = document.querySelector(place);"
                " return e['scroll' + side] - e['client' + side] }",
                [place, side],
            )
            assert hidden <= 0, (place, side)


def test_the_curve_stays_in_view_on_a_phone(designer):
    app = designer(EPOCHS_AS_STEPS, "phone")
    app.field("Add").select_option("schedule_warmup")
    app.has_code("schedule_warmup")
    for place in (0, 300):
        app.page.locator(".designer").evaluate("(e, top) => { e.scrollTop = top }", place)
        box = app.page.locator("#curve").bounding_box()
        assert box["y"] >= 0 and box["y"] + box["height"] <= SCREENS["phone"][1]
        assert box["height"] <= 250


def test_the_page_is_answered_while_a_field_is_wrong(designer):
    app = designer(EPOCHS_AS_STEPS)
    for bad in ("", "abc", "-1", "1e99", "1;2", "1.5"):
        app.field("decay steps").fill(bad)
        app.page.get_by_text(re.compile("^`decay_steps` must ")).wait_for()
        app.field("decay steps").fill("36")
        app.page.get_by_text(re.compile("^`decay_steps` must ")).wait_for(state="detached")
    assert app.page.locator("#shiny-disconnected-overlay").count() == 0
    with urllib.request.urlopen(app.base) as response:
        assert response.status == 200
    assert app.faults == []
