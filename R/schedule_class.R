#' Define a schedule class in R
#'
#' Defines a schedule class with `keras3::new_learning_rate_schedule_class()` and registers it with
#' Keras. So a model that was saved with such a schedule loads in any session that has defined the class
#' with the same call. The file contains only the name of the class and what `get_config()` returned,
#' never R code. [as_learning_rate_schedule()] converts an object of the class to an R value.
#'
#' `call(step)` runs in R. TensorFlow and JAX run it only while they compile the training step, so it
#' must compute with tensors (`keras3::op_*()`). If the rate is a plain R function of the
#' step, [learning_rate_schedule()] is simpler, and its schedules also load in Python without R.
#'
#' @param classname The name of the class: one string.
#' @param call `function(step)` that returns the rate, a tensor.
#' @param initialize,get_config,...,public,private,inherit,parent_env As in
#'   `keras3::new_learning_rate_schedule_class()`: the methods and fields of the class, its superclass,
#'   and the environment in which it is defined. `get_config` is a function that returns the arguments of
#'   `initialize` in a named list.
#' @returns A function that makes an object of the class, with the arguments of `initialize`.
#' @section Errors:
#' It is an error if \pkg{keras3} is not installed, or if `classname` is not one string.
#' @family schedules of your own
#' @export
#' @examplesIf has_keras() && requireNamespace("keras3", quietly = TRUE)
#' InverseLinear <- LearningRateSchedule(
#'   "InverseLinear",
#'   initialize = function(rate) self$rate <- rate,
#'   call = function(step) self$rate / (1 + keras3::op_cast(step, "float32")),
#'   get_config = function() list(rate = self$rate)
#' )
#' schedule <- as_learning_rate_schedule(InverseLinear(rate = 0.5))
#' schedule(c(0, 1, 3))
LearningRateSchedule <- function(
  classname,
  call = NULL,
  initialize = NULL,
  get_config = NULL,
  ...,
  public = list(),
  private = list(),
  inherit = NULL,
  parent_env = parent.frame()
) {
  check_installed("keras3", "to define a schedule class in R.")
  check_required(classname)
  if (!is_string(classname)) {
    abort_argument(classname, "one string", "classname", current_env())
  }
  # keras3 evaluates the superclass, an expression, in `parent_env`.
  class <- inject(keras3::new_learning_rate_schedule_class(
    classname,
    call,
    initialize,
    get_config,
    ...,
    public = public,
    private = private,
    inherit = !!substitute(inherit),
    parent_env = parent_env
  ))
  keras3::register_keras_serializable(class, classname, package = "Custom")
}
