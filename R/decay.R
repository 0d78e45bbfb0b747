#' Exponential decay
#'
#' Multiplies the learning rate by `decay_rate` every `decay_steps` steps:
#'
#' \deqn{\eta(s) = \eta_0 \, r^{\,s / T}}{rate(step) = initial_learning_rate * decay_rate^(step / decay_steps)}
#'
#' With `staircase = TRUE` the exponent is \eqn{\lfloor s / T \rfloor}{floor(step / decay_steps)}:
#' the rate falls in stairs, each at exactly its own step, in compiled training too.
#' There is no end: the rate goes on falling (or rising, where `decay_rate > 1`).
#' Below step 0 the rate is `initial_learning_rate`.
#'
#' Known elsewhere as `StepLR(step_size, gamma)` and `ExponentialLR(gamma)` in PyTorch
#' (`staircase = TRUE`, and `decay_steps = 1`), and `exponential_decay()` in optax.
#'
#' @param initial_learning_rate The rate at step 0: one finite number, 0 or more.
#' @param decay_steps The number of training steps (batches, not epochs) in which the
#'   rate is multiplied by `decay_rate` once: one whole number greater than 0.
#' @param decay_rate The factor: one finite number greater than 0.
#' @param staircase Whether the rate falls in stairs: `TRUE` or `FALSE`.
#' @param name A label, kept in the configuration: one string or `NULL`.
#' @returns A [learning_rate_schedule], to be given to an optimizer as its
#'   `learning_rate`, or called with steps.
#' @section Errors:
#' An argument out of its range is an error of class `rlang_error` that names the
#' argument and what was given.
#' @source `keras.optimizers.schedules.ExponentialDecay`, and
#'   `tf.compat.v1.train.exponential_decay` in TensorFlow.
#' @family learning rate schedules
#' @export
#' @examples
#' schedule <- learning_rate_schedule_exponential_decay(
#'   initial_learning_rate = 0.1, decay_steps = 1000, decay_rate = 0.5, staircase = TRUE
#' )
#' schedule
#' @examplesIf reticulate::py_module_available("keras")
#' schedule(c(0, 999, 1000, 2000))
#' plot(schedule, steps_per_epoch = 500)
#' @examplesIf reticulate::py_module_available("keras") && requireNamespace("keras3", quietly = TRUE)
#' optimizer <- keras3::optimizer_sgd(learning_rate = schedule)
learning_rate_schedule_exponential_decay <- function(initial_learning_rate,
                                                     decay_steps,
                                                     decay_rate,
                                                     staircase = FALSE,
                                                     name = "ExponentialDecay") {
  new_schedule("ExponentialDecay", list(
    initial_learning_rate = check_rate(initial_learning_rate),
    decay_steps = check_positive_steps(decay_steps),
    decay_rate = check_positive(decay_rate),
    staircase = check_flag(staircase),
    name = check_label(name)
  ))
}
