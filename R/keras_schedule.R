#' Convert a schedule to a Keras class
#'
#' Converts a schedule to an object of Keras's class, for models that are loaded without this package. The
#' object has the same formula, but Keras computes its rates in 32 bits, so a staircase can drop, or a
#' cycle restart, one step late.
#'
#' You can convert
#' - Keras's six schedules, and their variants with an offset if it is 0;
#' - piecewise constant rates with `boundary = "right"`, whose boundaries become one step earlier and so
#'   must be 1 or more;
#' - a cosine decay without a `warmup_target`, with a linear [schedule_warmup()] to its first rate and with
#'   `shift = TRUE`.
#'
#' Any other schedule is an error that says why.
#'
#' @inheritParams schedule_write
#' @returns A Python object of a class in `keras.optimizers.schedules`.
#' @family ways to keep a schedule
#' @export
#' @examplesIf has_keras()
#' to_keras(learning_rate_schedule_exponential_decay(0.1, 1000, 0.5))
to_keras <- function(schedule) {
  schedule <- check_stored_schedule(schedule)
  twin <- keras_twin(schedule, "`to_keras()`")
  try_python(
    keras_core("`to_keras()`")$to_keras(twin),
    message = "Keras has no schedule like this one."
  )
}
