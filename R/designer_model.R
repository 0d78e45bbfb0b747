# The designer without its app, as plain functions: the shapes and verbs, what their arguments accept, and
# a schedule as parts that can be changed. All of it is read from the constructors, so a new shape needs no
# code here.

# ---- What an argument takes ----

# The check of each argument of a constructor, by the argument's name. It is the first call of a `check_*()`
# on the argument, in the constructor or in a function of this package to which the constructor passes
# the argument. If the argument has choices, they are included.
argument_checks <- function(name) {
  found <- the$argument_checks[[name]]
  if (is.null(found)) {
    found <- find_checks(get(name, topenv(), mode = "function"))
    the$argument_checks[[name]] <- found
  }
  found
}
the$argument_checks <- list()

find_checks <- function(f) {
  namespace <- topenv()
  found <- list()
  walk <- function(expr, argument_of, values) {
    if (!is.call(expr)) {
      return()
    }
    name <- if (is.symbol(expr[[1]])) as.character(expr[[1]]) else ""
    called <- if (nzchar(name)) get0(name, namespace, mode = "function", inherits = FALSE)
    if (name == "<-" && is.symbol(expr[[2]])) {
      # The choices may be in a variable.
      value <- tryCatch(eval(expr[[3]], values), error = function(cnd) NULL)
      if (is.character(value)) assign(as.character(expr[[2]]), value, values)
    }
    if (startsWith(name, "check_") && name != "check_required") {
      argument <- if (length(expr) > 1 && is.symbol(expr[[2]])) {
        argument_of[as.character(expr[[2]])]
      }
      if (length(argument) && !is.na(argument) && !argument %in% names(found)) {
        found[[argument]] <<- what_check_takes(name, argument, expr, values)
      }
    } else if (!is.null(called)) {
      handed_on <- Filter(is.symbol, as.list(match.call(called, expr))[-1])
      inner <- argument_of[vapply(handed_on, as.character, "")]
      names(inner) <- names(handed_on)
      inner <- inner[!is.na(inner)]
      if (length(inner)) walk(body(called), inner, new_environment(parent = namespace))
    }
    for (part in as.list(expr)) {
      if (!missing(part)) walk(part, argument_of, values)
    }
  }
  walk(body(f), set_names(names(formals(f))), new_environment(parent = namespace))
  found
}

what_check_takes <- function(name, argument, expr, values) {
  check <- sub("^check_", "", name)
  list(
    check = check,
    # `gradient_accumulation_steps` counts batches per update, not training steps.
    steps = sub("^keras_", "", check) %in%
      CHECKS_OF_STEPS &&
      argument != "gradient_accumulation_steps",
    choices = choices_of(expr, values)
  )
}

CHECKS_OF_STEPS <- c("steps", "positive_steps", "positive_whole_steps", "timescale", "boundaries")

# The choices: the second argument of check_one_of(), which may be called inside the check.
choices_of <- function(expr, values) {
  if (identical(expr[[1]], quote(check_one_of))) {
    return(eval(expr[[3]], values))
  }
  inner <- body(get(as.character(expr[[1]]), topenv(), mode = "function"))
  calls <- if (is.call(inner)) as.list(inner) else list()
  for (call in calls) {
    if (is.call(call) && identical(call[[1]], quote(check_one_of))) {
      return(eval(call[[3]], topenv()))
    }
  }
}

# ---- The controls of a function ----

# The control of each argument: its `kind` (rate, number, steps, choice, flag, table, text, part, parts),
# the value of an empty field (`empty`, a list with the value, or NULL if the field must not be empty), the
# lowest and the highest number of its slider (`range`), and the argument's description on the help page.
controls_of <- function(name) {
  checks <- argument_checks(name)
  arguments <- setdiff(names(formals(get(name, mode = "function"))), piped_argument(name))
  lapply(set_names(arguments), function(argument) {
    check <- checks[[argument]]$check
    list(
      name = argument,
      kind = kind_of_control(check, checks[[argument]]$steps),
      steps = checks[[argument]]$steps,
      empty = if (check %in% c("optional_rate", "timescale", "label")) {
        list(NULL)
      } else if (check %in% c("upper_rate", "times")) {
        list(Inf)
      },
      choices = checks[[argument]]$choices,
      range = range_of_slider(check),
      help = help_of(name)$arguments[[argument]] %||% argument
    )
  })
}

kind_of_control <- function(check, is_steps) {
  if (check %in% c("boundaries", "keras_boundaries", "rates")) {
    "table"
  } else if (is_steps) {
    "steps"
  } else {
    switch(
      check,
      rate = ,
      optional_rate = ,
      upper_rate = "rate",
      one_of = ,
      shape = "choice",
      flag = "flag",
      label = "text",
      schedule_or_rate = "part",
      schedules = "parts",
      "number"
    )
  }
}

# The range of a slider, which begins at the lowest number that the check accepts, if that is useful. Some
# numbers have no slider, such as a seed.
range_of_slider <- function(check) {
  switch(
    sub("^keras_", "", check),
    steps = c(0, Inf),
    positive_steps = ,
    positive_whole_steps = ,
    timescale = c(1, Inf),
    fraction = c(0, 1),
    gamma = c(0.01, 1),
    alpha = ,
    non_negative = c(0, 2),
    shape_power = ,
    stretch_factor = c(0.05, 4)
  )
}

# ---- All shapes and verbs ----

# The shapes and the verbs, each as a data frame: the function's `name`, its `label`, its `group` (one of
# GROUPS, or another family), and its `picture`, a file of the help pages.
designer_shapes <- function() functions_for_designer(takes_schedule = FALSE)
designer_verbs <- function() functions_for_designer(takes_schedule = TRUE)

functions_for_designer <- function(takes_schedule) {
  if (is.null(the$designer_functions)) {
    the$designer_functions <- list_functions_for_designer()
  }
  table <- the$designer_functions
  table[table$takes_schedule == takes_schedule, names(table) != "takes_schedule"]
}
the$designer_functions <- NULL

list_functions_for_designer <- function() {
  exports <- sort(getNamespaceExports(topenv()), method = "radix")
  names <- c(
    setdiff(unique(c(unname(CONSTRUCTORS), "schedule_then")), "schedule_join"),
    grep("^learning_rate_schedule_", exports, value = TRUE)
  )
  names <- Filter(function(name) name %in% exports, unique(names))
  pages <- lapply(names, help_of)
  table <- data.frame(
    name = names,
    label = label_of(names),
    group = vapply(pages, function(page) title_of_group(page$group %||% "other schedules"), ""),
    picture = vapply(pages, function(page) page$picture %||% "", ""),
    takes_schedule = vapply(names, function(name) !is.null(piped_argument(name)), NA)
  )
  table[order(match(table$group, GROUPS), table$group), ]
}

# The families of the help pages and their titles, in the order of the app; others follow.
GROUPS <- c(
  "schedule verbs" = "Combine schedules",
  "schedules of Keras" = "Keras's schedules",
  "schedules of other libraries" = "More shapes",
  "schedules of TensorFlow 1" = "TensorFlow 1",
  "schedules of Model Garden" = "Model Garden",
  "schedules of your own" = "Schedules of your own"
)

# What each operator makes, in words.
RESULTS <- c(`+` = "sum", `-` = "difference", `*` = "product", `/` = "quotient")

title_of_group <- function(family) if (family %in% names(GROUPS)) GROUPS[[family]] else family

# How a part can be combined with a second one, which is this `number` at first.
COMBINATIONS <- data.frame(
  operator = c("+", "-", "*", "/"),
  label = c("plus a schedule", "minus a schedule", "times a schedule", "divided by a schedule"),
  number = c(0.01, 0.01, 0.5, 2)
)

label_of <- function(names) {
  gsub("_", " ", sub("^(learning_rate_schedule|schedule|(momentum)_schedule)_", "\\2 ", names)) |>
    trimws()
}

# What the help page of a function says: its `group`, its `picture`, the call that the picture shows
# (`example`), and the descriptions of its `arguments`. An installation may lack help pages.
help_of <- function(name) {
  if (is.null(the$help)) {
    the$help <- list(pages = pages_of_functions(), read = list())
  }
  if (is.null(the$help$read[[name]])) {
    page <- the$help$pages[[name]]
    the$help$read[[name]] <- if (is.null(page)) list(arguments = list()) else read_page(name, page)
  }
  the$help$read[[name]]
}
the$help <- NULL

# The folder of the sources if the package is loaded from them, without installed help pages.
loaded_sources <- function() {
  path <- getNamespaceInfo("lrschedules", "path")
  if (dir.exists(file.path(path, "man"))) path
}

# The help pages, by the functions that they describe.
pages_of_functions <- function() {
  sources <- loaded_sources()
  pages <- tryCatch(
    if (is.null(sources)) tools::Rd_db("lrschedules") else tools::Rd_db(dir = sources),
    error = function(cnd) list()
  )
  about <- list()
  for (page in pages) {
    for (alias in vapply(tagged(page, "\\alias"), rd_text, "")) {
      about[[alias]] <- page
    }
  }
  about
}

rd_tag <- function(x) attr(x, "Rd_tag") %||% ""

rd_text <- function(x) trimws(gsub("\\s+", " ", paste(unlist(x), collapse = "")))

tagged <- function(x, tag) Filter(function(part) rd_tag(part) == tag, x)

tagged_within <- function(x, tag) {
  if (rd_tag(x) == tag) {
    list(x)
  } else if (is.list(x)) {
    unlist(lapply(x, tagged_within, tag), recursive = FALSE)
  }
}

read_page <- function(name, page) {
  groups <- grep("^schedule", vapply(tagged(page, "\\concept"), rd_text, ""), value = TRUE)
  in_html <- tagged_within(page, "\\if")
  figures <- tagged_within(in_html, "\\figure")
  codes <- vapply(tagged_within(in_html, "\\code"), rd_text, "")
  examples <- grep(paste0("^", name, "\\("), codes, value = TRUE)
  arguments <- list()
  items <- lapply(tagged(page, "\\arguments"), tagged, "\\item")
  for (item in unlist(items, recursive = FALSE)) {
    for (argument in strsplit(rd_text(item[[1]]), ", ?")[[1]]) {
      arguments[[argument]] <- rd_text(item[[2]])
    }
  }
  list(
    group = if (length(groups) > 0) groups[[1]],
    picture = if (length(figures) > 0) rd_text(figures[[1]][[1]]),
    # The shortest example is the simplest.
    example = if (length(examples) > 0) examples[[which.min(nchar(examples))]],
    arguments = arguments
  )
}

# ---- A schedule as parts ----

# A part is a `base` and the `verbs` that change it, each a node: the `name` of its function, and its
# `arguments`, which may be parts. Other names of nodes are an operator, whose argument `operands` is a
# list of parts; "number", a constant rate; and "kept", a schedule that can't be edited. If the typed text
# can't be read, the argument is an object of class `unreadable`. Ids identify nodes and parts when they move.

new_part <- function(base, verbs = list()) {
  structure(list(id = new_id(), base = base, verbs = verbs), class = "schedule_part")
}

new_node <- function(name, arguments = list(), ...) {
  list(id = new_id(), name = name, arguments = arguments, ...)
}

new_id <- function() {
  the$last_id <- the$last_id + 1
  paste0("n", the$last_id)
}
the$last_id <- 0

is_part <- function(x) inherits(x, "schedule_part")

part_of <- function(schedule) {
  verbs <- list()
  repeat {
    if (!is.function(schedule)) {
      return(new_part(new_node("number", list(learning_rate = schedule)), verbs))
    }
    made <- how_made(spec_of(schedule))
    if (!is_made_by(made, schedule)) {
      return(new_part(new_node("kept", schedule = schedule), verbs))
    }
    if (made$name %in% OPERATORS) {
      operands <- lapply(made$arguments, part_of)
      return(new_part(new_node(made$name, list(operands = operands)), verbs))
    }
    f <- get(made$name, mode = "function")
    takes <- piped_argument(made$name)
    given <- without_defaults(made$arguments, f, schedule)
    held <- given[[takes %||% ""]]
    arguments <- defaults_of(f)
    for (name in setdiff(names(given), takes)) {
      arguments[name] <- list(as_parts(given[[name]], argument_checks(made$name)[[name]]$check))
    }
    arguments <- arguments[setdiff(names(formals(f)), takes)]
    node <- new_node(made$name, arguments)
    if (is.null(takes)) {
      return(new_part(node, verbs))
    }
    verbs <- c(list(node), verbs)
    schedule <- held
  }
}

# Converts the schedules in an argument to parts, and also numbers if the argument takes schedules.
as_parts <- function(x, check) {
  switch(check, schedule_or_rate = part_of(x), schedules = lapply(x, part_of), x)
}

# The defaults of a function, with numbers as doubles, as new_schedule() needs them.
defaults_of <- function(f) {
  defaults <- Filter(function(x) !is_missing(x), as.list(formals(f)))
  lapply(defaults, function(x) {
    x <- eval(x, baseenv())
    if (is.numeric(x)) as.double(x) else x
  })
}

# Builds the schedule of the parts, or NULL, with `errors`: a sentence for each wrong field, named by
# the node's id and the argument.
schedule_of_part <- function(part, plan = NULL) {
  built <- build_part(part, plan)
  if (length(built$errors) == 0 && is.numeric(built$schedule)) {
    built$schedule <- learning_rate_schedule_constant(built$schedule)
  }
  built
}

build_part <- function(part, plan) {
  built <- build_node(part$base, list(), plan)
  for (verb in part$verbs) {
    then <- build_node(verb, built["schedule"], plan)
    built <- list(schedule = then$schedule, errors = c(built$errors, then$errors))
  }
  built
}

build_node <- function(node, held, plan) {
  if (node$name == "kept") {
    return(list(schedule = node$schedule, errors = list()))
  }
  errors <- list()
  arguments <- node$arguments
  for (name in names(arguments)) {
    value <- arguments[[name]]
    if (inherits(value, "unreadable")) {
      errors[[field_of(node, name)]] <- value$sentence
    } else if (is_part(value)) {
      built <- build_part(value, plan)
      errors <- c(errors, built$errors)
      arguments[name] <- built["schedule"]
    } else if (is.list(value)) {
      built <- lapply(value, build_part, plan)
      errors <- c(errors, unlist(lapply(built, `[[`, "errors"), recursive = FALSE))
      arguments[[name]] <- lapply(built, `[[`, "schedule")
    } else {
      check <- argument_checks_of(node)[[name]]$check
      errors[[field_of(node, name)]] <- fraction_of_step(name, value, check) %||%
        longer_than_plan(name, value, plan)
    }
  }
  # If the schedule inside has an error, the verb has nothing to change.
  if (length(errors) > 0 || length(held) > 0 && is.null(held[[1]])) {
    return(list(schedule = NULL, errors = errors))
  }
  in_plain_text(tryCatch(
    list(schedule = call_of_node(node$name, held, arguments), errors = list()),
    error = function(cnd) list(schedule = NULL, errors = sentence_of(cnd, node)),
    # For scripts written for keras3, an ignored warmup is only a message. Here it is an error of the field.
    lrschedules_ignored_warmup = function(cnd) {
      sentence <- "`warmup_steps` must be 0 unless `warmup_target` is given."
      errors <- set_names(list(sentence), field_of(node, "warmup_steps"))
      list(schedule = NULL, errors = errors)
    }
  ))
}

# Evaluates without line breaks and colours, which are for a console: the page has its own.
in_plain_text <- function(expr) with_options(expr, cli.width = 10000L, cli.num_colors = 1L)

argument_checks_of <- function(node) {
  if (!node$name %in% c("number", OPERATORS)) argument_checks(node$name)
}

# Most functions that keras3 also has truncate steps, so that scripts for keras3 run. Their fields require
# whole steps.
fraction_of_step <- function(name, value, check) {
  truncates <- length(check) == 1 && startsWith(check, "keras_")
  if (!truncates || inherits(value, "AsIs") || !is.numeric(value)) {
    return(NULL)
  }
  value <- to_whole(value)
  if (all(is.finite(value)) && any(value != trunc(value))) {
    what <- if (check == "keras_boundaries") "whole numbers of steps" else "a whole number of steps"
    paste0("`", name, "` must be ", what, ", not ", field_text(value[value != trunc(value)]), ".")
  }
}

call_of_node <- function(name, held, arguments) {
  if (name == "number") {
    check_rate(arguments$learning_rate, "learning_rate")
  } else if (name %in% OPERATORS) {
    operands <- unname(arguments$operands)
    made <- Reduce(match.fun(name), operands, right = begins_with_numbers(operands))
    if (is.numeric(made)) check_rate(made, RESULTS[[name]]) else made
  } else {
    names(held) <- if (length(held) > 0) piped_argument(name)
    do.call(name, c(held, arguments))
  }
}

field_of <- function(node, argument) paste0(node$id, "-", argument)

# Turns a constructor's error into a sentence at the field of the argument that the error names, or below
# all fields: arguments that hold parts have no field.
sentence_of <- function(cnd, node) {
  text <- strsplit(conditionMessage(cnd), "\n", fixed = TRUE)[[1]][[1]]
  named <- regmatches(text, regexpr("^`[A-Za-z_.]+", text))
  argument <- if (length(named) > 0) substring(named, 2)
  fields <- names(Filter(Negate(is.list), node$arguments))
  if (is.null(argument) || !argument %in% fields) {
    argument <- "all"
  }
  set_names(list(text), field_of(node, argument))
}

# A warmup or cooldown longer than the plan is probably a typing error.
longer_than_plan <- function(name, value, plan) {
  is_ramp <- name %in% c("steps", "warmup_steps")
  if (is_ramp && !is.null(plan) && is.numeric(value) && value > plan$steps) {
    paste0(
      "`",
      name,
      "` (",
      in_prose(value),
      ") must not be longer than the plan, which has ",
      count_of(plan$steps, "step"),
      "."
    )
  }
}

# ---- Reading a field ----

# The value of a text, or an object of class `unreadable` with a sentence that says why. `unit` is "epochs"
# or "steps".
read_field <- function(control, text, plan, unit = "steps") {
  if (control$kind %in% c("flag", "choice", "text")) {
    return(if (control$kind == "text" && identical(text, "")) NULL else text)
  }
  if (is.numeric(text)) {
    numbers <- text
  } else {
    words <- strsplit(trimws(paste(text, collapse = " ")), "[,;[:space:]]+")[[1]]
    words <- words[nzchar(words)]
    if (length(words) == 0) {
      if (is.null(control$empty)) {
        return(unreadable("`{name}` must not be empty.", control))
      }
      return(control$empty[[1]])
    }
    numbers <- suppressWarnings(as.numeric(words))
    if (anyNA(numbers)) {
      return(unreadable("`{name}` must be {what}, not \"{text}\".", control, text))
    }
    if (control$kind != "table" && length(numbers) > 1) {
      return(unreadable("`{name}` must be one number, not \"{text}\".", control, text))
    }
  }
  if (isTRUE(control$steps) && unit == "epochs") round(numbers * plan$steps_per_epoch) else numbers
}

unreadable <- function(sentence, control, text = "") {
  typed <- text
  if (nchar(text) > 40) {
    text <- paste0(substr(text, 1, 37), "...")
  }
  sentence <- sub("{name}", control$name, sentence, fixed = TRUE)
  what <- if (control$kind == "table") "numbers, with commas between them" else "a number"
  sentence <- sub("{what}", what, sentence, fixed = TRUE)
  sentence <- sub("{text}", text, sentence, fixed = TRUE)
  structure(list(sentence = sentence, text = typed), class = "unreadable")
}

# The text that a field shows for a value, and that read_field() reads.
field_text <- function(value, plan = NULL, unit = "steps") {
  if (is.null(value) || identical(value, Inf)) {
    return("")
  }
  if (inherits(value, "unreadable")) {
    return(value$text)
  }
  if (is.character(value)) {
    return(value)
  }
  # A fraction of a step, written `I(10.5)` in code.
  value <- unclass(value)
  if (unit == "epochs") {
    value <- value / plan$steps_per_epoch
  }
  paste(vapply(value, format_exactly, ""), collapse = ", ")
}

# ---- Changes ----

# Replaces the node or part with this id: `f` takes the old one and returns the new one. If `f` returns
# NULL for a verb, the verb is removed.
change_node <- function(part, id, f) {
  inside <- function(node) {
    if (identical(node$id, id)) {
      return(f(node))
    }
    node$arguments <- in_parts(node$arguments, change_node, id, f)
    node
  }
  part$base <- inside(part$base)
  part$verbs <- Filter(Negate(is.null), lapply(part$verbs, inside))
  part
}

change_part <- function(part, id, f, ...) {
  if (identical(part$id, id)) {
    return(f(part, ...))
  }
  in_nodes(part, function(node) {
    node$arguments <- in_parts(node$arguments, change_part, id, f, ...)
    node
  })
}

in_nodes <- function(part, f) {
  part$base <- f(part$base)
  part$verbs <- lapply(part$verbs, f)
  part
}

in_parts <- function(arguments, f, ...) {
  for (name in names(arguments)) {
    value <- arguments[[name]]
    if (is_part(value)) {
      arguments[[name]] <- f(value, ...)
    } else if (is.list(value) && !inherits(value, "unreadable")) {
      arguments[[name]] <- lapply(value, f, ...)
    }
  }
  arguments
}

# All nodes of a part, and of the parts within it.
nodes_in <- function(part) {
  nodes <- c(list(part$base), part$verbs)
  inner <- lapply(nodes, function(node) {
    parts <- lapply(node$arguments, function(x) {
      if (is_part(x)) {
        list(x)
      } else if (is.list(x)) {
        Filter(is_part, x)
      }
    })
    lapply(unlist(unname(parts), recursive = FALSE), nodes_in)
  })
  c(nodes, unlist(unlist(inner, recursive = FALSE), recursive = FALSE))
}

ids_in <- function(part) vapply(nodes_in(part), `[[`, "", "id")

node_with <- function(part, id) Find(function(node) identical(node$id, id), nodes_in(part))

# Makes a node with the arguments of the function's picture on the help page. Its steps are scaled from the
# picture to the plan.
start_node <- function(name, plan) {
  controls <- controls_of(name)
  arguments <- defaults_of(get(name, mode = "function"))
  example <- arguments_of_example(name)
  for (control in controls) {
    argument <- control$name
    if (
      argument == "gradient_accumulation_steps" && (plan$gradient_accumulation_steps %||% 1) > 1
    ) {
      arguments[[argument]] <- plan$gradient_accumulation_steps
    } else if (argument %in% names(example)) {
      value <- example[[argument]]
      arguments[argument] <- list(if (control$steps) steps_of_picture(value, plan) else value)
    } else if (!argument %in% names(arguments)) {
      arguments[argument] <- list(start_value(control, plan))
    }
    if (control$kind %in% c("part", "parts")) {
      check <- argument_checks(name)[[argument]]$check
      arguments[[argument]] <- as_parts(arguments[[argument]], check)
    }
  }
  new_node(name, arguments[names(controls)])
}

arguments_of_example <- function(name) {
  example <- help_of(name)$example
  if (is.null(example)) {
    return(list())
  }
  f <- get(name, mode = "function")
  arguments <- as.list(match.call(f, parse(text = example)[[1]]))[-1]
  lapply(arguments, eval, topenv())
}

# How many steps the pictures of the help pages show.
STEPS_OF_PICTURE <- 200

steps_of_picture <- function(steps, plan) {
  scaled <- steps / STEPS_OF_PICTURE * plan$steps
  # Round to whole epochs, if different steps then stay different.
  size <- if (all(scaled == 0 | scaled >= plan$steps_per_epoch)) plan$steps_per_epoch else 1
  rounded <- round(scaled / size) * size
  if (anyDuplicated(rounded) > 0) {
    rounded <- round(scaled)
  }
  pmax(rounded, as.double(steps > 0))
}

# A first value for an argument that no picture shows.
start_value <- function(control, plan) {
  switch(
    control$kind,
    rate = 0.1,
    steps = steps_of_picture(STEPS_OF_PICTURE / 2, plan),
    table = if (control$steps) steps_of_picture(c(100, 150), plan) else c(0.1, 0.05, 0.01),
    choice = control$choices[[1]],
    flag = FALSE,
    part = 0.01,
    parts = list(0.1, 0.01, 0.001),
    0.5
  )
}

# ---- The state of the designer ----

# A design has the parts that are edited; the `schedule` that they last made without an error; the
# schedule that it was opened with (`original`, or NULL); the plan and the name of its variable; the
# `errors` of fields; the `units` in which fields are counted, and the numbers of `epochs` that were typed;
# the ids of the nodes that the last change `added`, whose parts are open; the number of the browser's last
# `message`; and `drawn` and `plan_drawn`, which count the changes after which the controls and the plan's
# fields must be redrawn.
new_design <- function(schedule = NULL, plan = NULL, plan_name = NULL) {
  plan_is_given <- !is.null(plan)
  plan <- plan %||% plan_for(schedule)
  part <- if (is.null(schedule)) {
    new_part(start_node("learning_rate_schedule_cosine_decay", plan))
  } else {
    part_of(schedule)
  }
  design <- list(
    part = part,
    schedule = schedule %||% schedule_of_part(part, plan)$schedule,
    original = schedule,
    plan = plan,
    plan_name = if (plan_is_given) plan_name,
    plan_fields = fields_of_plan(plan),
    units = list(),
    epochs = list(),
    errors = list(),
    added = character(),
    message = 0,
    drawn = 0,
    plan_drawn = 0
  )
  evaluated_design(design)
}

# A plan with the steps that show the schedule's shape, in epochs of 100 steps.
plan_for <- function(schedule) {
  last <- if (is.null(schedule)) 0 else max(rates_table(schedule, NULL, NULL)$step)
  training_plan(samples = 3200, epochs = min(max(10, ceiling(last / 100)), 1e6))
}

evaluated_design <- function(design) {
  built <- schedule_of_part(design$part, design$plan)
  design$errors <- c(built$errors, design$errors[startsWith(names2(design$errors), "plan-")])
  if (length(built$errors) == 0) {
    design$schedule <- built$schedule
  }
  design
}

# Applies a change to a design. The change is a list with `action` and the elements that this action needs:
#   set     the field `argument` of `node` to `value`, in `unit`
#   unit    count the field in `unit`
#   shape   another function for the base of `part`
#   add     a verb at the end of `part`
#   combine combine `part` with a second one, by an operator
#   remove, up, down  a verb
#   drop    the operand that has the id `node`
#   plan    the field `argument` of the plan to `value`
changed_design <- function(design, change) {
  design$added <- character()
  design$message <- change$message %||% design$message
  design <- switch(
    change$action,
    set = set_field(design, change),
    unit = {
      key <- paste0(change$node, "-", change$argument)
      design$units[[key]] <- change$unit
      design$epochs[[key]] <- NULL
      design$drawn <- design$drawn + 1
      design
    },
    plan = set_plan(design, change),
    {
      before <- ids_in(design$part)
      design$part <- rearranged(design$part, change, design$plan)
      design$added <- setdiff(ids_in(design$part), before)
      design$drawn <- design$drawn + 1
      design
    }
  )
  evaluated_design(design)
}

set_field <- function(design, change) {
  node <- node_with(design$part, change$node)
  if (is.null(node) || !change$argument %in% names(node$arguments)) {
    return(design)
  }
  control <- controls_of_node(node)[[change$argument]]
  unit <- change$unit %||% "steps"
  value <- read_field(control, change$value, design$plan, unit)
  key <- field_of(node, change$argument)
  design$epochs[[key]] <- if (control$steps && unit == "epochs") {
    read_field(control, change$value, design$plan)
  }
  if (control$steps && !isTRUE(change$redraw)) {
    design$units[[key]] <- unit
  }
  design$part <- change_node(design$part, change$node, function(node) {
    node$arguments[change$argument] <- list(value)
    node
  })
  if (isTRUE(change$redraw)) {
    design$drawn <- design$drawn + 1
  }
  design
}

controls_of_node <- function(node) {
  if (node$name == "number") {
    help <- "A constant rate: one finite number, 0 or more."
    list(learning_rate = list(name = "learning_rate", kind = "rate", steps = FALSE, help = help))
  } else if (node$name == "kept" || node$name %in% OPERATORS) {
    list()
  } else {
    controls_of(node$name)
  }
}

rearranged <- function(part, change, plan) {
  # A name from the browser is only called if it is one of these.
  known <- switch(
    change$action,
    shape = designer_shapes()$name,
    add = designer_verbs()$name,
    combine = COMBINATIONS$operator
  )
  if (!is.null(known) && !change$value %in% known) {
    return(part)
  }
  switch(
    change$action,
    shape = change_part(part, change$part, function(part) {
      node <- start_node(change$value, plan)
      # Keep the arguments that both shapes have, such as the rate at the start.
      both <- intersect(names(node$arguments), names(part$base$arguments))
      both <- setdiff(both, c("name", names(Filter(is.list, part$base$arguments[both]))))
      with_old <- node
      with_old$arguments[both] <- part$base$arguments[both]
      if (length(build_node(with_old, list(), plan)$errors) == 0) {
        node <- with_old
      }
      part$base <- node
      part
    }),
    add = change_part(part, change$part, function(part) {
      node <- start_node(change$value, plan)
      part$verbs <- c(part$verbs, list(node))
      part
    }),
    combine = change_part(part, change$part, combined, change$value),
    remove = change_node(part, change$node, function(node) NULL),
    drop = without_operand(part, change$node),
    up = moved(part, change$node, -1),
    down = moved(part, change$node, 1)
  )
}

# Combines the whole part with a number, which the user then changes.
combined <- function(part, operator) {
  number <- COMBINATIONS$number[COMBINATIONS$operator == operator]
  other <- new_part(new_node("number", list(learning_rate = number)))
  is_longer <- operator %in% c("+", "*") && part$base$name == operator && length(part$verbs) == 0
  if (is_longer) {
    part$base$arguments$operands <- c(part$base$arguments$operands, list(other))
    return(part)
  }
  part$base <- new_node(operator, list(operands = list(new_part(part$base, part$verbs), other)))
  part$verbs <- list()
  part
}

# Removes an operand. If only one is left, it takes the place of the sum, product, difference or quotient.
without_operand <- function(part, id) {
  operands <- part$base$arguments$operands
  left <- Filter(function(operand) operand$id != id, operands)
  if (length(left) < length(operands)) {
    if (length(left) > 1) {
      part$base$arguments$operands <- left
    } else {
      part$base <- left[[1]]$base
      part$verbs <- c(left[[1]]$verbs, part$verbs)
    }
    return(part)
  }
  in_nodes(part, function(node) {
    node$arguments <- in_parts(node$arguments, without_operand, id)
    node
  })
}

moved <- function(part, id, by) {
  at <- which(vapply(part$verbs, function(verb) verb$id == id, NA))
  if (length(at) == 1) {
    to <- at + by
    if (to >= 1 && to <= length(part$verbs)) {
      part$verbs[c(at, to)] <- part$verbs[c(to, at)]
    }
    return(part)
  }
  in_nodes(part, function(node) {
    node$arguments <- in_parts(node$arguments, moved, id, by)
    node
  })
}

# ---- The plan ----

# The arguments of training_plan() that are edited, as texts.
fields_of_plan <- function(plan) {
  counted <- c("samples", "batch_size", "epochs", "validation_split")
  fields <- if (is.null(plan$samples)) c("steps_per_epoch", "epochs") else counted
  lapply(unclass(plan)[fields], format_exactly)
}

set_plan <- function(design, change) {
  design$plan_fields[[change$argument]] <- change$value
  design$errors <- design$errors[!startsWith(names2(design$errors), "plan-")]
  values <- list()
  for (name in names(design$plan_fields)) {
    text <- trimws(design$plan_fields[[name]])
    value <- suppressWarnings(as.numeric(text))
    if (is.na(value)) {
      sentence <- if (nzchar(text)) {
        paste0("`", name, "` must be a number, not \"", text, "\".")
      } else {
        paste0("`", name, "` must not be empty.")
      }
      design$errors[[paste0("plan-", name)]] <- sentence
    }
    values[[name]] <- value
  }
  if (anyNA(values, recursive = TRUE)) {
    return(design)
  }
  plan <- in_plain_text(tryCatch(
    inject(update(design$plan, !!!values)),
    error = function(cnd) strsplit(conditionMessage(cnd), "\n", fixed = TRUE)[[1]][[1]]
  ))
  if (is.character(plan)) {
    field <- paste0("plan-", names(values)[[1]])
    text <- plan
    named <- substring(regmatches(text, regexpr("^`[a-z_]+", text)), 2)
    if (length(named) == 1 && named %in% names(values)) {
      field <- paste0("plan-", named)
    }
    design$errors[[field]] <- text
    return(design)
  }
  if (!identical(plan, design$plan)) {
    # The plan now differs from the user's variable.
    design$plan_name <- NULL
    design <- counted_by(design, plan)
    design$drawn <- design$drawn + 1
  }
  if (isTRUE(change$redraw)) {
    design$plan_drawn <- design$plan_drawn + 1
  }
  design
}

# Changes the plan of a design. Arguments counted in epochs keep their number of epochs.
counted_by <- function(design, plan) {
  for (node in nodes_in(design$part)) {
    for (control in controls_of_node(node)) {
      value <- node$arguments[[control$name]]
      if (control$steps && is.numeric(value)) {
        unit <- unit_of(node, control, design)
        key <- field_of(node, control$name)
        design$units[[key]] <- unit
        if (unit == "epochs") {
          # Keep the typed epochs, because each change of the plan rounds them to whole steps again.
          design$epochs[[key]] <- design$epochs[[key]] %||% (value / design$plan$steps_per_epoch)
          counted <- round(design$epochs[[key]] * plan$steps_per_epoch)
          design$part <- change_node(design$part, node$id, function(node) {
            node$arguments[[control$name]] <- counted
            node
          })
        }
      }
    }
  }
  design$plan <- plan
  design
}

# The unit of a field: the chosen one, or else epochs if the steps are whole epochs.
unit_of <- function(node, control, design) {
  if (!control$steps) {
    return("steps")
  }
  value <- node$arguments[[control$name]]
  design$units[[field_of(node, control$name)]] %||%
    if (is.numeric(value) && is_in_epochs(value, design$plan)) "epochs" else "steps"
}

# ---- What the designer shows ----

code_of_design <- function(design) {
  if (is.null(design$plan_name)) {
    code_with_plan(design$schedule, design$plan, chosen_epochs(design))
  } else {
    counted <- counted_in(design$plan, design$plan_name, chosen_epochs(design))
    new_code(code_of(design$schedule, counted))
  }
}

# The epochs and units that the user chose, as counted_in() takes them.
chosen_epochs <- function(design) {
  chosen <- list()
  for (node in nodes_in(design$part)) {
    for (control in controls_of_node(node)) {
      key <- field_of(node, control$name)
      unit <- design$units[[key]]
      value <- node$arguments[[control$name]]
      if (!is.null(unit) && is.numeric(value)) {
        typed <- design$epochs[[key]] %||% (value / design$plan$steps_per_epoch)
        chosen[[named_steps(control$name, value)]] <- if (unit == "epochs") typed else NA
      }
    }
  }
  chosen
}

# The steps and rates of the curve, as plot() draws them, and of the schedule that the designer was opened
# with.
curves_of_design <- function(design) {
  least <- design$plan$steps
  now <- rates_table(design$schedule, NULL, design$plan$steps_per_epoch, least = least)
  before <- if (is_changed(design)) {
    limits <- c(0, max(now$step))
    rates_table(design$original, NULL, design$plan$steps_per_epoch, limits = limits)
  }
  list(now = now, before = before)
}

is_changed <- function(design) {
  !is.null(design$original) && !identical(design$original, design$schedule)
}

draw_design <- function(design, log = FALSE) {
  curves <- curves_of_design(design)
  rates <- c(curves$now$learning_rate, curves$before$learning_rate)
  # A logarithmic axis can't show a rate of 0.
  shown <- if (log) rates[rates > 0] else rates
  if (length(shown) == 0) {
    log <- FALSE
    shown <- rates
  }
  ylim <- range(shown)
  if (!log) {
    ylim[[1]] <- 0
  }
  if (ylim[[1]] == ylim[[2]]) {
    ylim <- if (ylim[[2]] == 0) c(0, 1) else ylim[[2]] * c(0.5, 1.5)
  }
  before <- graphics::par(mar = c(3.2, 4.5, 2.2, 0.8), mgp = c(2.2, 0.8, 0), las = 1)
  on.exit(graphics::par(before))
  draw_frame(
    curves$now$step,
    pmax(curves$now$learning_rate, if (log) ylim[[1]] else 0),
    design$plan$steps_per_epoch,
    type = "n",
    main = NULL,
    xlab = "step",
    ylab = quantity_of(design$schedule),
    ylim = ylim,
    log = if (log) "y" else "",
    plan = design$plan
  )
  draw <- function(curve, ...) {
    if (!is.null(curve)) add_line(curve$step, curve$learning_rate, design$plan, type = "s", ...)
  }
  draw(curves$before, col = grDevices::adjustcolor(COLOURS[[1]], 0.3), lwd = 2)
  draw(curves$now, col = COLOURS[[1]], lwd = 2)
  if (design$plan$steps < max(curves$now$step)) {
    graphics::abline(v = design$plan$steps, lty = 3)
  }
  invisible(curves)
}

# The phases of schedule_explain(), one sentence each. They are also the alternative text of the curve.
sentences_of_design <- function(design) {
  phases <- schedule_explain(design$schedule, design$plan)
  epoch <- function(x) trimws(numbers(x))
  paste0(
    "Steps ",
    vapply(phases$from, in_prose, ""),
    " to ",
    vapply(phases$to, in_prose, ""),
    " (epochs ",
    vapply(phases$from_epoch, epoch, ""),
    " to ",
    vapply(phases$to_epoch, epoch, ""),
    "): ",
    phases$what
  )
}

# The step under the pointer and its rate, as text.
rate_under_pointer <- function(design, x) {
  step <- floor(x)
  if (is.na(step) || step < 0 || step > MAX_STEP) {
    return("")
  }
  rate <- rates_at(design$schedule, check_steps_to_evaluate(step))
  paste0(
    "step ",
    in_prose(step),
    " (epoch ",
    trimws(numbers(step / design$plan$steps_per_epoch)),
    "): ",
    format_rates(rate)
  )
}
