#' Plot a schedule
#'
#' Draws the rate against the training step: as the step function that it is, so that a staircase
#' has flat steps and a restart is a vertical line, however far away it is looked at.
#'
#' @inheritParams schedule_values
#' @param x A learning-rate schedule.
#' @param steps_per_epoch The number of training steps in an epoch, for a second axis in epochs
#'   at the top: one whole number greater than 0, or `NULL`.
#' @param type,xlab,ylab,... Graphical parameters, as in [plot.default()].
#' @returns The data frame that is drawn, as `as.data.frame()` gives it, invisibly.
#' @importFrom graphics axis mtext
#' @export
#' @examples
#' schedule <- learning_rate_schedule_exponential_decay(0.1, 1000, 0.5, staircase = TRUE)
#' @examplesIf reticulate::py_module_available("keras")
#' plot(schedule, steps_per_epoch = 500)
#' plot(schedule, steps = 0:3000, log = "y")
plot.learning_rate_schedule <- function(
  x,
  steps = NULL,
  steps_per_epoch = NULL,
  ...,
  type = "s",
  xlab = "step",
  ylab = "learning rate"
) {
  rates <- rates_table(x, steps, steps_per_epoch)
  plot(rates$step, rates$learning_rate, type = type, xlab = xlab, ylab = ylab, ...)
  if (!is.null(steps_per_epoch)) {
    epochs <- pretty(rates$epoch)
    epochs <- epochs[epochs >= min(rates$epoch) & epochs <= max(rates$epoch)]
    axis(3, at = epochs * steps_per_epoch, labels = epochs)
    mtext("epoch", side = 3, line = 2.5)
  }
  invisible(rates)
}
