#' Convert a schedule to a class of Keras
#'
#' Returns an object of Keras's own class, for a model that will be loaded where this package is
#' not installed. It has the same configuration, and Keras's own arithmetic: in 32 bits, where
#' a drop of a staircase or a restart can come a step late.
#'
#' Keras can express its own six schedules; the same with an offset of 0; piecewise constant rates
#' with `boundary = "right"`, by boundaries one step earlier; and a linear [schedule_warmup()] of
#' cosine decay. Anything else is an error that says why.
#'
#' @inheritParams schedule_write
#' @returns A Python object of a class in `keras.optimizers.schedules`.
#' @family ways to keep a schedule
#' @export
#' @examplesIf has_keras()
#' to_keras(learning_rate_schedule_exponential_decay(0.1, 1000, 0.5))
to_keras <- function(schedule) {
  schedule <- check_stored_schedule(schedule)
  twin <- twin(schedule)
  try_python(core()$to_keras(twin), message = "Keras has no schedule like this one.")
}
