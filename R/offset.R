#' Exponential decay that starts at an offset
#'
#' [learning_rate_schedule_exponential_decay()], starting at step `offset`:
#'
#' \deqn{\eta(s) = \eta_0 \, r^{\,\max(s - o, 0) / T}}{rate(step) = initial_learning_rate * decay_rate^(max(step - offset, 0) / decay_steps)}
#'
#' Before the offset the rate is `initial_learning_rate`. (TensorFlow Model Garden's class
#' of this name extrapolates there, to rates above the initial one.)
#'
#' @param offset The step at which the decay starts: one whole number, 0 or more.
#' @inheritParams learning_rate_schedule_exponential_decay
#' @inherit learning_rate_schedule_exponential_decay return
#' @inheritSection learning_rate_schedule_exponential_decay Errors
#' @source `tfm.optimization.lr_schedule.ExponentialDecayWithOffset` in TensorFlow Model Garden.
#' @family learning rate schedules
#' @export
#' @examples
#' schedule <- learning_rate_schedule_exponential_decay_with_offset(
#'   offset = 500, initial_learning_rate = 0.1, decay_steps = 1000, decay_rate = 0.5
#' )
#' schedule
#' @examplesIf reticulate::py_module_available("keras")
#' schedule(c(0, 500, 1500))
learning_rate_schedule_exponential_decay_with_offset <- function(offset = 0,
                                                                 initial_learning_rate,
                                                                 decay_steps,
                                                                 decay_rate,
                                                                 staircase = FALSE,
                                                                 name = "ExponentialDecay") {
  new_schedule("ExponentialDecayWithOffset", list(
    offset = check_step_count(offset),
    initial_learning_rate = check_rate(initial_learning_rate),
    decay_steps = check_positive_steps(decay_steps),
    decay_rate = check_positive(decay_rate),
    staircase = check_flag(staircase),
    name = check_label(name)
  ))
}
