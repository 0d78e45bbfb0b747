# Tests the app without a browser; tests/site tests it in Chromium.

test_that("without shiny the message says what is missing", {
  local_plain_messages()
  withr::local_options(`rlang:::is_installed_hook` = function(pkg, ver, cmp) FALSE)
  expect_error(
    schedule_designer(),
    "The packages .shiny. and .miniUI. are required to open the designer"
  )
})

test_that("bad input is named before the app opens", {
  skip_if_not_installed("shiny")
  skip_if_not_installed("miniUI")
  local_plain_messages()
  expect_snapshot(error = TRUE, {
    schedule_designer("a")
    schedule_designer(plan = 32)
  })
})

APP_PLAN <- training_plan(samples = 1000, batch_size = 32, epochs = 40)

# Runs `expr` in the server of a designer.
in_designer <- function(schedule, expr, plan = APP_PLAN) {
  skip_if_not_installed("shiny")
  skip_if_not_installed("miniUI")
  skip_if_no_numpy()
  server <- lrschedules:::designer_server(lrschedules:::new_design(schedule, plan, "APP_PLAN"))
  expr <- rlang::enquo(expr)
  suppressPackageStartupMessages(rlang::inject(shiny::testServer(server, !!expr)))
}

test_that("a change redraws the curve, its words, the findings and the code", {
  in_designer(NULL, {
    expect_match(output$code, "decay_steps = epochs(30, APP_PLAN)", fixed = TRUE)
    expect_match(output$curve$alt, "falls from 0.1", fixed = TRUE)
    expect_null(output$findings)
    set <- function(argument, value) {
      change <- list(
        action = "set",
        node = state()$part$base$id,
        argument = argument,
        value = value
      )
      session$setInputs(change = change)
    }
    drawn <- output$controls$html
    set("initial_learning_rate", "0.2")
    # The controls are not redrawn while the user types.
    expect_identical(output$controls$html, drawn)
    expect_match(output$code, "decay(\n  0.2,", fixed = TRUE)
    expect_match(output$curve$alt, "falls from 0.2", fixed = TRUE)
    set("decay_steps", "18")
    expect_match(output$findings$html, "Use 18 epochs: 576 steps", fixed = TRUE)
    # Bad input changes only the sentence.
    set("decay_steps", "")
    expect_match(output$code, "decay_steps = 18", fixed = TRUE)
    expect_match(state()$errors[[1]], "`decay_steps` must not be empty.", fixed = TRUE)
    set("decay_steps", "320")
    expect_identical(state()$errors, list())
    expect_null(output$findings)
    session$setInputs(log = TRUE)
    expect_match(output$curve$src, "png")
    session$setInputs(pointer = list(x = 0.5, y = 0.1))
    expect_identical(output$pointer, "step 0 (epoch 0): 0.2")
    session$setInputs(pointer = NULL)
  })
})

test_that("what was given is named while it is behind the curve", {
  in_designer(learning_rate_schedule_cosine_decay(0.1, 1280), {
    expect_identical(output$behind, "")
    add <- list(action = "add", part = state()$part$id, value = "schedule_scale")
    session$setInputs(change = add)
    expect_match(output$behind, "the schedule you began with", fixed = TRUE)
    remove <- list(action = "remove", node = state()$part$verbs[[1]]$id)
    session$setInputs(change = remove)
    expect_identical(output$behind, "")
  })
})

test_that("what is added is open, and can be removed", {
  in_designer(NULL, {
    expect_no_match(output$controls$html, "data-added", fixed = TRUE)
    add <- list(action = "add", part = state()$part$id, value = "schedule_then")
    session$setInputs(change = add)
    expect_match(output$controls$html, "<b>second</b>", fixed = TRUE)
    expect_length(gregexpr("<details[^>]* open", output$controls$html)[[1]], 1)
    session$setInputs(change = list(action = "combine", part = state()$part$id, value = "+"))
    expect_match(output$controls$html, "cosine decay, then", fixed = TRUE)
    expect_match(output$controls$html, "Remove part 2", fixed = TRUE)
    expect_match(output$code, ") +\n  0.01", fixed = TRUE)
    other <- state()$part$base$arguments$operands[[2]]$id
    session$setInputs(change = list(action = "drop", node = other))
    expect_no_match(output$code, "+", fixed = TRUE)
  })
})

test_that("a remedy's button mends the schedule, and the field shows it", {
  in_designer(learning_rate_schedule_cosine_decay(0.1, 18), {
    remedy <- lrschedules:::findings_of_design(state())[[1]]$remedies[[1]]
    expect_match(output$findings$html, paste0("data-value=\"", remedy$value, "\""), fixed = TRUE)
    session$setInputs(change = remedy)
    expect_identical(state()$schedule$decay_steps, 576)
    expect_match(output$controls$html, "value=\"18\"", fixed = TRUE)
    expect_no_match(output$findings$html, "Use 18 epochs", fixed = TRUE)
  })
})

test_that("every shape and verb can be chosen, and every control has a label", {
  skip_if_quick()
  labels_and_controls <- function(html) {
    of <- function(pattern) {
      found <- regmatches(html, gregexpr(pattern, html, perl = TRUE))[[1]]
      sub(pattern, "\\1", found, perl = TRUE)
    }
    ids <- c(of("<(?:input|select) id=\"([^\"]+)\""))
    list(
      labels = of("<label for=\"([^\"]+)\""),
      controls = grep("-unit$", ids, value = TRUE, invert = TRUE)
    )
  }
  skip_if_not_installed("shiny")
  for (name in lrschedules:::designer_shapes()$name) {
    design <- lrschedules:::new_design(plan = APP_PLAN)
    change <- list(action = "shape", part = design$part$id, value = name)
    design <- lrschedules:::changed_design(design, change)
    shown <- as.character(lrschedules:::fields_ui(design$part$base, design))
    found <- labels_and_controls(shown)
    expect_setequal(found$labels, found$controls)
    expect_gt(length(found$labels), 1)
  }
  design <- lrschedules:::new_design(plan = APP_PLAN)
  for (name in lrschedules:::designer_verbs()$name) {
    verb <- lrschedules:::start_node(name, APP_PLAN)
    found <- labels_and_controls(as.character(lrschedules:::fields_ui(verb, design)))
    # A part inside the shape has a menu of verbs.
    expect_setequal(found$labels, found$controls)
    expect_gt(length(found$labels), 0)
  }
  in_designer(NULL, {
    for (name in paste0("schedule_", c("accumulate", "then", "warmup"))) {
      session$setInputs(change = list(action = "add", part = state()$part$id, value = name))
    }
    expect_identical(state()$errors, list())
    found <- labels_and_controls(output$controls$html)
    expect_setequal(found$labels, found$controls)
    expect_match(output$controls$html, "Move up warmup", fixed = TRUE)
    id <- state()$part$verbs[[1]]$id
    session$setInputs(change = list(action = "remove", node = id))
    expect_no_match(output$controls$html, "Move up accumulate", fixed = TRUE)
  })
})

test_that("sums and products are parts that can be opened, a unit and the plan can be changed", {
  decay <- learning_rate_schedule_cosine_decay(0.1, 320)
  in_designer(decay + decay * 0.5, {
    expect_match(output$controls$html, "part 2", fixed = TRUE)
    expect_match(output$controls$html, "cosine decay, scale", fixed = TRUE)
    node <- Find(function(x) grepl("cosine", x$name), lrschedules:::nodes_in(state()$part))
    key <- paste0(node$id, "-decay_steps")
    expect_match(output$controls$html, "value=\"10\"", fixed = TRUE)
    session$setInputs(
      change = list(action = "unit", node = node$id, argument = "decay_steps", unit = "steps")
    )
    expect_match(output$controls$html, "value=\"320\"", fixed = TRUE)
    expect_identical(state()$units[[key]], "steps")
    expect_match(output$plan$html, "validation split", fixed = TRUE)
    session$setInputs(change = list(action = "plan", argument = "epochs", value = "50"))
    expect_match(output$code, "plan <- training_plan(samples = 1000, epochs = 50)", fixed = TRUE)
  })
})

test_that("every composition can be shown", {
  skip_if_quick()
  skip_if_not_installed("shiny")
  for (schedule in c(compositions(), random_schedules(8, seed = 5))) {
    design <- lrschedules:::new_design(schedule, APP_PLAN)
    shown <- as.character(lrschedules:::part_ui(design$part, design))
    ids <- regmatches(shown, gregexpr(" id=\"[^\"]+\"", shown))[[1]]
    expect_identical(anyDuplicated(ids), 0L, info = format(schedule))
  }
})

test_that("a change that makes no sense leaves the design as it is", {
  in_designer(NULL, {
    before <- state()$part
    for (change in list(
      list(),
      list(action = "dance"),
      list(action = "set", node = "n0", argument = "steps", value = "1"),
      list(action = "set", node = before$base$id, argument = "decay_steps"),
      list(action = "plan", argument = "epochs", value = list(1, 2)),
      list(action = "up", node = "n0")
    )) {
      session$setInputs(change = change)
      session$setInputs(log = FALSE)
    }
    set <- list(action = "set", node = before$base$id, argument = "decay_steps", value = "320")
    session$setInputs(change = set)
    expect_match(output$code, "decay_steps = 320", fixed = TRUE)
  })
})

test_that("a long table is kept", {
  skip_if_not_installed("shiny")
  design <- lrschedules:::new_design(learning_rate_schedule_tabulated(1 / (1:1000)), APP_PLAN)
  shown <- as.character(lrschedules:::part_ui(design$part, design))
  expect_match(shown, "1,000 numbers, kept as they are", fixed = TRUE)
  expect_lt(nchar(shown), 30000)
})

test_that("Done returns the schedule and inserts the code, Cancel returns NULL", {
  decay <- learning_rate_schedule_cosine_decay(0.1, 320)
  inserted <- NULL
  local_replacement("insert_code", function(code) inserted <<- code)
  stopped <- function(button) {
    skip_if_not_installed("shiny")
    returned <- "nothing"
    stop_app <- function(value) returned <<- value
    local_replacement("stop_app", stop_app)
    in_designer(decay, {
      session$setInputs(
        change = list(action = "add", part = state()$part$id, value = "schedule_scale")
      )
      session$setInputs(!!button := 1)
    })
    returned
  }
  expect_null(stopped("cancel"))
  expect_null(inserted)
  expect_identical(stopped("done"), schedule_scale(decay, 0.5))
  expect_identical(eval(parse(text = inserted)), schedule_scale(decay, 0.5))
})

test_that("the page loads nothing from the internet", {
  skip_if_not_installed("shiny")
  skip_if_not_installed("miniUI")
  page <- as.character(lrschedules:::designer_ui())
  expect_no_match(page, "https?://(?!www.w3.org)", perl = TRUE)
  expect_match(page, "aria-label=\"Schedule\"", fixed = TRUE)
})
