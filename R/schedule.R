#' Learning-rate schedules are functions of the step
#'
#' Every `learning_rate_schedule_*()` function returns a value of class
#' `learning_rate_schedule`: a function of the training step that also knows its own
#' configuration. It holds plain numbers and strings and no reference to Python, so it
#' can be compared with [identical()], saved with [saveRDS()], and sent to a worker
#' process.
#'
#' - `schedule(step)` with numbers returns the rates at these steps as a double vector,
#'   computed in 64 bits. Steps count from 0; below 0 the rate is that at 0. They
#'   must be whole numbers from -2^53 to 2^53.
#' - `schedule(step)` with a tensor or variable of the Keras backend gives a tensor in
#'   Keras's `floatx`, as Keras's own schedules do.
#' - `schedule$decay_steps` is one element of the configuration, and `schedule$get_config()`
#'   calls a method of the Python object that the schedule stands for; its attributes are
#'   reached in the same way.
#' - `optimizer_sgd(learning_rate = schedule)`, like every call of a Python function,
#'   receives that Python object: a `keras.optimizers.schedules.LearningRateSchedule`.
#'   A schedule that Python returns, from a loaded model's optimizer say, is the R value again.
#'
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
#' @examplesIf reticulate::py_module_available("keras")
#' schedule(0:3 * 1000)
#' schedule$get_config()
NULL

# A schedule is a function of the step with its specification as an attribute: the name
# of the Python class, and its configuration. The function finds the specification on
# itself, so equal schedules are identical and a saved one carries nothing else.
new_schedule <- function(class, config, call = caller_env()) {
  check_size(class, config, call)
  structure(
    evaluate_this_schedule,
    class = "learning_rate_schedule",
    spec = list(class = class, config = config)
  )
}

# Part of every schedule that was ever saved: it must not change.
evaluate_this_schedule <- function(step) {
  evaluate_schedule(sys.function(), step)
}

# As in Python.
MAX_DEPTH <- 100
MAX_PARTS <- 10000

check_size <- function(class, config, call) {
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

evaluate_schedule <- function(schedule, step, call = caller_env()) {
  schedule <- called_schedule(sys.call(-1)[[1]], parent.frame(2)) %||% schedule
  check_required(step, call = call)
  if (inherits(step, "python.builtin.object")) {
    return(tensor_rate(schedule, step, call))
  }
  rates_at(schedule, check_steps_to_evaluate(step, "step", call), call)
}

# The schedule that a call names or holds. `sys.function()` would copy it, and a table of a million
# rates with it.
called_schedule <- function(called, env) {
  if (is.symbol(called)) {
    called <- get0(as.character(called), env, mode = "function")
  }
  if (inherits(called, "learning_rate_schedule")) called
}

spec_of <- function(schedule) attr(schedule, "spec")

#' @rdname learning_rate_schedule
#' @export
`$.learning_rate_schedule` <- function(x, name) {
  config <- spec_of(x)$config
  if (name %in% names(config)) config[[name]] else python_member(x, name)
}

#' @rdname learning_rate_schedule
#' @export
`[[.learning_rate_schedule` <- function(x, name) {
  if (!is_string(name)) {
    abort_argument(name, "one string", "name", current_env())
  }
  `$.learning_rate_schedule`(x, name)
}

#' @importFrom utils .DollarNames
#' @export
.DollarNames.learning_rate_schedule <- function(x, pattern = "") {
  grep(pattern, c(names(spec_of(x)$config), "get_config"), value = TRUE)
}
