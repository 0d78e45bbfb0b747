#' Learning-rate schedules are functions of the step
#'
#' Every `learning_rate_schedule_*()` function returns a value of class
#' `learning_rate_schedule`: a function of the training step that also knows its own
#' configuration. It holds plain numbers and strings and no reference to Python, so it
#' can be compared with [identical()], saved with [saveRDS()], and sent to a worker
#' process.
#'
#' - `schedule(step)` with numbers returns the rates at these steps as a double vector,
#'   computed in 64 bits. Steps count from 0; below 0 the rate is that at 0. Between two whole
#'   steps the rate is that of the step before, so `schedule(2.5)` is `schedule(2)`. Steps must be
#'   numbers from -2^53 to 2^53.
#' - `schedule(step)` with a tensor or variable of the Keras backend gives a tensor in
#'   Keras's `floatx`, as Keras's own schedules do.
#' - `schedule$decay_steps` is one element of the configuration, and `schedule$get_config()`
#'   calls a method of the Python object that the schedule stands for; its attributes are
#'   reached in the same way.
#' - `optimizer_sgd(learning_rate = schedule)`, like every call of a Python function,
#'   receives that Python object: a `keras.optimizers.schedules.LearningRateSchedule`.
#'   A schedule that Python returns, from a loaded model's optimizer say, is the R value again.
#'
#' - `update(schedule, decay_rate = 0.9)` is the schedule with another argument; a schedule itself
#'   cannot be changed. `all.equal()` names the argument that differs.
#' - `range(schedule)`, `min()`, `max()` and `mean()` are numbers of its rates, over the steps that show
#'   its shape, over `steps` or over those that a `plan` trains. Other functions of numbers, such as
#'   `sum()`, `round()`, `head()` or `schedule[1:3]`, are errors: call the schedule and give them the rates.
#'   `cat()` takes no functions: write `cat(format(schedule))`.
#' - `as.list(schedule)` is its configuration as a named list, without Python: so
#'   `purrr::pluck(as.list(schedule), "decay_steps")` and `lapply(as.list(schedule), class)` work.
#'   `is_learning_rate_schedule(x)` says whether `x` is a schedule.
#' - `unique()` tells the schedules of a list apart. `match()` and `%in%` compare functions by their code,
#'   which all schedules share: compare `format(list_of_schedules)` with them.
#' - `format(schedule)` is also the key for a cache. The hash that \pkg{digest}, \pkg{memoise} or
#'   \pkg{targets} take of a schedule itself changes with the version of this package, whose name and
#'   version are part of every function of a package that R saves.
#' - A matrix of steps gives a matrix of rates, and names are kept. Functions that take a function of
#'   one number take a schedule: `curve(schedule, 0, 999)`, `ggplot2::geom_function(fun = schedule)`
#'   or `integrate(schedule, 0, 1000)`.
#'
#' @section Code written for keras3:
#' Calls of keras3's six schedule functions work unchanged, if lrschedules is attached after keras3:
#' `library(keras3)`, then `library(lrschedules)`. Three things change:
#'
#' - Numbers in, numbers out. `schedule(100)` is a number, where keras3 gives a tensor. So leave out what
#'   was done to the tensor: instead of `schedule(100)$numpy()` or `as.numeric(schedule(100))`, write
#'   `schedule(100)`; instead of `schedule(100)$shape`, `length(schedule(100))`. For a tensor, give one:
#'   `schedule(keras3::op_convert_to_tensor(100L))`.
#' - A fraction of a step, as in `decay_steps = 0.1 * total`, is cut off with a message, where keras3
#'   cuts it off without one (`inverse_time_decay` keeps it, as in keras3). Write `round(0.1 * total)`
#'   or `epochs(2, plan)`. All other functions refuse a fraction. `decay_steps = I(123.4)` keeps it, as a
#'   schedule object of Keras made in Python does.
#' - `warmup_steps` without `warmup_target` is ignored, as in Keras, with a message.
#'
#' @section With keras3's callbacks:
#' `keras3::callback_reduce_lr_on_plateau()` and `keras3::callback_learning_rate_scheduler()` set the
#' optimizer's rate to a number. An optimizer that follows a schedule refuses that: `fit()` stops with
#' Keras's error that the learning rate is not settable, the second of them in the first epoch, the
#' first only where it would first reduce the rate.
#'
#' Instead, `callback_reduce_schedule_on_plateau()` reduces a schedule, and a function `f` of the epoch
#' is a schedule too: `learning_rate_schedule(function(step) f(step %/% steps_per_epoch), steps)`.
#'
#' Do not give `callback_learning_rate_scheduler()` a schedule: it calls a function of the epoch, and a
#' schedule counts training steps. Give the schedule to the optimizer; [epochs()] makes steps of epochs.
#'
#' @section Copies of an optimizer:
#' `optimizer$from_config(optimizer$get_config())` copies an optimizer with its schedule. In between, the
#' configuration is an R list, and \pkg{reticulate} has no whole numbers from 2^31 on: it makes `NA` or
#' negative numbers of them, which are refused, and from 2^32 on other numbers, without a word. If a
#' schedule has so many steps, pass the schedule itself to a new optimizer:
#' `optimizer_sgd(learning_rate = optimizer_schedule(optimizer))`.
#'
#' @param steps The training steps: numbers, counted from 0.
#' @param steps_per_epoch The number of training steps in an epoch, or `NULL`. The rates are the same
#'   with it.
#' @param plan A [training_plan()], or `NULL`: without `steps`, the steps that it trains.
#' @param na.rm Not used: a rate is never missing.
#' @param x A learning-rate schedule.
#' @param name The name of an element of the configuration, or of an attribute or method
#'   of the Python object.
#' @returns `$`: the element, attribute or method. An unknown name is an error.
#' @name learning_rate_schedule
#' @examples
#' schedule <- learning_rate_schedule_exponential_decay(0.1, 1000, 0.5)
#' schedule$decay_steps
#' file <- tempfile(fileext = ".rds")
#' saveRDS(schedule, file)
#' identical(readRDS(file), schedule)
#' is_learning_rate_schedule(schedule)
#' names(as.list(schedule))
#' @examplesIf has_numpy()
#' schedule(0:3 * 1000)
#' max(schedule)
#' schedule$get_config()
NULL

# A schedule is a function of the step with its specification as an attribute: the name
# of the Python class, and its configuration. The function finds the specification on
# itself, so equal schedules are identical and a saved one carries nothing else.
new_schedule <- function(class, config, call = caller_env()) {
  check_size(config, call)
  structure(
    evaluate_this_schedule,
    class = "learning_rate_schedule",
    spec = list(class = class, config = config)
  )
}

# Part of every schedule that was ever saved: it must not change. R6 gives it another environment, in
# which only a name with its package is found. Source references are removed, which an installation
# may keep: they would make each saved schedule twenty times as large.
evaluate_this_schedule <- utils::removeSource(function(step) {
  lrschedules::evaluate_schedule(sys.function(), step)
})

# As in Python.
MAX_DEPTH <- 100
MAX_PARTS <- 10000

check_size <- function(config, call) {
  size <- size_of(config)
  if (size[["depth"]] > MAX_DEPTH) {
    cli::cli_abort(
      c(
        "Schedules can be nested at most {MAX_DEPTH} deep.",
        i = "A sum or a product of many is one level."
      ),
      call = call
    )
  }
  if (size[["parts"]] > MAX_PARTS) {
    cli::cli_abort(
      "A schedule can be made of at most {MAX_PARTS} schedules, not {size[['parts']]}.",
      call = call
    )
  }
}

# How deep a schedule of this configuration is nested, and of how many schedules it is made.
size_of <- function(config) {
  depth <- 0
  parts <- 1
  for (part in held_by(config)) {
    size <- size_of(spec_of(part)$config)
    depth <- max(depth, size[[1]])
    parts <- parts + size[[2]]
  }
  c(depth = depth + 1, parts = parts)
}

# The schedules that a configuration holds.
held_by <- function(config) {
  held <- list()
  for (argument in config) {
    if (is.function(argument)) {
      held <- c(held, argument)
    } else if (is.list(argument)) {
      held <- c(held, Filter(is.function, argument))
    }
  }
  held
}

#' Evaluate a schedule
#'
#' What every schedule calls: exported so that the text that [dput()] writes of one works.
#'
#' @param schedule A learning-rate schedule.
#' @param step Steps, or a tensor of them.
#' @param call For messages.
#' @returns As `schedule(step)`.
#' @keywords internal
#' @export
#' @examplesIf has_numpy()
#' schedule <- learning_rate_schedule_exponential_decay(0.1, 1000, 0.5)
#' again <- eval(parse(text = deparse(schedule)))
#' again(1000)
#' evaluate_schedule(schedule, 1000)
evaluate_schedule <- function(schedule, step, call = caller_env()) {
  # Looked up first: `schedule` is `sys.function()`, which R evaluates by copying the function with
  # its attributes. For a table of a million rates that takes a hundred times as long as one rate.
  schedule <- called_schedule(sys.call(-1), parent.frame(2)) %||% schedule
  check_required(step, call = call)
  if (is_python(step)) {
    return(tensor_rate(schedule, step, call))
  }
  rates <- rates_at(schedule, step, "step", call)
  if (!is.null(attributes(step))) {
    attributes(rates) <- attributes(step)[intersect(names(attributes(step)), KEPT)]
  }
  rates
}

# What the rates have of their steps: a matrix of steps gives a matrix of rates.
KEPT <- c("names", "dim", "dimnames")

# The schedule that a call names or holds, or NULL.
called_schedule <- function(call, env) {
  called <- if (is.call(call)) call[[1]]
  if (is.symbol(called)) {
    called <- function_named(as.character(called), env)
  }
  if (inherits(called, "learning_rate_schedule")) called
}

# As get0(name, env, mode = "function"), which would call an active binding again: NULL of one.
function_named <- function(name, env) {
  while (!identical(env, emptyenv())) {
    if (exists(name, env, inherits = FALSE)) {
      if (bindingIsActive(name, env)) {
        return(NULL)
      }
      found <- get(name, env, inherits = FALSE)
      if (is.function(found)) {
        return(found)
      }
    }
    env <- parent.env(env)
  }
}

spec_of <- function(schedule) attr(schedule, "spec")

#' @rdname learning_rate_schedule
#' @export
`$.learning_rate_schedule` <- function(x, name) {
  for (config in configs_of(x)) {
    if (name %in% names(config)) {
      return(config[[name]])
    }
  }
  python_member(x, name)
}

# The configuration of a schedule, and those of what it wraps.
configs_of <- function(schedule) {
  configs <- list()
  while (is.function(schedule)) {
    spec <- spec_of(schedule)
    config <- if (spec$class == "KerasSchedule") spec$config$config else whole_config(spec)
    configs <- c(configs, list(config))
    schedule <- config$schedule
  }
  configs
}

# The configuration with the arguments that it leaves out: those of later versions, while they are
# NULL.
whole_config <- function(spec) {
  if (!spec$class %in% names(OPERATORS)) {
    left_out <- setdiff(names(formals(constructor_of(spec$class))), names(spec$config))
    spec$config[left_out] <- list(NULL)
  }
  spec$config
}

#' @param exact Not used: a name is always the whole name.
#' @rdname learning_rate_schedule
#' @export
`[[.learning_rate_schedule` <- function(x, name, exact = TRUE) {
  if (!is_string(name)) {
    abort_argument(name, "one string", "name", current_env())
  }
  `$.learning_rate_schedule`(x, name)
}

#' @param value Not used.
#' @rdname learning_rate_schedule
#' @export
`$<-.learning_rate_schedule` <- function(x, name, value) {
  cli::cli_abort(
    c(
      "A schedule cannot be changed.",
      i = "{.code update(schedule, {name} = ...)} gives another one."
    ),
    call = call("$<-", quote(schedule), as.name(name))
  )
}

#' @rdname learning_rate_schedule
#' @export
`[[<-.learning_rate_schedule` <- `$<-.learning_rate_schedule`

#' @rdname learning_rate_schedule
#' @export
is_learning_rate_schedule <- function(x) inherits(x, "learning_rate_schedule")

#' @rdname learning_rate_schedule
#' @export
as.list.learning_rate_schedule <- function(x, ...) {
  spec <- spec_of(x)
  if (spec$class == "KerasSchedule") spec$config$config else spec$config
}

#' @param object A learning-rate schedule.
#' @param ... For `update()`, arguments of the function that made the schedule, by name; for
#'   `range()`, `min()` and `max()`, schedules, and for `mean()` `steps` and `plan`; for the others,
#'   not used.
#' @rdname learning_rate_schedule
#' @importFrom stats update
#' @export
update.learning_rate_schedule <- function(object, ...) {
  spec <- spec_of(object)
  new <- list2(...)
  if (spec$class %in% c(names(OPERATORS), "KerasSchedule")) {
    cli::cli_abort("No function made {.arg object} by itself: update the schedules it is made of.")
  }
  made_by <- constructor_name(spec$class)
  config <- whole_config(spec)
  if (spec$class == "Join" && length(config$boundaries) == 1L) {
    as_then <- c(set_names(config$schedules, c("first", "second")), list(at = config$boundaries))
    if (length(new) > 0 && all(names2(new) %in% names(as_then))) {
      made_by <- "schedule_then"
      config <- as_then
    }
  }
  wrong <- setdiff(names2(new), names(config))
  if (length(wrong) > 0) {
    name <- substitute(object)
    name <- if (is.symbol(name)) as.character(name) else "schedule"
    way <- way_to_argument(name, config, wrong[[1]])
    cli::cli_abort(c(
      "{.arg ...} must be arguments of {.fn {made_by}}, by name, not {.val {wrong}}.",
      i = "They are {.arg {names(config)}}.",
      i = if (!is.null(way)) "For a schedule within it: {.code {way}}."
    ))
  }
  config <- arguments_as_held(spec$class, config)
  config[names(new)] <- new
  eval(as.call(c(as.name(made_by), config)), topenv())
}

# The call that updates an argument of a schedule that `config` holds, or NULL if none has it.
way_to_argument <- function(name, config, argument) {
  for (part in names(config)) {
    held <- config[[part]]
    if (inherits(held, "learning_rate_schedule") && nzchar(argument)) {
      inner_name <- paste0(name, "$", part)
      inner <- configs_of(held)[[1]]
      way <- if (argument %in% names(inner)) {
        paste0("update(", inner_name, ", ", argument, " = ...)")
      } else {
        way_to_argument(inner_name, inner, argument)
      }
      if (!is.null(way)) {
        return(paste0("update(", name, ", ", part, " = ", way, ")"))
      }
    }
  }
}

#' @rdname learning_rate_schedule
#' @export
range.learning_rate_schedule <- function(
  ...,
  steps = NULL,
  steps_per_epoch = NULL,
  plan = NULL,
  na.rm = FALSE
) {
  call <- current_env()
  steps_per_epoch <- epochs_of(plan, steps_per_epoch)
  check_some_steps(steps)
  if (is.null(steps) && !is.null(plan)) {
    check_plan_with_end(plan, call)
  }
  ends <- function(x) {
    schedule <- check_schedule_looked_at(x, "...", call)
    if (is.null(steps) && !is.null(plan)) {
      # The steps that the plan trains, as summary() has them.
      found <- summary(schedule, plan = plan)
      return(c(found$lowest, found$peak))
    }
    range(rates_table(schedule, steps, steps_per_epoch, call)$learning_rate)
  }
  range(vapply(list(...), ends, c(0, 0)))
}

#' @rdname learning_rate_schedule
#' @export
mean.learning_rate_schedule <- function(x, ...) {
  summary(x, ...)$mean
}

# max() and min() have one meaning, sum() has none.
#' @rdname learning_rate_schedule
#' @export
Summary.learning_rate_schedule <- function(..., na.rm = FALSE) {
  switch(
    .Generic,
    min = range(...)[[1]],
    max = range(...)[[2]],
    abort_not_numbers(.Generic)
  )
}

#' @rdname learning_rate_schedule
#' @export
Math.learning_rate_schedule <- function(x, ...) abort_not_numbers(.Generic)

#' @param i Not used.
#' @rdname learning_rate_schedule
#' @export
`[.learning_rate_schedule` <- function(x, i, ...) abort_not_numbers("[")

#' @rdname learning_rate_schedule
#' @importFrom utils head
#' @export
head.learning_rate_schedule <- function(x, ...) abort_not_numbers("head")

#' @rdname learning_rate_schedule
#' @importFrom utils tail
#' @export
tail.learning_rate_schedule <- function(x, ...) abort_not_numbers("tail")

#' @rdname learning_rate_schedule
#' @export
as.double.learning_rate_schedule <- function(x, ...) abort_not_numbers("as.double")

abort_not_numbers <- function(what) {
  cli::cli_abort(
    c(
      "{.code {what}} takes numbers, and a schedule is a function of the step.",
      i = "Call the schedule: {.code s(0:2)}, or {.code schedule_values(s)}."
    ),
    call = call(what, quote(schedule), quote(...))
  )
}

#' @param target,current Schedules.
#' @rdname learning_rate_schedule
#' @method all.equal learning_rate_schedule
#' @export
all.equal.learning_rate_schedule <- function(target, current, ...) {
  if (!inherits(current, "learning_rate_schedule")) {
    return("`current` is no learning-rate schedule")
  }
  one <- spec_of(target)
  other <- spec_of(current)
  if (one$class != other$class) {
    return(paste0("Classes: ", one$class, ", ", other$class))
  }
  differences <- character()
  for (name in union(names(one$config), names(other$config))) {
    same <- all.equal(one$config[[name]], other$config[[name]], ...)
    if (!isTRUE(same)) {
      differences <- c(differences, paste0("`", name, "`: ", same))
    }
  }
  if (length(differences) > 0) differences else TRUE
}

#' @importFrom methods setOldClass
NULL

# For slots and arguments of S4 classes that hold schedules.
setOldClass(c("learning_rate_schedule", "function"))

#' @importFrom utils .DollarNames
#' @export
.DollarNames.learning_rate_schedule <- function(x, pattern = "") {
  grep(pattern, c(names(configs_of(x)[[1]]), "get_config"), value = TRUE)
}
