// Tells the server what the user changed, and shows what is wrong with a field. The server does the rest.
(() => {
  document.documentElement.lang = "en";
  // Number the messages: the server may draw new fields before it has read the latest messages.
  let told = 0;
  const typed = new Map();
  const tell = (data) => {
    told += 1;
    if (data.id) typed.set(data.id, { value: data.value, message: told });
    Shiny.setInputValue("change", { ...data, message: told }, { priority: "event" });
  };
  const field = (key) => document.getElementById(key);

  const described = (element, value) => {
    const data = { action: element.dataset.action, value, id: element.id };
    for (const name of ["node", "argument"]) {
      if (element.dataset[name]) data[name] = element.dataset[name];
    }
    if (data.action === "add" && /^[-+*/]$/.test(value)) data.action = "combine";
    const part = element.closest("[data-part]");
    if (part) data.part = part.dataset.part;
    const unit = field(element.id + "-unit");
    if (unit) data.unit = unit.value;
    if (element.dataset.redraw) data.redraw = true;
    return data;
  };

  // Sends at most one message in 60 ms for each field, and always the last one.
  const waiting = new Map();
  const soon = (element, value) => {
    const first = !waiting.has(element.id);
    waiting.set(element.id, described(element, value));
    if (first) {
      setTimeout(() => tellOf(element.id), 60);
    }
  };
  const tellOf = (id) => {
    if (waiting.has(id)) {
      const data = waiting.get(id);
      waiting.delete(id);
      tell(data);
    }
  };

  // Sends what was typed first, because other changes make the server draw new fields.
  const send = (data) => {
    for (const id of [...waiting.keys()]) tellOf(id);
    tell(data);
  };

  // The left end of a logarithmic slider is 0. Its other numbers are rounded to two digits.
  const toNumber = (slider) => {
    if (slider.dataset.scale !== "log") return Number(Number(slider.value).toPrecision(6));
    return Number(slider.value) <= Number(slider.min) ? 0 : Number((10 ** slider.value).toPrecision(2));
  };
  const show = (slider, text) => {
    slider.classList.toggle("designer-unset", text.trim() === "");
    slider.setAttribute("aria-valuetext", text.trim() || "none");
  };
  const toSlider = (slider, text) => {
    const number = text.trim() === "" ? NaN : Number(text);
    if (Number.isFinite(number)) {
      slider.value = slider.dataset.scale === "log" ? Math.log10(Math.max(number, 1e-6)) : number;
    }
    show(slider, text);
  };

  document.addEventListener("input", (event) => {
    const element = event.target;
    if (element.dataset.for) {
      const box = field(element.dataset.for);
      box.value = String(toNumber(element));
      show(element, box.value);
      soon(box, box.value);
    } else if (element.matches("input[type=text][data-action]")) {
      const slider = document.querySelector(`[data-for="${element.id}"]`);
      if (slider) toSlider(slider, element.value);
      soon(element, element.value);
    }
  });

  document.addEventListener("change", (event) => {
    const element = event.target;
    const action = element.dataset.action;
    if (element.id === "log") {
      Shiny.setInputValue("log", element.checked);
    } else if (action === "unit") {
      send({ action, node: element.dataset.node, argument: element.dataset.argument, unit: element.value });
    } else if (action === "set" && element.type === "checkbox") {
      send(described(element, element.checked));
    } else if (action && element.matches("select") && element.value !== "") {
      send(described(element, element.value));
      if (action === "add") element.value = "";
    }
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.id === "copy") {
      copy(document.getElementById("code").textContent, button);
    } else if (button.dataset.action) {
      send(described(button, button.dataset.value));
    }
  });

  const copy = async (text, button) => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // Some viewers don't let a page use the clipboard.
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  };

  // When the app ends, its browser tab stays open: say so, before Shiny turns the page grey.
  document.addEventListener("click", (event) => {
    const button = event.target.closest("#done, #cancel");
    if (button) document.body.dataset.ended = "by " + button.id;
  });
  $(document).on("shiny:disconnected", () => {
    const ended = document.body.dataset.ended;
    if (!ended) return;
    // Hide the curve instead of removing it, because Shiny still watches it.
    const said = document.createElement("main");
    said.className = "designer-ended";
    said.textContent = ended === "by done" ? "R has the schedule." : "Nothing was changed.";
    said.textContent += " You can close this page.";
    document.querySelector(".designer").after(said);
    for (const id of ["done", "cancel"]) field(id).disabled = true;
    document.body.dataset.ended = "now";
  });

  let sentences = {};
  const say = () => {
    for (const place of document.querySelectorAll(".designer-sentence")) {
      const key = place.id.replace(/-sentence$/, "");
      const sentence = sentences[key] || "";
      if (place.textContent !== sentence) place.textContent = sentence;
      const box = field(key);
      if (box) box.setAttribute("aria-invalid", sentence ? "true" : "false");
    }
  };
  Shiny.addCustomMessageHandler("sentences", (now) => {
    sentences = now && !Array.isArray(now) ? now : {};
    say();
  });

  // Restores what was open, the scroll position and the focus after the server has drawn new controls,
  // and scrolls to a part that was added.
  let open = new Set();
  let focus = null;
  let places = [];
  $(document).on("shiny:value", (event) => {
    if (event.name !== "controls" && event.name !== "plan") return;
    open = new Set([...document.querySelectorAll("details[data-keep][open]")].map((e) => e.dataset.keep));
    focus = document.activeElement && document.activeElement.id;
    places = [...document.querySelectorAll(".designer, .designer-left")].map((e) => [e, e.scrollTop]);
    setTimeout(() => {
      const known = Number(document.querySelector("[data-message]")?.dataset.message);
      for (const [id, { value, message }] of typed) {
        const box = field(id);
        if (message <= known) typed.delete(id);
        else if (box?.matches("input[type=text]")) {
          box.value = value;
          const slider = document.querySelector(`[data-for="${id}"]`);
          if (slider) toSlider(slider, value);
        }
      }
      for (const element of document.querySelectorAll("details[data-keep]")) {
        if (open.has(element.dataset.keep)) element.open = true;
      }
      if (focus && field(focus) && document.activeElement === document.body) {
        field(focus).focus({ preventScroll: true });
      }
      for (const [element, place] of places) element.scrollTop = place;
      const added = document.querySelector("[data-added]");
      if (added && event.name === "controls") added.scrollIntoView({ block: "nearest" });
      say();
    }, 0);
  });
})();
