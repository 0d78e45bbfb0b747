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
new_schedule <- function(class, config) {
  structure(
    evaluate_this_schedule,
    class = "learning_rate_schedule",
    spec = list(class = class, config = config)
  )
}

evaluate_this_schedule <- function(step) {
  evaluate_schedule(sys.function(), step)
}

evaluate_schedule <- function(schedule, step, call = caller_env()) {
  check_required(step, call = call)
  if (inherits(step, "python.builtin.object")) {
    return(tensor_rate(schedule, step, call))
  }
  rates_at(schedule, check_steps_to_evaluate(step, "step", call), call)
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
