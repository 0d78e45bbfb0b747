#' Linear warmup over a schedule
#'
#' Replaces the first steps of a schedule with a straight line from `warmup_learning_rate`
#' to the schedule's rate at step `warmup_steps`:
#'
#' \deqn{\eta(s) = \eta_w + \frac{s}{W} \, (a(W) - \eta_w) \quad \textrm{for } s < W}{rate(step) = warmup_learning_rate + step / warmup_steps * (after(warmup_steps) - warmup_learning_rate) for step < warmup_steps}
#'
#' From there on the rate is the schedule's own, \eqn{a(s)}{after(step)}: the schedule counts from step
#' 0, and the warmup does not shift it. Below step 0 the rate is the same as at step 0.
#'
#' \if{html}{\figure{schedule-linear_warmup.svg}{options: width="480" alt="The rate rises in a line for 40 steps until it meets the decay, then follows it; dashed, the decay alone."}}
#'
#' \if{html}{In the picture: \code{learning_rate_schedule_linear_warmup(learning_rate_schedule_exponential_decay(0.1, 60, 0.5), 40, 0)}; dashed, \code{learning_rate_schedule_exponential_decay(0.1, 60, 0.5)}.}
#'
#' @param after_warmup_lr_sched The schedule, or one finite number, 0 or more, for a constant rate.
#' @param warmup_steps The number of training steps (batches, not epochs) of the warmup:
#'   one whole number, 0 or more.
#' @param warmup_learning_rate The rate at step 0: one finite number, 0 or more.
#' @inheritParams learning_rate_schedule_exponential_decay
#' @inherit learning_rate_schedule_exponential_decay return
#' @source `tfm.optimization.lr_schedule.LinearWarmup` in TensorFlow Model Garden.
#' @family schedules of Model Garden
#' @export
#' @examples
#' decay <- learning_rate_schedule_exponential_decay(0.1, decay_steps = 1000, decay_rate = 0.5)
#' schedule <- learning_rate_schedule_linear_warmup(
#'   decay, warmup_steps = 100, warmup_learning_rate = 0
#' )
#' schedule
#' @examplesIf has_numpy()
#' schedule(c(0, 50, 100, 1000))
learning_rate_schedule_linear_warmup <- function(
  after_warmup_lr_sched,
  warmup_steps,
  warmup_learning_rate,
  name = NULL
) {
  new_schedule(
    "LinearWarmup",
    list(
      after_warmup_lr_sched = check_schedule_or_rate(after_warmup_lr_sched),
      warmup_steps = check_steps(warmup_steps),
      warmup_learning_rate = check_rate(warmup_learning_rate),
      name = check_label(name)
    )
  )
}

#' Polynomial warmup over a schedule
#'
#' Replaces the first steps of a schedule with a rise along a power of the step to the
#' schedule's rate at step `warmup_steps`:
#'
#' \deqn{\eta(s) = a(W) \left( \frac{\max(s, 1)}{W} \right)^p \quad \textrm{for } s < W}{rate(step) = after(warmup_steps) * (max(step, 1) / warmup_steps)^power for step < warmup_steps}
#'
#' From there on the rate is the schedule's own, \eqn{a(s)}{after(step)}: the schedule counts from step
#' 0, and the warmup does not shift it. At step 0 the rate is the same as at step 1, not 0.
#'
#' \if{html}{\figure{schedule-polynomial_warmup.svg}{options: width="480" alt="The rate rises in a parabola for 40 steps until it meets the decay, then follows it; dashed, the decay alone."}}
#'
#' \if{html}{In the picture: \code{learning_rate_schedule_polynomial_warmup(learning_rate_schedule_exponential_decay(0.1, 60, 0.5), 40, power = 2)}; dashed, \code{learning_rate_schedule_exponential_decay(0.1, 60, 0.5)}.}
#'
#' @param power The exponent: one finite number, 0 or more.
#' @inheritParams learning_rate_schedule_linear_warmup
#' @inherit learning_rate_schedule_exponential_decay return
#' @source `tfm.optimization.lr_schedule.PolynomialWarmUp` in TensorFlow Model Garden.
#' @family schedules of Model Garden
#' @export
#' @examples
#' schedule <- learning_rate_schedule_polynomial_warmup(0.1, warmup_steps = 100, power = 2)
#' schedule
#' @examplesIf has_numpy()
#' schedule(c(0, 1, 50, 100, 1000))
learning_rate_schedule_polynomial_warmup <- function(
  after_warmup_lr_sched,
  warmup_steps,
  power = 1,
  name = "PolynomialWarmup"
) {
  new_schedule(
    "PolynomialWarmUp",
    list(
      after_warmup_lr_sched = check_schedule_or_rate(after_warmup_lr_sched),
      warmup_steps = check_steps(warmup_steps),
      power = check_non_negative(power),
      name = check_label(name)
    )
  )
}
