#' Exponential decay, smooth or in steps
#'
#' Multiplies the learning rate by `decay_rate` every `decay_steps` steps:
#'
#' \deqn{\eta(s) = \eta_0 \, r^{\,s / T}}{rate(step) = initial_learning_rate * decay_rate^(step / decay_steps)}
#'
#' With `staircase = TRUE` the exponent is \eqn{\lfloor s / T \rfloor}{floor(step / decay_steps)}:
#' the rate falls in a staircase, with every drop at its exact step, also in compiled training. Step
#' `decay_steps` already has the lower rate. (With [learning_rate_schedule_piecewise_constant_decay()],
#' a boundary step still has the earlier rate.) The rate falls without end or, if `decay_rate > 1`,
#' rises to at most 1e38. Below step 0 the rate is `initial_learning_rate`.
#'
#' Known elsewhere as `StepLR(step_size, gamma)` (with `staircase = TRUE`) and `ExponentialLR(gamma)`
#' (with `decay_steps = 1`) in PyTorch, and `exponential_decay()` in optax.
#'
#' \if{html}{\figure{schedule-exponential_decay.svg}{options: width="480" alt="The rate halves every 40 steps: in a staircase, and dashed in a smooth curve through its corners."}}
#'
#' \if{html}{In the picture: \code{learning_rate_schedule_exponential_decay(0.1, 40, 0.5, staircase = TRUE)}; dashed, \code{learning_rate_schedule_exponential_decay(0.1, 40, 0.5)}.}
#'
#' @param initial_learning_rate The rate at step 0: one finite number, 0 or more.
#' @param decay_steps The number of training steps (batches, not epochs) in which the
#'   rate is multiplied by `decay_rate` once: one number, 1 or more. A fraction is cut off, as in
#'   keras3, but with a message.
#' @param decay_rate The factor: one finite number, 0 or more.
#' @param staircase Whether the rate falls in a staircase, once per period: `TRUE` or `FALSE`.
#' @param name A label, kept in the configuration: one string or `NULL`.
#' @returns A [learning-rate schedule][learning-rate-schedules]: pass it to an optimizer as its `learning_rate`, or call it
#'   with steps. Invalid arguments are errors.
#' @source `keras.optimizers.schedules.ExponentialDecay`, and
#'   `tf.compat.v1.train.exponential_decay` in TensorFlow.
#' @family schedules of Keras
#' @concept step_decay
#' @concept step_size
#' @concept gamma
#' @concept StepLR
#' @concept ExponentialLR
#' @concept lr_step
#' @concept exponential_lr
#' @export
#' @examples
#' schedule <- learning_rate_schedule_exponential_decay(
#'   initial_learning_rate = 0.1, decay_steps = 1000, decay_rate = 0.5, staircase = TRUE
#' )
#' schedule
#' @examplesIf has_numpy()
#' schedule(c(0, 999, 1000, 2000))
#' plot(schedule, steps_per_epoch = 500)
#' @examplesIf has_keras() && requireNamespace("keras3", quietly = TRUE)
#' optimizer <- keras3::optimizer_sgd(learning_rate = schedule)
learning_rate_schedule_exponential_decay <- function(
  initial_learning_rate,
  decay_steps,
  decay_rate,
  staircase = FALSE,
  name = "ExponentialDecay"
) {
  new_schedule(
    "ExponentialDecay",
    over_time(
      initial_learning_rate,
      check_keras_positive_steps(decay_steps),
      check_non_negative(decay_rate, why = "Powers of it would be negative, or not a number."),
      staircase,
      name
    )
  )
}

# The configuration of a decay over time. The caller has checked `decay_steps` and `decay_rate`.
over_time <- function(
  initial_learning_rate,
  decay_steps,
  decay_rate,
  staircase,
  name,
  call = caller_env()
) {
  list(
    initial_learning_rate = check_rate(initial_learning_rate, call = call),
    decay_steps = decay_steps,
    decay_rate = decay_rate,
    staircase = check_flag(staircase, call = call),
    name = check_label(name, call = call)
  )
}

#' Inverse time decay, smooth or in steps
#'
#' Divides the learning rate by a number that grows in proportion to the step:
#'
#' \deqn{\eta(s) = \frac{\eta_0}{1 + k \, s / T}}{rate(step) = initial_learning_rate / (1 + decay_rate * step / decay_steps)}
#'
#' With `staircase = TRUE`, \eqn{s / T}{step / decay_steps} is rounded down: the rate falls in a
#' staircase, with every drop at its exact step, also in compiled training. The rate falls towards 0
#' without end. Below step 0 it is `initial_learning_rate`.
#'
#' Known elsewhere as the `decay` of Keras 1's optimizers (`decay_steps = 1`).
#'
#' \if{html}{\figure{schedule-inverse_time_decay.svg}{options: width="480" alt="The rate falls ever more slowly: in a staircase, and dashed in a smooth curve through its corners."}}
#'
#' \if{html}{In the picture: \code{learning_rate_schedule_inverse_time_decay(0.1, 40, 1, staircase = TRUE)}; dashed, \code{learning_rate_schedule_inverse_time_decay(0.1, 40, 1)}.}
#'
#' @inheritParams learning_rate_schedule_exponential_decay
#' @param decay_steps The number of training steps (batches, not epochs) in one period: one
#'   number from 1e-6 to 2^53. A fraction counts, as in keras3.
#' @param decay_rate How much the divisor grows per period: one finite number, 0 or more.
#' @inherit learning_rate_schedule_exponential_decay return
#' @source `keras.optimizers.schedules.InverseTimeDecay`, and
#'   `tf.compat.v1.train.inverse_time_decay` in TensorFlow.
#' @family schedules of Keras
#' @export
#' @examples
#' schedule <- learning_rate_schedule_inverse_time_decay(
#'   initial_learning_rate = 0.1, decay_steps = 1000, decay_rate = 0.5
#' )
#' schedule
#' @examplesIf has_numpy()
#' schedule(c(0, 2000, 6000))
learning_rate_schedule_inverse_time_decay <- function(
  initial_learning_rate,
  decay_steps,
  decay_rate,
  staircase = FALSE,
  name = "InverseTimeDecay"
) {
  new_schedule(
    "InverseTimeDecay",
    over_time(
      initial_learning_rate,
      check_positive_steps(decay_steps),
      check_non_negative(decay_rate, why = "The rate would become infinite, and then negative."),
      staircase,
      name
    )
  )
}

#' Natural exponential decay, smooth or in steps
#'
#' Multiplies the learning rate by a power of e:
#'
#' \deqn{\eta(s) = \eta_0 \, e^{-k \, s / T}}{rate(step) = initial_learning_rate * exp(-decay_rate * step / decay_steps)}
#'
#' With `staircase = TRUE`, \eqn{s / T}{step / decay_steps} is rounded down: the rate falls in a
#' staircase, with every drop at its exact step, also in compiled training. The rate falls towards 0
#' without end. Below step 0 it is `initial_learning_rate`.
#'
#' \if{html}{\figure{schedule-natural_exp_decay.svg}{options: width="480" alt="The rate is about halved every 40 steps: in a staircase, and dashed in a smooth curve."}}
#'
#' \if{html}{In the picture: \code{learning_rate_schedule_natural_exp_decay(0.1, 40, 0.7, staircase = TRUE)}; dashed, \code{learning_rate_schedule_natural_exp_decay(0.1, 40, 0.7)}.}
#'
#' @inheritParams learning_rate_schedule_inverse_time_decay
#' @param decay_steps The number of training steps (batches, not epochs) in one period: one
#'   whole number greater than 0.
#' @param decay_rate How much the exponent of e falls per period: one finite number, 0 or more.
#' @inherit learning_rate_schedule_exponential_decay return
#' @source `tf.compat.v1.train.natural_exp_decay` in TensorFlow.
#' @family schedules of TensorFlow 1
#' @export
#' @examples
#' schedule <- learning_rate_schedule_natural_exp_decay(
#'   initial_learning_rate = 0.1, decay_steps = 1000, decay_rate = 0.5
#' )
#' schedule
#' @examplesIf has_numpy()
#' schedule(c(0, 2000, 4000))
learning_rate_schedule_natural_exp_decay <- function(
  initial_learning_rate,
  decay_steps,
  decay_rate,
  staircase = FALSE,
  name = "NaturalExpDecay"
) {
  new_schedule(
    "NaturalExpDecay",
    over_time(
      initial_learning_rate,
      check_positive_whole_steps(decay_steps),
      check_non_negative(decay_rate),
      staircase,
      name
    )
  )
}

#' Polynomial decay, once or in cycles
#'
#' Lowers the learning rate to an end rate along a power of the remaining steps:
#'
#' \deqn{\eta(s) = (\eta_0 - \eta_e) \left(1 - \frac{\min(s, T)}{T}\right)^{p} + \eta_e}{rate(step) = (initial_learning_rate - end_learning_rate) * (1 - min(step, decay_steps) / decay_steps)^power + end_learning_rate}
#'
#' From step `decay_steps` on the rate is `end_learning_rate`. With `cycle = TRUE` it has exactly this
#' rate at each multiple of `decay_steps`, and then a new, longer decay starts: the n-th decay has
#' \eqn{n T}{n * decay_steps} instead of \eqn{T}{decay_steps} in the formula, so from the second
#' decay on the rate jumps up at step \eqn{(n - 1) T + 1}{(n - 1) * decay_steps + 1}, by less each
#' time. Below step 0 the rate is `initial_learning_rate`.
#'
#' Known elsewhere as `LinearLR` and `PolynomialLR` in PyTorch, and `linear_schedule()` and
#' `polynomial_schedule()` in optax.
#'
#' \if{html}{\figure{schedule-polynomial_decay.svg}{options: width="480" alt="The rate falls to 0.01 at step 150 and stays there: in a parabola, and dashed in a straight line."}}
#'
#' \if{html}{In the picture: \code{learning_rate_schedule_polynomial_decay(0.1, 150, 0.01, power = 2)}; dashed, \code{learning_rate_schedule_polynomial_decay(0.1, 150, 0.01)}.}
#'
#' @inheritParams learning_rate_schedule_exponential_decay
#' @param decay_steps The number of training steps (batches, not epochs) until the end rate: one
#'   number, 1 or more. A fraction is cut off, as in keras3, but with a message.
#' @param end_learning_rate The rate at the end: one finite number, 0 or more.
#' @param power The exponent: one finite number, 0 or more; 1 is a straight line, and with 0 the
#'   rate never changes.
#' @param cycle Whether to start again at the end: `TRUE` or `FALSE`.
#' @inherit learning_rate_schedule_exponential_decay return
#' @source `keras.optimizers.schedules.PolynomialDecay`, and
#'   `tf.compat.v1.train.polynomial_decay` in TensorFlow.
#' @family schedules of Keras
#' @concept PolynomialLR
#' @concept linear_decay
#' @concept lr_polynomial
#' @concept min_lr
#' @concept end_lr
#' @concept get_linear_schedule_with_warmup
#' @export
#' @examples
#' schedule <- learning_rate_schedule_polynomial_decay(
#'   initial_learning_rate = 0.1, decay_steps = 1000, end_learning_rate = 0.01, power = 2
#' )
#' schedule
#' @examplesIf has_numpy()
#' schedule(c(0, 500, 1000, 1001))
learning_rate_schedule_polynomial_decay <- function(
  initial_learning_rate,
  decay_steps,
  end_learning_rate = 1e-04,
  power = 1,
  cycle = FALSE,
  name = "PolynomialDecay"
) {
  new_schedule(
    "PolynomialDecay",
    polynomial(
      initial_learning_rate,
      check_keras_positive_steps(decay_steps),
      end_learning_rate,
      power,
      cycle,
      name
    )
  )
}

# The configuration, also used by the schedule with an offset. The caller has checked `decay_steps`.
polynomial <- function(
  initial_learning_rate,
  decay_steps,
  end_learning_rate,
  power,
  cycle,
  name,
  call = caller_env()
) {
  list(
    initial_learning_rate = check_rate(initial_learning_rate, call = call),
    decay_steps = decay_steps,
    end_learning_rate = check_rate(end_learning_rate, call = call),
    power = check_non_negative(power, call = call, why = "The rate would become infinite."),
    cycle = check_flag(cycle, call = call),
    name = check_label(name, call = call)
  )
}
