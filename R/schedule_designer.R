#' Design a schedule by looking at it
#'
#' Opens an app in RStudio's viewer or in a browser, in which you choose a shape, move its arguments, and
#' add verbs such as a warmup, while the curve, its phases and the findings of [schedule_check()] follow.
#' *Done* returns the schedule, and in RStudio also inserts the code that builds it; *Cancel* returns
#' `NULL`.
#'
#' - **Schedule**: the shape with its picture, and its arguments. Rates have a logarithmic slider, and
#'   numbers of steps can be counted in epochs. Below it are the verbs, in the order of the pipe: add one, move
#'   it up or down, or remove it. You also add another schedule there: the one that follows (`then`), or
#'   the other part of a sum, difference, product or quotient. You can open each part, and choose its shape
#'   and its verbs. Parts that can't be edited, such as a schedule of a custom class, are kept.
#' - **Curve**: drawn as by [plot()][plot.learning_rate_schedule], with the schedule that you gave pale
#'   behind it. Below are the phases of [schedule_explain()] and the findings of [schedule_check()], with
#'   a button for each remedy.
#' - **Plan**: the number of samples, the batch size, and so on.
#' - **Code**: the text of [schedule_code()], with [epochs()] where you chose epochs as the unit.
#'
#' \if{html}{\figure{README-designer.png}{options: width="720" alt="A cosine decay and its warmup on the left; on the right the curve, with the original schedule pale behind it, the phases, the plan and the code."}}
#'
#' If a value can't be used, its field says why, and the curve does not change.
#'
#' The app needs the packages \pkg{shiny} and \pkg{miniUI}. It computes with NumPy alone, without Keras
#' (unless the schedule has a custom class), and loads nothing from the internet.
#'
#' @param schedule The schedule to begin with, as in [schedule_check()], or `NULL` for a cosine decay.
#' @param plan A [training_plan()], or `NULL` for one that shows the schedule's shape.
#' @param viewer Where the app opens: a function as `shiny::runGadget()` takes it, or `NULL` for
#'   RStudio's viewer, and a browser elsewhere.
#' @returns The schedule, or `NULL` after *Cancel*. Invalid arguments and missing packages are errors.
#' @family ways to look at a schedule
#' @concept shiny
#' @concept gadget
#' @concept interactive
#' @export
#' @examples
#' plan <- training_plan(samples = 1000, batch_size = 32, epochs = 40)
#' schedule <- learning_rate_schedule_cosine_decay(0.1, epochs(35, plan)) |>
#'   schedule_warmup(epochs(5, plan))
#' if (interactive()) {
#'   schedule <- schedule_designer(schedule, plan)
#' }
#' # The code that the app shows and inserts:
#' schedule_code(schedule, plan)
schedule_designer <- function(schedule = NULL, plan = NULL, viewer = NULL) {
  check_installed(c("shiny", "miniUI"), "to open the designer.")
  if (!is.null(schedule)) {
    schedule <- check_schedule_looked_at(schedule)
  }
  name <- substitute(plan)
  if (!is.null(plan)) {
    check_plan(plan)
  }
  # If NumPy is missing, this fails before the app opens.
  core()
  design <- new_design(schedule, plan, if (is.symbol(name)) deparse(name, backtick = TRUE))
  app <- shiny::shinyApp(designer_ui(), designer_server(design))
  viewer <- viewer %||% shiny::paneViewer(minHeight = 700)
  shiny::runGadget(app, viewer = viewer, stopOnCancel = FALSE)
}

# ---- The server ----

designer_server <- function(design) {
  force(design)
  function(input, output, session) {
    state <- shiny::reactiveVal(design)
    shiny::observeEvent(input$change, {
      # An error in an observer would end the app, and the user would lose the design.
      state(tryCatch(changed_design(state(), input$change), error = function(cnd) {
        shiny::showNotification(cli::ansi_strip(conditionMessage(cnd)), type = "error")
        state()
      }))
    })

    # With reactive(), every change would redraw the controls while the user types in them.
    drawn <- shiny::reactiveVal(design$drawn)
    plan_drawn <- shiny::reactiveVal(design$plan_drawn)
    shiny::observe({
      drawn(state()$drawn)
      plan_drawn(state()$plan_drawn)
    })
    output$controls <- shiny::renderUI({
      drawn()
      now <- shiny::isolate(state())
      shiny::tags$div(`data-message` = now$message, part_ui(now$part, now))
    })
    output$plan <- shiny::renderUI({
      plan_drawn()
      plan_ui(shiny::isolate(state()))
    })
    shiny::observe(session$sendCustomMessage("sentences", as.list(state()$errors)))

    # Update what depends on the schedule, not on the fields.
    shown <- shiny::reactiveVal(design)
    shiny::observe({
      now <- state()
      same <- c("schedule", "plan", "plan_name", "units", "epochs")
      if (!identical(now[same], shiny::isolate(shown())[same])) shown(now)
    })
    sentences <- shiny::reactive(sentences_of_design(shown()))
    output$curve <- shiny::renderPlot(
      draw_design(shown(), log = isTRUE(input$log)),
      alt = shiny::reactive(paste(sentences(), collapse = " ")),
      res = 96
    )
    output$pointer <- shiny::renderText({
      at <- input$pointer
      if (is.null(at)) "" else rate_under_pointer(shown(), at$x)
    })
    output$behind <- shiny::renderText({
      if (is_changed(shown())) "Pale, behind it: the schedule you began with." else ""
    })
    output$phases <- shiny::renderUI(lines_ui(sentences()))
    output$findings <- shiny::renderUI(findings_ui(findings_of_design(state())))
    output$code <- shiny::renderText(as.character(code_of_design(shown())))

    shiny::observeEvent(input$done, {
      insert_code(code_of_design(state()))
      stop_app(state()$schedule)
    })
    shiny::observeEvent(input$cancel, stop_app(NULL))
  }
}

# Tests replace this function, because they have no app to stop.
stop_app <- function(value) shiny::stopApp(value)

# Inserts code at the cursor of RStudio's editor, if RStudio is running.
insert_code <- function(code) {
  if (is_installed("rstudioapi") && rstudioapi::isAvailable()) {
    try_fetch(
      rstudioapi::insertText(text = paste0(code, "\n")),
      error = function(cnd) NULL
    )
  }
}

# ---- The page ----

designer_file <- function(name) {
  system.file("designer", name, package = "lrschedules", mustWork = TRUE)
}

help_figures <- function() {
  sources <- loaded_sources()
  if (is.null(sources)) {
    system.file("help", "figures", package = "lrschedules")
  } else {
    file.path(sources, "man", "figures")
  }
}

designer_ui <- function() {
  tags <- shiny::tags
  figures <- help_figures()
  if (nzchar(figures)) {
    shiny::addResourcePath("lrschedules-figures", figures)
  }
  miniUI::miniPage(
    title = "Design a schedule",
    # Without an icon, a browser would request one.
    tags$head(tags$link(rel = "icon", href = "data:,")),
    shiny::includeCSS(designer_file("designer.css")),
    miniUI::gadgetTitleBar(
      "Design a schedule",
      left = miniUI::miniTitleBarCancelButton(),
      right = miniUI::miniTitleBarButton("done", "Done", primary = TRUE)
    ),
    tags$main(
      class = "designer",
      tags$section(
        class = "designer-left",
        `aria-label` = "Schedule",
        shiny::uiOutput("controls")
      ),
      tags$section(
        class = "designer-right",
        `aria-label` = "Curve",
        shiny::plotOutput(
          "curve",
          height = "100%",
          hover = shiny::hoverOpts("pointer", delay = 60, delayType = "throttle")
        ),
        tags$div(
          class = "designer-below-curve",
          tags$label(tags$input(id = "log", type = "checkbox"), "Logarithmic axis"),
          shiny::textOutput("behind", inline = TRUE),
          shiny::textOutput("pointer", inline = TRUE)
        ),
        shiny::uiOutput("findings", `aria-live` = "polite"),
        shiny::uiOutput("phases"),
        shiny::uiOutput("plan"),
        tags$div(
          class = "designer-code",
          tags$div(
            class = "designer-heading",
            tags$h2("Code"),
            tags$button(type = "button", class = "btn btn-default btn-sm", id = "copy", "Copy")
          ),
          # With a tabindex, the keyboard can also scroll long code.
          shiny::tagAppendAttributes(
            shiny::verbatimTextOutput("code", placeholder = TRUE),
            tabindex = "0"
          )
        )
      )
    ),
    shiny::includeScript(designer_file("designer.js"))
  )
}

# The controls of a part: its shape, the shape's arguments, and its verbs.
part_ui <- function(part, design, nested = FALSE) {
  tags <- shiny::tags
  base <- part$base
  tags$div(
    class = "designer-part",
    tags$fieldset(
      `aria-label` = if (nested) "Shape",
      if (!nested) tags$legend("Shape"),
      shape_ui(part),
      fields_ui(base, design)
    ),
    if (length(part$verbs) > 0) {
      tags$ol(class = "designer-verbs", lapply(seq_along(part$verbs), verb_ui, part$verbs, design))
    },
    tags$div(
      class = "designer-add",
      tags$label(`for` = paste0(part$id, "-add"), "Add"),
      tags$select(
        id = paste0(part$id, "-add"),
        class = "form-control input-sm",
        `data-action` = "add",
        `data-part` = part$id,
        tags$option(value = "", "a verb, or another schedule ..."),
        verbs_ui()
      )
    )
  )
}

# The options for adding: the verbs in groups, and the operators.
verbs_ui <- function() {
  tags <- shiny::tags
  verbs <- designer_verbs()
  groups <- lapply(unique(verbs$group), function(group) {
    these <- verbs[verbs$group == group, ]
    tags$optgroup(label = group, options_ui(these$name, these$label, ""))
  })
  operators <- options_ui(COMBINATIONS$operator, COMBINATIONS$label, "")
  shiny::tagList(groups, tags$optgroup(label = "Arithmetic", operators))
}

options_ui <- function(values, labels, chosen) {
  Map(
    function(value, label) {
      shiny::tags$option(value = value, selected = if (identical(value, chosen)) NA, label)
    },
    unname(values),
    labels
  )
}

# The chosen shape with its picture. It opens to show all shapes.
shape_ui <- function(part) {
  tags <- shiny::tags
  name <- part$base$name
  tags$details(
    class = "designer-shapes",
    `data-part` = part$id,
    tags$summary(
      picture_ui(help_if_any(name)$picture),
      tags$span(base_label(part$base)),
      tags$span(class = "designer-change", "change")
    ),
    shapes_ui(name)
  )
}

# All shapes, in groups, with the chosen one marked. Every part shows them, so the HTML is kept.
shapes_ui <- function(chosen) {
  written <- the$shapes_ui[[chosen]]
  if (is.null(written)) {
    shapes <- designer_shapes()
    groups <- split(shapes, factor(shapes$group, unique(shapes$group)))
    written <- shiny::HTML(as.character(shiny::tagList(lapply(groups, group_ui, chosen))))
    the$shapes_ui[[chosen]] <- written
  }
  written
}
the$shapes_ui <- list()

group_ui <- function(group, chosen) {
  tags <- shiny::tags
  buttons <- Map(
    function(name, label, picture) {
      tags$button(
        type = "button",
        class = "designer-shape",
        `data-action` = "shape",
        `data-value` = name,
        `aria-pressed` = if (name == chosen) "true" else "false",
        picture_ui(picture),
        tags$span(label)
      )
    },
    group$name,
    group$label,
    group$picture
  )
  title <- group$group[[1]]
  tags$div(
    role = "group",
    `aria-label` = title,
    tags$p(class = "designer-group", title),
    tags$div(class = "designer-grid", unname(buttons))
  )
}

help_if_any <- function(name) {
  if (exists(name, topenv(), mode = "function", inherits = FALSE)) help_of(name) else list()
}

# A decorative picture: the text next to it says the same.
picture_ui <- function(picture) {
  if (length(picture) == 1 && nzchar(picture)) {
    shiny::tags$img(src = paste0("lrschedules-figures/", picture), alt = "", loading = "lazy")
  }
}

verb_ui <- function(i, verbs, design) {
  tags <- shiny::tags
  verb <- verbs[[i]]
  label <- label_of(verb$name)
  button <- function(action, sign, words, enabled = TRUE) {
    tags$button(
      type = "button",
      class = "btn btn-default btn-xs",
      `data-action` = action,
      `data-node` = verb$id,
      `aria-label` = paste(words, label),
      title = paste(words, label),
      disabled = if (!enabled) NA,
      sign
    )
  }
  tags$li(
    `data-added` = if (verb$id %in% design$added) NA,
    tags$fieldset(
      tags$legend(
        label,
        tags$span(
          class = "designer-buttons",
          button("up", "\u2191", "Move up", i > 1),
          button("down", "\u2193", "Move down", i < length(verbs)),
          button("remove", "\u00d7", "Remove")
        )
      ),
      fields_ui(verb, design)
    )
  )
}

fields_ui <- function(node, design) {
  tags <- shiny::tags
  if (node$name %in% OPERATORS) {
    operands <- parts_ui(node$arguments$operands, "part", node, design)
    return(shiny::tagList(operands, sentence_ui(field_of(node, "all"))))
  }
  controls <- controls_of_node(node)
  fields <- lapply(controls, function(control) {
    value <- node$arguments[[control$name]]
    switch(
      control$kind,
      part = parts_ui(list(value), control$name, node, design),
      parts = parts_ui(value, control$name, node, design),
      field_ui(control, value, node, design)
    )
  })
  # Text fields come last: users seldom give a schedule a label.
  is_text <- vapply(controls, function(control) control$kind == "text", NA)
  shiny::tagList(
    unname(fields[!is_text]),
    unname(fields[is_text]),
    sentence_ui(field_of(node, "all"))
  )
}

parts_ui <- function(parts, label, node, design) {
  tags <- shiny::tags
  lapply(seq_along(parts), function(i) {
    part <- parts[[i]]
    is_added <- node$id %in% design$added
    title <- if (length(parts) > 1) paste(label, i) else label
    words <- paste("Remove", title)
    remove <- if (node$name %in% OPERATORS) {
      tags$button(
        type = "button",
        class = "btn btn-default btn-xs",
        `data-action` = "drop",
        `data-node` = part$id,
        words
      )
    }
    tags$details(
      class = "designer-inner",
      `data-keep` = part$id,
      open = if (is_added && i == length(parts)) NA,
      `data-added` = if (is_added && i == length(parts)) NA,
      tags$summary(tags$b(title), tags$span(one_line_of(part))),
      part_ui(part, design, nested = TRUE),
      remove
    )
  })
}

# "cosine decay, warmup"
one_line_of <- function(part) {
  verbs <- vapply(part$verbs, function(verb) label_of(verb$name), "")
  paste(c(base_label(part$base), verbs), collapse = ", ")
}

base_label <- function(node) {
  if (node$name == "kept") {
    paste(shown_label(node$schedule), "(kept as it is)")
  } else if (node$name == "number") {
    paste("constant rate", field_text(node$arguments$learning_rate))
  } else if (node$name %in% OPERATORS) {
    RESULTS[[node$name]]
  } else {
    label_of(node$name)
  }
}

# A field has a label, whose tooltip is the help page's text, a control, and a place for an error.
field_ui <- function(control, value, node, design) {
  tags <- shiny::tags
  key <- field_of(node, control$name)
  unit <- unit_of(node, control, design)
  data <- list(
    `data-action` = "set",
    `data-node` = node$id,
    `data-argument` = control$name,
    `aria-describedby` = paste0(key, "-sentence")
  )
  box <- function(tag, ...) do.call(tag, c(list(id = key, ...), data))
  typed <- if (unit == "epochs" && is.numeric(value)) design$epochs[[key]]
  text <- function(...) {
    box(
      tags$input,
      type = "text",
      class = "form-control input-sm",
      value = if (is.null(typed)) field_text(value, design$plan, unit) else field_text(typed),
      placeholder = if (!is.null(control$empty)) "none",
      autocomplete = "off",
      ...
    )
  }
  number <- if (is.numeric(value) && length(value) == 1) value
  slider <- function(scale, from, to, by, at) {
    tags$input(
      type = "range",
      class = paste("designer-slider", if (is.null(number)) "designer-unset"),
      `data-for` = key,
      `data-scale` = scale,
      `aria-label` = paste(control$name, "slider"),
      `aria-valuetext` = if (is.null(number)) "none" else field_text(value, design$plan, unit),
      min = from,
      max = to,
      step = by,
      value = at
    )
  }
  inner <- switch(
    control$kind,
    flag = box(tags$input, type = "checkbox", checked = if (isTRUE(value)) NA),
    choice = box(
      tags$select,
      class = "form-control input-sm",
      options_ui(control$choices, control$choices, value)
    ),
    rate = shiny::tagList(
      # The left end of the slider is a rate of 0.
      slider("log", -6, 1, 0.05, round(log10(min(max(number %||% 0.1, 1e-6), 10)), 2)),
      text(inputmode = "decimal")
    ),
    steps = {
      per <- if (unit == "epochs") design$plan$steps_per_epoch else 1
      by <- if (unit == "epochs" && design$plan$epochs < 5) 0.1 else 1
      from <- control$range[[1]] * by
      shiny::tagList(
        slider("linear", from, design$plan$steps / per, by, (number %||% 0) / per),
        text(inputmode = "decimal"),
        unit_ui(key, control, node, unit)
      )
    },
    table = if (length(value) > MOST_NUMBERS) {
      box(
        tags$input,
        type = "text",
        class = "form-control input-sm",
        value = paste(in_prose(length(value)), "numbers, kept as they are"),
        readonly = NA
      )
    } else {
      shiny::tagList(text(), if (control$steps) unit_ui(key, control, node, unit))
    },
    number = shiny::tagList(
      if (!is.null(control$range)) {
        to <- max(control$range[[2]], if (control$range[[2]] > 1) 2 * number)
        slider("linear", control$range[[1]], to, if (to > 10) "any" else 0.01, number %||% 1)
      },
      text(inputmode = "decimal")
    ),
    text()
  )
  tags$div(
    class = paste0("designer-field designer-", control$kind),
    tags$label(`for` = key, title = control$help, gsub("_", " ", control$name, fixed = TRUE)),
    tags$div(class = "designer-control", inner),
    sentence_ui(key)
  )
}

# A field shows at most this many numbers.
MOST_NUMBERS <- 200

sentence_ui <- function(key) {
  shiny::tags$p(class = "designer-sentence", id = paste0(key, "-sentence"), `aria-live` = "polite")
}

unit_ui <- function(key, control, node, unit) {
  shiny::tags$select(
    class = "form-control input-sm designer-unit",
    id = paste0(key, "-unit"),
    `aria-label` = paste("unit of", control$name),
    `data-action` = "unit",
    `data-node` = node$id,
    `data-argument` = control$name,
    options_ui(c("steps", "epochs"), c("steps", "epochs"), unit)
  )
}

plan_ui <- function(design) {
  tags <- shiny::tags
  fields <- lapply(names(design$plan_fields), function(name) {
    key <- paste0("plan-", name)
    tags$div(
      class = "designer-plan-field",
      tags$label(`for` = key, gsub("_", " ", name, fixed = TRUE)),
      tags$input(
        id = key,
        type = "text",
        inputmode = "decimal",
        class = "form-control input-sm",
        autocomplete = "off",
        value = design$plan_fields[[name]],
        `data-action` = "plan",
        `data-argument` = name,
        `aria-describedby` = paste0(key, "-sentence")
      ),
      sentence_ui(key)
    )
  })
  tags$fieldset(class = "designer-plan", tags$legend("Plan"), fields)
}

lines_ui <- function(lines) shiny::tags$ul(class = "designer-phases", lapply(lines, shiny::tags$li))

findings_ui <- function(findings) {
  tags <- shiny::tags
  if (length(findings) == 0) {
    return(NULL)
  }
  tags$ul(
    class = "designer-findings",
    lapply(findings, function(finding) {
      tags$li(
        class = paste0("designer-", finding$severity),
        finding$what,
        if (length(finding$remedies) == 0) finding$advice,
        lapply(finding$remedies, function(remedy) {
          do.call(
            tags$button,
            c(
              list(type = "button", class = "btn btn-default btn-xs", remedy$label),
              set_names(remedy[data_of(remedy)], paste0("data-", data_of(remedy))),
              list(`data-redraw` = "true")
            )
          )
        })
      )
    })
  )
}

data_of <- function(remedy) {
  intersect(
    c("action", "node", "part", "argument", "value"),
    names(Filter(Negate(is.null), remedy))
  )
}
