# Methods for the schedule objects of Keras's own classes, as keras3 makes them. Each converts the object
# to a schedule. The name of the class contains dots, so each method is registered together with its
# function.

# Share one function with our schedules: if the operands had different methods, R would use neither.
#' @rawNamespace S3method(Ops,
#'   keras.src.optimizers.schedules.learning_rate_schedule.LearningRateSchedule,
#'   Ops.learning_rate_schedule)
NULL

# max() and min() call range(), which converts the objects.
#' @rawNamespace S3method(Summary,
#'   keras.src.optimizers.schedules.learning_rate_schedule.LearningRateSchedule,
#'   Summary.learning_rate_schedule)
NULL

#' @rawNamespace S3method(as.data.frame,
#'   keras.src.optimizers.schedules.learning_rate_schedule.LearningRateSchedule, as_data_frame_for_keras)
as_data_frame_for_keras <- function(x, ...) {
  as.data.frame(as_learning_rate_schedule(x), ...)
}

#' @rawNamespace S3method(ggplot2::autoplot,
#'   keras.src.optimizers.schedules.learning_rate_schedule.LearningRateSchedule, autoplot_for_keras)
autoplot_for_keras <- function(object, ...) {
  ggplot2::autoplot(as_learning_rate_schedule(object), ...)
}

#' @rawNamespace S3method(lines,
#'   keras.src.optimizers.schedules.learning_rate_schedule.LearningRateSchedule, lines_for_keras)
lines_for_keras <- function(x, ...) {
  lines(as_learning_rate_schedule(x), ...)
}

#' @rawNamespace S3method(mean,
#'   keras.src.optimizers.schedules.learning_rate_schedule.LearningRateSchedule, mean_for_keras)
mean_for_keras <- function(x, ...) {
  mean(as_learning_rate_schedule(x), ...)
}

#' @rawNamespace S3method(plot,
#'   keras.src.optimizers.schedules.learning_rate_schedule.LearningRateSchedule, plot_for_keras)
plot_for_keras <- function(x, ...) {
  plot(as_learning_rate_schedule(x), ...)
}

#' @rawNamespace S3method(points,
#'   keras.src.optimizers.schedules.learning_rate_schedule.LearningRateSchedule, points_for_keras)
points_for_keras <- function(x, ...) {
  points(as_learning_rate_schedule(x), ...)
}

#' @rawNamespace S3method(range,
#'   keras.src.optimizers.schedules.learning_rate_schedule.LearningRateSchedule, range_for_keras)
range_for_keras <- function(..., na.rm = FALSE) {
  schedules <- lapply(list(...), function(x) {
    if (is_python_schedule(x)) as_learning_rate_schedule(x) else x
  })
  do.call(range, schedules)
}

#' @rawNamespace S3method(summary,
#'   keras.src.optimizers.schedules.learning_rate_schedule.LearningRateSchedule, summary_for_keras)
summary_for_keras <- function(object, ...) {
  summary(as_learning_rate_schedule(object), ...)
}

#' @rawNamespace S3method(update,
#'   keras.src.optimizers.schedules.learning_rate_schedule.LearningRateSchedule, update_for_keras)
update_for_keras <- function(object, ...) {
  update(as_learning_rate_schedule(object), ...)
}
