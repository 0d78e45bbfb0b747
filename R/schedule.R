#' Learning-rate schedules
#'
#' Every `learning_rate_schedule_*()` function returns a value of class
#' `learning_rate_schedule`: a function of the training step that also knows its own
#' configuration. It holds plain numbers and strings and no reference to Python, so you
#' can compare it with [identical()], save it with [saveRDS()], and send it to a worker
#' process (see [workers_and_devices]).
#'
#' - `schedule(step)` with numbers returns the rates at these steps as a double vector,
#'   computed in 64 bits. Steps count from 0; a negative step has the rate of step 0. The rate is
#'   constant between two whole steps, so `schedule(2.5)` is `schedule(2)`. Steps must be
#'   numbers from -2^53 to 2^53. A matrix of steps returns a matrix of rates, and names are kept.
#' - `schedule(step)` with a tensor or variable of the Keras backend returns a tensor in
#'   Keras's `floatx`, as Keras's own schedules do.
#' - `optimizer_sgd(learning_rate = schedule)`, like every call of a Python function,
#'   converts the schedule to a Python object, a `keras.optimizers.schedules.LearningRateSchedule`.
#'   When Python returns such an object, for example from a loaded model's optimizer, it becomes the R
#'   value again.
#' - `schedule$decay_steps` returns one element of the configuration. Attributes and methods of the
#'   Python object work in the same way: `schedule$get_config()`.
#' - `as.list(schedule)` returns the configuration as a named list, without Python. Use it with
#'   functions that need a list: `purrr::pluck(as.list(schedule), "decay_steps")`.
#' - `is_learning_rate_schedule(x)` tests whether `x` is a schedule.
#' - `update(schedule, decay_rate = 0.9)` returns a new schedule with that argument; a schedule itself
#'   can't be changed. `all.equal()` names the arguments that differ.
#' - `range(schedule)`, `min()`, `max()` and `mean()` summarise its rates over the steps that show
#'   its shape, over `steps`, or over the steps of a `plan`. Other functions of numbers, such as
#'   `sum()`, `round()`, `head()` or `schedule[1:3]`, are errors: call the schedule and pass them the
#'   rates. `cat()` does not accept functions: use `cat(format(schedule))`.
#' - Functions that take a function of one number also take a schedule: `curve(schedule, 0, 999)`,
#'   `ggplot2::geom_function(fun = schedule)` or `integrate(schedule, 0, 1000)`.
#' - `unique()` distinguishes the schedules in a list. `match()` and `%in%` compare functions by their
#'   code, which all schedules share: pass them `format(list_of_schedules)`.
#' - As the key of a cache, use `format(schedule)`. \pkg{digest}, \pkg{memoise} and \pkg{targets} hash
#'   the schedule itself, and that hash changes with the version of this package.
#'
#' @section Code written for keras3:
#' Calls of keras3's six schedule functions work unchanged if you attach lrschedules after keras3:
#' `library(keras3)`, then `library(lrschedules)`. Four things differ:
#'
#' - Numbers in, numbers out. `schedule(100)` is a number, while keras3 returns a tensor. So remove any
#'   conversion of the tensor: instead of `schedule(100)$numpy()` or `as.numeric(schedule(100))`, write
#'   `schedule(100)`; instead of `schedule(100)$shape`, `length(schedule(100))`. To get a tensor, pass
#'   one: `schedule(keras3::op_convert_to_tensor(100L))`.
#' - A fractional number of steps, as in `decay_steps = 0.1 * total`, is truncated with a message; keras3
#'   truncates it silently. (In both, `learning_rate_schedule_inverse_time_decay()` keeps the fraction.)
#'   Write `round(0.1 * total)` or `epochs(2, plan)`, or keep the fraction with `decay_steps = I(123.4)`,
#'   as a Keras schedule made in Python does. All other functions refuse a fraction.
#' - `warmup_steps` without `warmup_target` is ignored with a message. Keras ignores it silently.
#' - Arguments with which a rate would be negative or not a number, such as `alpha = -0.1` or
#'   `t_mul = 0.5`, are errors.
#'
#' @section With keras3's callbacks:
#' `keras3::callback_reduce_lr_on_plateau()` and `keras3::callback_learning_rate_scheduler()` set the
#' optimizer's rate to a number. An optimizer with a schedule refuses that: `fit()` stops with
#' Keras's error that the learning rate is not settable. The scheduler callback fails in the first
#' epoch, the plateau callback when it first tries to reduce the rate.
#'
#' Use [callback_reduce_schedule_on_plateau()] to reduce a schedule. Turn a function `f` of the epoch
#' into a schedule with `learning_rate_schedule(function(step) f(step %/% steps_per_epoch), steps)`.
#'
#' Don't pass a schedule to `callback_learning_rate_scheduler()`, which counts epochs: a schedule counts
#' training steps. Pass it to the optimizer, and convert epochs to steps with [epochs()].
#'
#' @section Copies of an optimizer:
#' `optimizer$from_config(optimizer$get_config())` copies an optimizer with its schedule. R receives the
#' configuration as a list, in which \pkg{reticulate} can't represent whole numbers from 2^31 on. It turns
#' them into `NA` or negative numbers, which are refused; from 2^32 on, it may also turn them into other
#' numbers, silently. If a schedule has that many steps, pass it to a new optimizer:
#' `optimizer_sgd(learning_rate = optimizer_schedule(optimizer))`.
#'
#' @param steps The training steps to summarise: one or more numbers, counted from 0, or `NULL`.
#' @param steps_per_epoch The number of training steps in an epoch: one whole number greater than 0, or
#'   `NULL`. It does not change the rates.
#' @param plan A [training_plan()], or `NULL`. Without `steps`, its steps are summarised.
#' @param na.rm Not used.
#' @param x A learning-rate schedule; for `is_learning_rate_schedule()`, any object.
#' @param name The name of an element of the configuration, or of an attribute or method
#'   of the Python object: one string.
#' @returns `$` and `[[`: the element, attribute or method. `is_learning_rate_schedule()`: `TRUE` or
#'   `FALSE`. `as.list()`: a named list. `update()`: a schedule. `range()`: two rates; `min()`, `max()`
#'   and `mean()`: one rate. `all.equal()`: `TRUE`, or a character vector of the differences.
#' @section Errors:
#' It is an error to ask for an unknown name, to assign to a part of a schedule, to update an
#' argument that the schedule does not have, or to evaluate at a step that is missing or out of range.
#' `range()`, `min()`, `max()` and `mean()` fail if you give both `steps_per_epoch` and `plan`, or if
#' `plan` was made without `epochs` and you don't give `steps`.
#' @name learning-rate-schedules
#' @aliases is_learning_rate_schedule
#' @seealso [learning_rate_schedule()] makes a schedule from an R function.
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

# A schedule is a function of the step, with its specification as an attribute: the name
# of the Python class, and its configuration. The function finds the specification on
# itself, so equal schedules are identical, and saving one saves nothing else.
new_schedule <- function(class, config, call = caller_env()) {
  check_size(config, call)
  structure(
    evaluate_this_schedule,
    class = "learning_rate_schedule",
    spec = list(class = class, config = config)
  )
}

# This function is part of every saved schedule, so it must not change. R6 replaces its environment,
# so it must name the package. Source references, which an installation may keep, would make a
# saved schedule twenty times as large.
evaluate_this_schedule <- utils::removeSource(function(step) {
  lrschedules::evaluate_schedule(sys.function(), step)
})

# The limits in Python's `schedule.py`.
MAX_DEPTH <- 100
MAX_PARTS <- 10000

check_size <- function(config, call) {
  size <- size_of(config)
  if (size[["depth"]] > MAX_DEPTH) {
    cli::cli_abort(
      c(
        "Schedules can be nested at most {MAX_DEPTH} levels deep.",
        i = "A sum or product of many schedules counts as one level."
      ),
      call = call
    )
  }
  if (size[["parts"]] > MAX_PARTS) {
    cli::cli_abort(
      "A schedule can be made of at most {in_prose(MAX_PARTS)} schedules, not {in_prose(size[['parts']])}.",
      call = call
    )
  }
}

# The depth of nesting and the number of parts of a schedule with this configuration.
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

#' Evaluate a schedule at given steps
#'
#' Computes the rates of a schedule, like `schedule(step)`. It is exported because the text that [dput()]
#' writes for a schedule calls it.
#'
#' @param schedule A learning-rate schedule.
#' @param step Training steps, numbers from -2^53 to 2^53, or a tensor of them. Anything else is an
#'   error.
#' @param call The call to show in error messages.
#' @returns The same as `schedule(step)`: a double vector of rates, or a tensor.
#' @keywords internal
#' @export
#' @examplesIf has_numpy()
#' schedule <- learning_rate_schedule_exponential_decay(0.1, 1000, 0.5)
#' again <- eval(parse(text = deparse(schedule)))
#' again(1000)
#' evaluate_schedule(schedule, 1000)
evaluate_schedule <- function(schedule, step, call = caller_env()) {
  # Look the schedule up first: forcing `schedule`, which is `sys.function()`, copies the function
  # with its attributes. For a table of a million rates, the copy takes 100 times as long as one rate.
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

# The attributes that rates take from their steps: a matrix of steps gives a matrix of rates.
KEPT <- c("names", "dim", "dimnames")

# The schedule that a call names or contains, or NULL.
called_schedule <- function(call, env) {
  called <- if (is.call(call)) call[[1]]
  if (is.symbol(called)) {
    called <- function_named(as.character(called), env)
  }
  if (inherits(called, "learning_rate_schedule")) called
}

# Like get0(name, env, mode = "function"), which would call an active binding a second time. Returns
# NULL for an active binding.
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

#' @rdname learning-rate-schedules
#' @export
`$.learning_rate_schedule` <- function(x, name) {
  for (config in configs_of(x)) {
    if (name %in% names(config)) {
      return(config[[name]])
    }
  }
  python_member(x, name)
}

# The configurations of a schedule and of the schedules it wraps.
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

#' @param exact Not used: names are always matched exactly.
#' @rdname learning-rate-schedules
#' @export
`[[.learning_rate_schedule` <- function(x, name, exact = TRUE) {
  if (!is_string(name)) {
    abort_argument(name, "one string", "name", current_env())
  }
  `$.learning_rate_schedule`(x, name)
}

#' @param value Not used.
#' @rdname learning-rate-schedules
#' @export
`$<-.learning_rate_schedule` <- function(x, name, value) {
  config <- configs_of(x)[[1]]
  way <- if (name %in% names(config)) {
    paste0("update(schedule, ", name, " = ...)")
  } else {
    way_to_argument("schedule", config, as.character(name)) %||% "update(schedule, ...)"
  }
  cli::cli_abort(
    c("A schedule can't be changed in place.", i = "{.code {way}} returns a new schedule."),
    call = call("$<-", quote(schedule), as.name(name))
  )
}

#' @rdname learning-rate-schedules
#' @export
`[[<-.learning_rate_schedule` <- `$<-.learning_rate_schedule`

#' @rdname learning-rate-schedules
#' @export
is_learning_rate_schedule <- function(x) inherits(x, "learning_rate_schedule")

#' @rdname learning-rate-schedules
#' @export
as.list.learning_rate_schedule <- function(x, ...) {
  spec <- spec_of(x)
  if (spec$class == "KerasSchedule") spec$config$config else spec$config
}

#' @param object A learning-rate schedule.
#' @param ... For `update()`, arguments of the function that made the schedule, by name. For
#'   `range()`, `min()` and `max()`, schedules. For `mean()`, `steps` and `plan`. For `all.equal()`,
#'   arguments such as `tolerance`. For the others, not used.
#' @rdname learning-rate-schedules
#' @importFrom stats update
#' @export
update.learning_rate_schedule <- function(object, ...) {
  spec <- spec_of(object)
  new <- list2(...)
  if (spec$class %in% c(names(OPERATORS), "KerasSchedule")) {
    cli::cli_abort(
      if (spec$class == "KerasSchedule") {
        "{.fn update} can't change a schedule of class {.cls {shown_label(object)}}."
      } else {
        "{.arg object} combines several schedules. Update its parts instead."
      }
    )
  }
  check_named(new)
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
      "{.arg ...} must be named arguments of {.fn {made_by}}, not {.val {wrong}}.",
      i = "Its arguments are {.arg {names(config)}}.",
      i = if (!is.null(way)) "To update a schedule within it: {.code {way}}."
    ))
  }
  config <- arguments_as_held(spec$class, config)
  config[names(new)] <- new
  eval(as.call(c(as.name(made_by), config)), topenv())
}

# The call that updates `argument` in one of the schedules inside `config`, or NULL if none has it.
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

#' @rdname learning-rate-schedules
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
      # summary() describes exactly the steps of the plan.
      found <- summary(schedule, plan = plan)
      return(c(found$lowest, found$peak))
    }
    range(rates_table(schedule, steps, steps_per_epoch, call)$learning_rate)
  }
  range(vapply(list(...), ends, c(0, 0)))
}

#' @rdname learning-rate-schedules
#' @export
mean.learning_rate_schedule <- function(x, ...) {
  summary(x, ...)$mean
}

# max() and min() of a schedule have an obvious meaning, but sum() does not.
#' @rdname learning-rate-schedules
#' @export
Summary.learning_rate_schedule <- function(..., na.rm = FALSE) {
  switch(
    .Generic,
    min = range(...)[[1]],
    max = range(...)[[2]],
    abort_not_numbers(.Generic)
  )
}

#' @rdname learning-rate-schedules
#' @export
Math.learning_rate_schedule <- function(x, ...) abort_not_numbers(.Generic)

#' @param i Not used.
#' @rdname learning-rate-schedules
#' @export
`[.learning_rate_schedule` <- function(x, i, ...) abort_not_numbers("[")

#' @rdname learning-rate-schedules
#' @importFrom utils head
#' @export
head.learning_rate_schedule <- function(x, ...) abort_not_numbers("head")

#' @rdname learning-rate-schedules
#' @importFrom utils tail
#' @export
tail.learning_rate_schedule <- function(x, ...) abort_not_numbers("tail")

#' @rdname learning-rate-schedules
#' @export
as.double.learning_rate_schedule <- function(x, ...) abort_not_numbers("as.double")

abort_not_numbers <- function(what) {
  cli::cli_abort(
    c(
      "{.code {what}} takes numbers, but a schedule is a function of the step.",
      i = "Call the schedule to get its rates: {.code s(0:2)}, or {.code schedule_values(s)}."
    ),
    call = call(what, quote(schedule), quote(...))
  )
}

#' @param target,current Schedules.
#' @rdname learning-rate-schedules
#' @method all.equal learning_rate_schedule
#' @export
all.equal.learning_rate_schedule <- function(target, current, ...) {
  if (!inherits(current, "learning_rate_schedule")) {
    return("`current` is not a learning-rate schedule")
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

# Lets slots and arguments of S4 classes hold schedules.
setOldClass(c("learning_rate_schedule", "function"))

#' @importFrom utils .DollarNames
#' @export
.DollarNames.learning_rate_schedule <- function(x, pattern = "") {
  grep(pattern, c(names(configs_of(x)[[1]]), "get_config"), value = TRUE)
}
