# Tests the designer without its app: the choices, and a schedule as parts that can be changed.

DESIGN_PLAN <- training_plan(samples = 1000, batch_size = 32, epochs = 40)

new_design <- function(schedule = NULL, plan = DESIGN_PLAN) {
  lrschedules:::new_design(schedule, plan, "DESIGN_PLAN")
}

change <- function(design, action, ...) {
  lrschedules:::changed_design(design, list(action = action, ...))
}

# The first node of this function.
node_of <- function(design, name) {
  Find(function(node) node$name == name, lrschedules:::nodes_in(design$part))
}

set <- function(design, name, argument, value, ...) {
  change(design, "set", node = node_of(design, name)$id, argument = argument, value = value, ...)
}

add <- function(design, verb) change(design, "add", part = design$part$id, value = verb)

evaluated_code <- function(design) {
  eval(parse(text = lrschedules:::code_of_design(design)), list(DESIGN_PLAN = DESIGN_PLAN))
}

verbs_of <- function(design) vapply(design$part$verbs, `[[`, "", "name")

test_that("every constructor is a shape or a verb, in a group of the site, with its picture", {
  shapes <- lrschedules:::designer_shapes()
  verbs <- lrschedules:::designer_verbs()
  all <- grep("^v1_", constructors(), value = TRUE, invert = TRUE)
  expect_setequal(c(shapes$name, verbs$name), setdiff(all, "schedule_join"))
  expect_setequal(
    verbs$name,
    c(
      paste0(
        "schedule_",
        c("warmup", "cooldown", "offset", "hold", "repeat", "stretch", "scale", "clamp", "noise")
      ),
      "schedule_then",
      "schedule_accumulate",
      "momentum_schedule_one_cycle",
      "learning_rate_schedule_linear_warmup",
      "learning_rate_schedule_polynomial_warmup"
    )
  )
  expect_identical(unique(shapes$group)[1:2], unname(lrschedules:::GROUPS[2:3]))
  expect_true(all(c(shapes$group, verbs$group) %in% lrschedules:::GROUPS))
  figures <- lrschedules:::help_figures()
  expect_true(all(file.exists(file.path(figures, c(shapes$picture, verbs$picture)))))
  expect_identical(shapes$label[shapes$name == "learning_rate_schedule_one_cycle"], "one cycle")
})

test_that("controls follow from the arguments, their checks and the help pages", {
  kinds <- function(name) vapply(lrschedules:::controls_of(name), `[[`, "", "kind")
  expect_identical(
    kinds("learning_rate_schedule_cyclical"),
    c(
      initial_learning_rate = "rate",
      maximal_learning_rate = "rate",
      step_size = "steps",
      mode = "choice",
      gamma = "number",
      name = "text"
    )
  )
  expect_identical(
    kinds("learning_rate_schedule_piecewise_constant_decay")[c("boundaries", "values", "boundary")],
    c(boundaries = "table", values = "table", boundary = "choice")
  )
  expect_identical(kinds("schedule_then"), c(second = "part", at = "steps"))
  expect_identical(
    kinds("schedule_warmup"),
    c(
      steps = "steps",
      from = "rate",
      shape = "choice",
      power = "number",
      shift = "flag",
      to = "rate"
    )
  )
  controls <- lrschedules:::controls_of("learning_rate_schedule_warmup_stable_decay")
  expect_identical(controls$decay_shape$choices, c("linear", "cosine", "one_minus_sqrt"))
  expect_identical(lrschedules:::controls_of("schedule_warmup")$shape$choices, lrschedules:::SHAPES)
  expect_match(controls$decay_steps$help, "number of training steps", fixed = TRUE)
  expect_identical(lrschedules:::controls_of("schedule_clamp")$max$empty, list(Inf))
  for (name in c(lrschedules:::designer_shapes()$name, lrschedules:::designer_verbs()$name)) {
    controls <- lrschedules:::controls_of(name)
    # Every argument has a control and a description.
    expect_true(all(nchar(vapply(controls, `[[`, "", "help")) > 10), info = name)
    has_choices <- vapply(controls, function(x) length(x$choices) > 0, NA)
    expect_identical(has_choices, kinds(name) == "choice", info = name)
  }
})

# A different value for a field, as a user would type it.
moved_value <- function(control, value) {
  switch(
    control$kind,
    flag = !value,
    choice = control$choices[[length(control$choices)]],
    text = "mine",
    steps = "96",
    rate = "0.07",
    table = lrschedules:::field_text(value * 0.5),
    number = if (is.null(value) || identical(value, 0.5)) "0.25" else "0.5"
  )
}

test_that("each control of each shape and verb moves its argument, and the code is the schedule", {
  skip_if_quick()
  moved <- 0
  try_all <- function(design, name) {
    for (control in lrschedules:::controls_of(name)) {
      if (control$kind %in% c("part", "parts")) {
        next
      }
      before <- node_of(design, name)$arguments[[control$name]]
      if (control$name == "boundaries") {
        before <- before * 2
      }
      now <- set(design, name, control$name, moved_value(control, before))
      if (length(now$errors) == 0) {
        moved <<- moved + 1
        value <- node_of(now, name)$arguments[[control$name]]
        element <- if (name == "schedule_then") "boundaries" else control$name
        expect_identical(now$schedule[[element]], value, info = paste(name, control$name))
      } else {
        # Values that exclude each other are an error, and the schedule stays.
        said <- "^`[a-z_]+( = 96)?` (must be|is ignored)"
        expect_match(now$errors[[1]], said, info = paste(name, control$name))
        expect_identical(now$schedule, design$schedule)
      }
      expect_identical(evaluated_code(now), now$schedule, info = paste(name, control$name))
    }
  }
  for (name in lrschedules:::designer_shapes()$name) {
    design <- new_design()
    design <- change(design, "shape", part = design$part$id, value = name)
    expect_identical(design$errors, list(), info = name)
    expect_identical(lrschedules:::constructor_name(attr(design$schedule, "spec")$class), name)
    try_all(design, name)
  }
  for (name in lrschedules:::designer_verbs()$name) {
    design <- if (name == "momentum_schedule_one_cycle") {
      new_design(learning_rate_schedule_one_cycle(1, 100))
    } else {
      new_design()
    }
    design <- add(design, name)
    expect_identical(design$errors, list(), info = name)
    expect_identical(verbs_of(design), name)
    try_all(design, name)
  }
  expect_gt(moved, 150)
})

test_that("verbs are added three deep, reordered and removed", {
  verbs <- setdiff(lrschedules:::designer_verbs()$name, "momentum_schedule_one_cycle")
  for (i in seq_along(verbs)) {
    three <- verbs[c(i, i %% length(verbs) + 1, (i + 4) %% length(verbs) + 1)]
    design <- Reduce(add, three, new_design())
    expect_identical(verbs_of(design), three)
    expect_identical(evaluated_code(design), design$schedule)
    last <- design$part$verbs[[3]]$id
    up <- change(design, "up", node = last)
    expect_identical(verbs_of(up), three[c(1, 3, 2)])
    expect_identical(evaluated_code(up), up$schedule)
    expect_identical(change(up, "down", node = last)$schedule, design$schedule)
    # The first verb can't move up.
    first <- design$part$verbs[[1]]$id
    expect_identical(change(design, "up", node = first)$schedule, design$schedule)
    gone <- change(design, "remove", node = first)
    expect_identical(verbs_of(gone), three[-1])
    expect_identical(evaluated_code(gone), gone$schedule)
  }
})

test_that("a schedule becomes parts and the same schedule again", {
  skip_if_quick()
  for (schedule in random_schedules(60, seed = 4)) {
    built <- lrschedules:::schedule_of_part(lrschedules:::part_of(schedule))
    expect_identical(built$errors, list())
    expect_identical(built$schedule, schedule, info = format(schedule))
  }
  for (schedule in compositions()) {
    expect_identical(new_design(schedule)$schedule, schedule)
  }
  for (name in grep("^v1_", constructors(), value = TRUE, invert = TRUE)) {
    schedule <- do.call(constructor(name), good(name))
    opened <- new_design(schedule)
    expect_identical(opened$schedule, schedule, info = name)
    expect_identical(evaluated_code(opened), schedule, info = name)
    expect_true(!is.null(node_of(opened, name)), info = name)
  }
})

test_that("the parts of a sum, a product and a join can be edited", {
  decay <- learning_rate_schedule_cosine_decay(0.1, 640)
  stairs <- learning_rate_schedule_exponential_decay(0.1, 320, 0.5, staircase = TRUE)
  for (make in list(
    function(a) a + stairs + 0.1,
    function(a) stairs * a,
    function(a) schedule_scale(stairs / a, 2),
    function(a) schedule_join(list(stairs, schedule_hold(a, 10), 0.1), c(100, 200)),
    function(a) schedule_then(stairs, a, 100)
  )) {
    design <- new_design(make(decay))
    edited <- set(
      design,
      "learning_rate_schedule_cosine_decay",
      "decay_steps",
      "10",
      unit = "epochs"
    )
    expect_identical(edited$schedule, make(update(decay, decay_steps = 320)))
    # Add and remove a verb of a part.
    id <- NULL
    find <- function(part) {
      if (part$base$name == "learning_rate_schedule_cosine_decay") {
        id <<- part$id
      }
      lrschedules:::in_parts(part$base$arguments, find_in)
      for (verb in part$verbs) {
        lrschedules:::in_parts(verb$arguments, find_in)
      }
    }
    find_in <- function(part) {
      find(part)
      part
    }
    find(design$part)
    added <- change(design, "add", part = id, value = "schedule_stretch")
    expect_false(identical(added$schedule, design$schedule))
    expect_identical(evaluated_code(added), added$schedule)
    removed <- change(added, "remove", node = node_of(added, "schedule_stretch")$id)
    expect_identical(removed$schedule, design$schedule)
  }
  number <- new_design(0.1 + decay)
  expect_identical(set(number, "number", "learning_rate", "0.2")$schedule, 0.2 + decay)
})

test_that("a schedule is combined with another one, and the sum, product or join is edited", {
  decay <- learning_rate_schedule_cosine_decay(0.1, 640)
  warm <- schedule_warmup(decay, 64)
  combine <- function(design, operator) {
    change(design, "combine", part = design$part$id, value = operator)
  }
  made <- list(`+` = warm + 0.01, `-` = warm - 0.01, `*` = warm * 0.5, `/` = warm / 2)
  for (operator in names(made)) {
    design <- combine(new_design(warm), operator)
    expect_identical(design$schedule, made[[operator]])
    # Give the second part a shape and a verb.
    other <- design$part$base$arguments$operands[[2]]$id
    shaped <- change(design, "shape", part = other, value = "learning_rate_schedule_cyclical")
    cyclical <- node_of(shaped, "learning_rate_schedule_cyclical")
    expect_identical(cyclical$id %in% shaped$added, TRUE)
    scaled <- change(shaped, "add", part = other, value = "schedule_stretch")
    stretched <- do.call(learning_rate_schedule_cyclical, cyclical$arguments) |>
      schedule_stretch(node_of(scaled, "schedule_stretch")$arguments$factor)
    expect_identical(scaled$schedule, do.call(operator, list(warm, stretched)))
    expect_identical(evaluated_code(scaled), scaled$schedule)
    # Add a verb to the whole, and remove each operand.
    whole <- add(scaled, "schedule_clamp")
    expect_identical(whole$schedule$schedule, scaled$schedule)
    left <- change(scaled, "drop", node = other)
    expect_identical(left$schedule, warm)
    first <- scaled$part$base$arguments$operands[[1]]$id
    expect_identical(change(scaled, "drop", node = first)$schedule, stretched)
    clamped <- change(whole, "drop", node = first)
    expect_identical(verbs_of(clamped), c("schedule_stretch", "schedule_clamp"))
  }
  three <- combine(combine(new_design(decay), "+"), "+")
  expect_length(three$part$base$arguments$operands, 3)
  expect_identical(three$schedule, decay + 0.01 + 0.01)
  # Combine within a part.
  within <- change(three, "combine", part = three$part$base$arguments$operands[[1]]$id, value = "*")
  expect_identical(within$schedule, decay * 0.5 + 0.01 + 0.01)
  inner <- within$part$base$arguments$operands[[1]]$base$arguments$operands[[2]]$id
  expect_identical(change(within, "drop", node = inner)$schedule, three$schedule)
  expect_identical(change(three, "combine", part = three$part$id, value = "^")$part, three$part)
  # Give the second schedule a shape.
  design <- add(new_design(decay), "schedule_then")
  second <- node_of(design, "schedule_then")$arguments$second
  design <- change(design, "shape", part = second$id, value = "learning_rate_schedule_cosine_decay")
  follows <- node_of(design, "schedule_then")$arguments
  expect_identical(
    design$schedule,
    schedule_then(
      decay,
      do.call("learning_rate_schedule_cosine_decay", follows$second$base$arguments),
      follows$at
    )
  )
})

test_that("an error about parts, which have no field, is shown below all fields", {
  operands <- function() design$part$base$arguments$operands
  design <- new_design()
  design <- change(design, "combine", part = design$part$id, value = "-")
  design <- change(design, "combine", part = operands()[[2]]$id, value = "-")
  inner <- operands()[[2]]$base
  last <- inner$arguments$operands[[2]]$base$id
  design <- change(design, "set", node = last, argument = "learning_rate", value = "0.5")
  sentence <- "`difference` must be one finite number, 0 or more, not `-0.49`."
  expect_identical(design$errors, stats::setNames(list(sentence), paste0(inner$id, "-all")))

  join <- new_design(schedule_join(list(0.1, 0.01, 0.001), c(100, 200)))
  join <- set(join, "schedule_join", "boundaries", "100")
  sentence <- "`schedules` must have one more element than `boundaries` (got 3 and 1)."
  expect_identical(join$errors, stats::setNames(list(sentence), paste0(join$part$base$id, "-all")))
})

test_that("the code counts in the unit that was chosen", {
  cosine <- "learning_rate_schedule_cosine_decay"
  code <- function(design) {
    expect_identical(evaluated_code(design), design$schedule)
    as.character(lrschedules:::code_of_design(design))
  }
  design <- set(new_design(), cosine, "alpha", "0")
  in_epochs <- set(design, cosine, "decay_steps", "4.5", unit = "epochs")
  expect_identical(in_epochs$schedule$decay_steps, 144)
  expect_match(code(in_epochs), "decay_steps = epochs(4.5, DESIGN_PLAN)", fixed = TRUE)
  # The steps are rounded, as by epochs().
  third <- set(design, cosine, "decay_steps", "0.3", unit = "epochs")
  expect_match(code(third), "decay_steps = epochs(0.3, DESIGN_PLAN)", fixed = TRUE)
  in_steps <- set(design, cosine, "decay_steps", "320")
  expect_match(code(in_steps), "decay_steps = 320", fixed = TRUE)
  id <- node_of(in_steps, cosine)$id
  again <- change(in_steps, "unit", node = id, argument = "decay_steps", unit = "epochs")
  expect_match(code(again), "decay_steps = epochs(10, DESIGN_PLAN)", fixed = TRUE)
  # epochs() refuses more epochs than the plan has.
  long <- set(design, cosine, "decay_steps", "50", unit = "epochs")
  expect_match(code(long), "decay_steps = 1600", fixed = TRUE)
  piecewise <- "learning_rate_schedule_piecewise_constant_decay"
  stairs <- new_design(learning_rate_schedule_piecewise_constant_decay(c(320, 640), c(1, 0.5, 0.1)))
  stairs <- set(stairs, piecewise, "boundaries", "10.5, 20", unit = "epochs")
  expect_match(code(stairs), "epochs(c(10.5, 20), DESIGN_PLAN)", fixed = TRUE)
})

test_that("a slider has the numbers that its argument takes", {
  skip_if_quick()
  for (name in c(lrschedules:::designer_shapes()$name, lrschedules:::designer_verbs()$name)) {
    design <- new_design()
    is_verb <- name %in% lrschedules:::designer_verbs()$name
    if (name == "momentum_schedule_one_cycle") {
      design <- new_design(learning_rate_schedule_one_cycle(1, 100))
    }
    design <- if (is_verb) {
      add(design, name)
    } else {
      change(design, "shape", part = design$part$id, value = name)
    }
    for (control in lrschedules:::controls_of(name)) {
      expect_identical(is.null(control$range) && control$kind == "steps", FALSE)
      if (!is.null(control$range) && control$kind != "table") {
        lowest <- set(design, name, control$name, control$range[[1]])
        # Arguments may exclude each other, but no number is out of range.
        said <- unlist(lowest$errors) %||% ""
        expect_no_match(
          said,
          "must be (a|one) (finite |whole )?number",
          info = paste(name, control$name)
        )
      }
    }
  }
})

test_that("a user's class is kept, and the verbs around it can be edited", {
  skip_if_no_keras()
  own <- schedule_of_own_class()
  design <- new_design(schedule_warmup(own, 64))
  expect_identical(design$schedule, schedule_warmup(own, 64))
  expect_identical(design$part$base$name, "kept")
  edited <- set(design, "schedule_warmup", "steps", "32")
  expect_identical(edited$schedule, schedule_warmup(own, 32))
  expect_true(all.equal(evaluated_code(edited), edited$schedule))
})

test_that("a fraction of a step is kept until another number is typed", {
  cosine <- "learning_rate_schedule_cosine_decay"
  schedule <- learning_rate_schedule_cosine_decay(0.1, I(10.5))
  design <- new_design(schedule)
  expect_identical(design$schedule, schedule)
  value <- node_of(design, cosine)$arguments$decay_steps
  expect_identical(lrschedules:::field_text(value), "10.5")
  edited <- set(design, cosine, "initial_learning_rate", "0.2")
  expect_identical(edited$schedule, update(schedule, initial_learning_rate = 0.2))
  typed <- set(design, cosine, "decay_steps", "11.5")
  sentence <- "`decay_steps` must be a whole number of steps, not 11.5."
  expect_identical(unname(typed$errors), list(sentence))
})

test_that("arguments that two shapes share are kept when the shape is changed", {
  design <- set(new_design(), "learning_rate_schedule_cosine_decay", "initial_learning_rate", "0.3")
  stairs <- change(
    design,
    "shape",
    part = design$part$id,
    value = "learning_rate_schedule_exponential_decay"
  )
  expect_identical(stairs$schedule$initial_learning_rate, 0.3)
  expect_identical(stairs$schedule$decay_steps, design$schedule$decay_steps)
})

test_that("bad input is a sentence at its field, and the last valid schedule stays", {
  skip_if_quick()
  local_plain_messages()
  cosine <- "learning_rate_schedule_cosine_decay"
  good <- add(new_design(), "schedule_warmup")
  good <- add(good, "schedule_clamp")
  stairs <- new_design(
    learning_rate_schedule_piecewise_constant_decay(c(320, 640), c(0.1, 0.05, 0.01))
  )
  piecewise <- "learning_rate_schedule_piecewise_constant_decay"
  tries <- list(
    list(good, cosine, "initial_learning_rate", ""),
    list(good, cosine, "initial_learning_rate", "abc"),
    list(good, cosine, "initial_learning_rate", "-1"),
    list(good, cosine, "initial_learning_rate", "0.1 0.2"),
    list(good, cosine, "initial_learning_rate", "Inf"),
    list(good, cosine, "initial_learning_rate", "NaN"),
    list(good, cosine, "decay_steps", ""),
    list(good, cosine, "decay_steps", "0"),
    list(good, cosine, "decay_steps", "1.5"),
    list(good, cosine, "decay_steps", "1e20"),
    list(good, cosine, "decay_steps", "1,000"),
    list(good, cosine, "alpha", "-0.5"),
    list(good, cosine, "warmup_steps", "10"),
    list(good, "schedule_warmup", "steps", "2000"),
    list(good, "schedule_warmup", "steps", "-1"),
    list(good, "schedule_warmup", "power", "2"),
    list(good, "schedule_warmup", "shape", "cubic"),
    list(good, "schedule_clamp", "min", "1"),
    list(stairs, piecewise, "boundaries", "640, 320"),
    list(stairs, piecewise, "boundaries", "320"),
    list(stairs, piecewise, "boundaries", "320.5, 640"),
    list(stairs, piecewise, "values", "0.1; 0.05; x"),
    list(stairs, piecewise, "values", strrep("what is this ", 9))
  )
  sentences <- vapply(
    tries,
    function(x) {
      design <- set(x[[1]], x[[2]], x[[3]], x[[4]])
      expect_length(design$errors, 1)
      node <- node_of(design, x[[2]])
      expect_match(names(design$errors), paste0("^", node$id, "-"))
      expect_identical(design$schedule, x[[1]]$schedule)
      expect_identical(evaluated_code(design), design$schedule)
      # A valid value removes the error.
      before <- lrschedules:::field_text(node_of(x[[1]], x[[2]])$arguments[[x[[3]]]])
      mended <- set(design, x[[2]], x[[3]], before)
      expect_identical(mended$errors, list())
      expect_identical(mended$schedule, x[[1]]$schedule)
      sentence <- design$errors[[1]]
      field <- sub("^n[0-9]+-", "", names(design$errors))
      paste0(format(x[[4]]), " in ", x[[3]], " -> ", if (field != x[[3]]) field, ": ", sentence)
    },
    ""
  )
  expect_snapshot(writeLines(sentences))
})

test_that("a sentence is whole and plain, however the console is", {
  withr::local_options(cli.width = 30L, cli.num_colors = 256L)
  design <- add(new_design(), "schedule_then")
  bad <- set(design, "schedule_then", "at", "0")
  at_0 <- "`at` must be one whole number of steps greater than 0, up to 2^53, not `0`."
  expect_identical(unname(bad$errors), list(at_0))
  bad <- change(design, "plan", argument = "epochs", value = "0")
  no_epochs <- "`epochs` must be one whole number greater than 0, up to 2^53, not `0`."
  expect_identical(unname(bad$errors), list(no_epochs))
})

test_that("only shapes and verbs are called", {
  design <- new_design()
  for (name in c("quit", "schedule_write", "v1_cosine_decay", "no_such_function")) {
    expect_identical(add(design, name)$part, design$part)
    shape <- change(design, "shape", part = design$part$id, value = name)
    expect_identical(shape$part, design$part)
  }
})

test_that("an empty field of an optional argument is NULL or Inf", {
  clamped <- add(new_design(), "schedule_clamp")
  expect_identical(set(clamped, "schedule_clamp", "max", " ")$schedule$max, Inf)
  sqrt <- new_design(learning_rate_schedule_inverse_sqrt_decay(0.1, 64))
  expect_null(node_of(sqrt, "learning_rate_schedule_inverse_sqrt_decay")$arguments$timescale)
  longer <- set(sqrt, "learning_rate_schedule_inverse_sqrt_decay", "warmup_steps", "96")
  expect_identical(longer$schedule, learning_rate_schedule_inverse_sqrt_decay(0.1, 96))
})

test_that("the plan's fields make a new plan, or say why they can't", {
  local_plain_messages()
  design <- new_design()
  longer <- change(design, "plan", argument = "epochs", value = "60")
  expect_identical(longer$plan, update(DESIGN_PLAN, epochs = 60))
  # The user's variable holds a different plan, so the code makes this one.
  expect_match(
    lrschedules:::code_of_design(longer),
    "plan <- training_plan(samples = 1000, epochs = 60)",
    fixed = TRUE
  )
  bad <- function(argument, value) {
    now <- change(design, "plan", argument = argument, value = value)
    expect_identical(now$plan, design$plan)
    expect_named(now$errors, paste0("plan-", argument))
    expect_identical(
      change(now, "plan", argument = argument, value = "1")$errors[["plan-samples"]],
      NULL
    )
    now$errors[[1]]
  }
  expect_snapshot({
    bad("epochs", "")
    bad("epochs", "many")
    bad("epochs", "0")
    bad("samples", "0.5")
    bad("batch_size", "-3")
    bad("validation_split", "1")
  })
  # Arguments in epochs keep their epochs, and arguments in steps keep their steps.
  warm <- set(add(design, "schedule_warmup"), "schedule_warmup", "steps", "96")
  cosine <- "learning_rate_schedule_cosine_decay"
  warm <- set(warm, cosine, "decay_steps", "30", unit = "epochs")
  larger <- change(warm, "plan", argument = "batch_size", value = "100")
  expect_identical(larger$plan$steps_per_epoch, 10)
  expect_identical(node_of(larger, "schedule_warmup")$arguments$steps, 96)
  expect_identical(node_of(larger, cosine)$arguments$decay_steps, 300)
  expect_gt(larger$drawn, warm$drawn)
  expect_identical(larger$plan_drawn, warm$plan_drawn)
  # While a number is typed, each digit makes a plan.
  half <- set(warm, cosine, "decay_steps", "2.5", unit = "epochs")
  for (typed in c("3", "33", "333", "33", "3", "32")) {
    half <- change(half, "plan", argument = "batch_size", value = typed)
  }
  expect_identical(node_of(half, cosine)$arguments$decay_steps, 80)
  # A warmup may be too long for a shorter plan.
  warm <- set(warm, "schedule_warmup", "steps", "640")
  short <- change(warm, "plan", argument = "epochs", value = "10")
  expect_match(
    short$errors[[1]],
    "must not be longer than the plan, which has 320 steps",
    fixed = TRUE
  )
  generator <- new_design(plan = training_plan(steps_per_epoch = 18, epochs = 2))
  expect_named(generator$plan_fields, c("steps_per_epoch", "epochs"))
  more <- change(generator, "plan", argument = "steps_per_epoch", value = "20")
  expect_identical(more$plan$steps, 40)
})

test_that("without a plan there is one that shows the schedule", {
  skip_if_no_numpy()
  design <- lrschedules:::new_design(learning_rate_schedule_cosine_decay(0.1, 25000))
  expect_gte(design$plan$steps, 25000)
  expect_identical(lrschedules:::new_design()$plan$steps, 1000)
})

test_that("findings have remedies that make them go away", {
  skip_if_no_numpy()
  design <- new_design(learning_rate_schedule_cosine_decay(0.1, 18))
  found <- lrschedules:::findings_of_design(design)
  labels <- function(found) unlist(lapply(found, function(x) vapply(x$remedies, `[[`, "", "label")))
  expect_identical(labels(found), "Use 18 epochs: 576 steps")
  mended <- lrschedules:::changed_design(design, found[[1]]$remedies[[1]])
  expect_identical(mended$schedule, learning_rate_schedule_cosine_decay(0.1, 576))
  # The schedule now ends before the plan: that is a warning, not a problem.
  left <- lrschedules:::findings_of_design(mended)
  expect_identical(vapply(left, `[[`, "", "severity"), "warning")
  expect_gt(mended$drawn, design$drawn)

  late <- new_design(schedule_then(0.1, 0.01, 1290))
  found <- lrschedules:::findings_of_design(late)
  expect_identical(labels(found), "Train for 41 epochs")
  mended <- lrschedules:::changed_design(late, found[[1]]$remedies[[1]])
  expect_identical(mended$plan$epochs, 41)
  expect_length(lrschedules:::findings_of_design(mended), 0)

  plan <- update(DESIGN_PLAN, gradient_accumulation_steps = 4)
  updates <- new_design(learning_rate_schedule_cosine_decay(0.1, 320), plan)
  found <- lrschedules:::findings_of_design(updates)
  expect_identical(labels(found)[[1]], "Count updates of 4 batches")
  mended <- lrschedules:::changed_design(updates, found[[1]]$remedies[[1]])
  expect_identical(mended$schedule, schedule_accumulate(updates$schedule, 4))
  # The browser sends only the data of the button.
  remedy <- found[[1]]$remedies[[1]]
  on_button <- c("label", "redraw", lrschedules:::data_of(remedy))
  expect_setequal(names(Filter(Negate(is.null), remedy)), on_button)
})

test_that("each kind of finding has a remedy that works, if there is one", {
  skip_if_no_numpy()
  mended <- function(schedule, label, plan = DESIGN_PLAN) {
    design <- new_design(schedule, plan)
    remedies <- unlist(
      lapply(lrschedules:::findings_of_design(design), `[[`, "remedies"),
      recursive = FALSE
    )
    labels <- vapply(remedies, `[[`, "", "label")
    expect_true(label %in% labels, info = paste(c(label, "is not in", labels), collapse = ", "))
    after <- lrschedules:::changed_design(design, remedies[[match(label, labels)]])
    expect_identical(after$errors, list())
    after
  }
  cosine <- learning_rate_schedule_cosine_decay
  stairs <- learning_rate_schedule_piecewise_constant_decay
  expect_identical(
    mended(stairs(c(10, 30), c(0.1, 0.01, 0.001)), "Use 10, 30 epochs: 320, 960 steps")$schedule,
    stairs(c(320, 960), c(0.1, 0.01, 0.001))
  )
  # The end of the plan is at step 1,280.
  long <- schedule_warmup(cosine(0.1, 5000), 160)
  expect_identical(
    mended(long, "Set decay steps to 35 epochs (1,120 steps)")$schedule,
    schedule_warmup(cosine(0.1, 1120), 160)
  )
  expect_identical(mended(long, "Train for 162 epochs")$plan$epochs, 162)
  expect_identical(
    mended(cosine(0.1, 576), "Set decay steps to 40 epochs (1,280 steps)")$schedule,
    cosine(0.1, 1280)
  )
  expect_identical(mended(cosine(0.1, 576), "Train for 18 epochs")$plan$epochs, 18)
  expect_identical(
    mended(schedule_then(0.1, cosine(0.1, 640), 3000), "Train for 94 epochs")$plan$epochs,
    94
  )
  expect_identical(
    mended(
      schedule_then(cosine(0.1, 640, alpha = 0.5), 0.01, 320),
      "Begin the second part at 0.0751"
    )$schedule,
    schedule_then(cosine(0.1, 640, alpha = 0.5), 0.0751, 320)
  )
  twice <- cosine(0, 1000, warmup_target = 0.1, warmup_steps = 100) |> schedule_warmup(100)
  expect_identical(
    mended(twice, "Remove warmup")$schedule,
    cosine(0, 1000, warmup_target = 0.1, warmup_steps = 100)
  )
  updates <- update(DESIGN_PLAN, gradient_accumulation_steps = 4)
  expect_identical(
    mended(
      schedule_accumulate(cosine(0.1, 320), 2),
      "Count updates of 4 batches",
      updates
    )$schedule,
    schedule_accumulate(cosine(0.1, 320), 4)
  )
  # A finding without a remedy shows only its advice.
  high <- lrschedules:::findings_of_design(new_design(cosine(20, 1280)))
  expect_length(high[[1]]$remedies, 0)
})

test_that("the curve has the numbers of plot(), and the original is behind it", {
  skip_if_no_numpy()
  schedule <- learning_rate_schedule_cosine_decay_restarts(0.1, 100)
  design <- new_design(schedule)
  grDevices::pdf(NULL)
  on.exit(grDevices::dev.off())
  drawn <- plot(schedule, plan = DESIGN_PLAN)
  expect_identical(lrschedules:::draw_design(design)$now, drawn)
  expect_null(lrschedules:::draw_design(design)$before)
  twice <- add(design, "schedule_scale")
  curves <- lrschedules:::draw_design(twice, log = TRUE)
  expect_equal(curves$before$learning_rate, schedule(curves$before$step))
  expect_identical(max(curves$before$step), max(curves$now$step))
  zero <- new_design(learning_rate_schedule_constant(0))
  expect_silent(lrschedules:::draw_design(zero, log = TRUE))
  point <- lrschedules:::rate_under_pointer(design, 100.7)
  expect_identical(point, "step 100 (epoch 3.12): 0.1")
  point <- lrschedules:::rate_under_pointer(design, 1280.4)
  expect_match(point, "^step 1,280 \\(epoch 40\\): ")
  expect_identical(lrschedules:::rate_under_pointer(design, -3), "")
})

test_that("the curve's words are those of schedule_explain()", {
  skip_if_no_numpy()
  design <- new_design(schedule_warmup(learning_rate_schedule_cosine_decay(0.1, 1120), 160))
  explained <- schedule_explain(design$schedule, DESIGN_PLAN)
  words <- lrschedules:::sentences_of_design(design)
  expect_length(words, nrow(explained))
  expect_true(all(endsWith(words, explained$what)))
  expect_match(words[[1]], "^Steps 0 to 160 \\(epochs 0 to 5\\): ")
  expect_match(words[[2]], "^Steps 160 to 1,279 \\(epochs 5 to 40\\): ")
})

test_that("a change is answered at once", {
  skip_if_quick()
  skip_if_no_numpy()
  design <- add(new_design(), "schedule_warmup")
  lrschedules:::curves_of_design(design)
  units <- vapply(
    1:9,
    function(i) {
      cpu_units({
        moved <- set(design, "learning_rate_schedule_cosine_decay", "decay_steps", 500 + i)
        lrschedules:::curves_of_design(moved)
      })
    },
    0
  )
  expect_lt(stats::median(units), 6)
})
