#' The rates of a schedule
#'
#' `schedule_values()` returns the rates at some steps, `as.data.frame()` a table of them, and
#' `summary()` such a table of five steps, from 0 to where the schedule's shape ends.
#'
#' @param schedule,x,object A learning-rate schedule.
#' @param steps Whole numbers, the training steps, counted from 0. By default, the steps that show
#'   the schedule's shape (up to five times its `decay_steps`, say): all of up to 4000, and of more
#'   the first, the lowest, the highest and the last of each of 1000 equal parts, which draw the
#'   same picture. Up to a million steps, all are looked at to find these; beyond, the steps at
#'   which the schedule turns or jumps, and others at even distances. A schedule of a class that is
#'   not this package's is asked for at most 1000, at even distances.
#' @param steps_per_epoch The number of training steps in an epoch, to show epochs beside the
#'   steps: one whole number greater than 0, or `NULL`.
#' @param row.names,optional,... Not used.
#' @returns `schedule_values()`: a double vector, one rate for each step, as `schedule(steps)`
#'   gives. `as.data.frame()`: a data frame with the columns `step` and `learning_rate`,
#'   and between them `epoch`, `step / steps_per_epoch`, where `steps_per_epoch` is given.
#'   `summary()`: such a data frame too.
#' @references Jugel, Jerzak, Hackenbroich and Markl (2014), "M4: A Visualization-Oriented Time
#'   Series Data Aggregation", Proceedings of the VLDB Endowment 7(10).
#' @export
#' @examples
#' schedule <- learning_rate_schedule_exponential_decay(0.1, 1000, 0.5)
#' @examplesIf reticulate::py_module_available("keras")
#' schedule_values(schedule, 0:3)
#' as.data.frame(schedule, steps = c(0, 500, 1000), steps_per_epoch = 500)
#' summary(schedule)
schedule_values <- function(schedule, steps = NULL) {
  schedule <- check_stored_schedule(schedule)
  rates_table(schedule, steps, NULL)$learning_rate
}

#' @rdname schedule_values
#' @export
as.data.frame.learning_rate_schedule <- function(
  x,
  row.names = NULL,
  optional = FALSE,
  ...,
  steps = NULL,
  steps_per_epoch = NULL
) {
  check_dots_empty()
  if (!is.null(row.names)) {
    abort_argument(
      row.names,
      "NULL; steps are given by name, as {.code steps = }",
      "row.names",
      current_env()
    )
  }
  rates_table(x, steps, steps_per_epoch)
}

#' @rdname schedule_values
#' @export
summary.learning_rate_schedule <- function(object, ..., steps_per_epoch = NULL) {
  check_dots_empty()
  horizon <- ceiling(python_member(object, "horizon"))
  rates_table(object, unique(round(seq(0, horizon, length.out = 5))), steps_per_epoch)
}

rates_table <- function(schedule, steps, steps_per_epoch, call = caller_env()) {
  if (!is.null(steps_per_epoch)) {
    steps_per_epoch <- check_positive_whole_steps(steps_per_epoch, call = call)
  }
  table <- if (is.null(steps)) {
    rates_shown(schedule, call)
  } else {
    steps <- check_steps_to_evaluate(steps, call = call)
    list(step = steps, learning_rate = rates_at(schedule, steps, call))
  }
  if (!is.null(steps_per_epoch)) {
    epoch <- table$step / steps_per_epoch
    table <- list(step = table$step, epoch = epoch, learning_rate = table$learning_rate)
  }
  list2DF(table)
}
