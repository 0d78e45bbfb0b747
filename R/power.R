#' Power of the step
#'
#' Multiplies a rate by a power of the training step. **With the default `power = 1` the rate rises
#' without end**: from 0.1 at step 1 to 10 at step 100. For a decay, give a negative `power`.
#'
#' \deqn{\eta(s) = \eta_0 \, \max(s, 1)^p}{rate(step) = initial_learning_rate * max(step, 1)^power}
#'
#' With a negative `power` the rate falls without end.
#'
#' \if{html}{\figure{schedule-direct_power_decay.svg}{options: width="480" alt="The rate falls fast at first and then slowly; dashed, with a power nearer to 0, more slowly."}}
#'
#' \if{html}{In the picture: \code{learning_rate_schedule_direct_power_decay(0.1, power = -0.5)}; dashed, \code{learning_rate_schedule_direct_power_decay(0.1, power = -0.25)}.}
#'
#' @param initial_learning_rate The rate at steps 0 and 1: one finite number, 0 or more.
#' @param power The exponent: one finite number, small enough for a rate of at most 1e38
#'   at step 2^53.
#' @inheritParams learning_rate_schedule_exponential_decay
#' @inherit learning_rate_schedule_exponential_decay return
#' @source `tfm.optimization.lr_schedule.DirectPowerDecay` in TensorFlow Model Garden.
#' @family schedules of Model Garden
#' @export
#' @examples
#' schedule <- learning_rate_schedule_direct_power_decay(0.1, power = -0.5)
#' schedule
#' @examplesIf has_numpy()
#' schedule(c(0, 1, 4, 100))
learning_rate_schedule_direct_power_decay <- function(
  initial_learning_rate,
  power = 1,
  name = "DirectPowerDecay"
) {
  config <- list(
    initial_learning_rate = check_rate(initial_learning_rate),
    power = check_finite(power),
    name = check_label(name)
  )
  check_largest_rate(config$power, config$initial_learning_rate, MAX_STEP)
  new_schedule("DirectPowerDecay", config)
}

#' Power of the step, ending linearly
#'
#' Multiplies a rate by a power of the steps after `offset`, and by a straight line down to 0 at the
#' end. **With the default `power = 1` the rate rises first**: with 1,000 steps, from 0.1 to 90 at step
#' 900. For a decay, give a negative `power`.
#'
#' With \eqn{x = s - o}{x = step - offset},
#'
#' \deqn{\eta(s) = \eta_0 \, \max(x, 1)^p \, \min\left(\max\left(\frac{T - x}{T f}, 0\right), 1\right)}{rate(step) = initial_learning_rate * max(x, 1)^power * min(max((total_decay_steps - x) / (total_decay_steps * linear_decay_fraction), 0), 1)}
#'
#' From \eqn{x = T}{x = total_decay_steps} on the rate is 0. With `linear_decay_fraction = 0`
#' the last factor is missing, and the schedule has no end.
#'
#' \if{html}{\figure{schedule-power_and_linear_decay.svg}{options: width="480" alt="The rate falls with a power of the step, dashed, and then in a line down to 0 at step 200."}}
#'
#' \if{html}{In the picture: \code{learning_rate_schedule_power_and_linear_decay(0.1, 200, power = -0.25, linear_decay_fraction = 0.4)}; dashed, \code{learning_rate_schedule_direct_power_decay(0.1, power = -0.25)}.}
#'
#' @param initial_learning_rate The factor of the power: one finite number, 0 or more.
#' @param total_decay_steps The number of training steps (batches, not epochs) from `offset` until the
#'   rate is 0: one whole number greater than 0.
#' @param power The exponent: one finite number, small enough for a rate of at most 1e38
#'   at the end, or at step 2^53 if the schedule has no end.
#' @param linear_decay_fraction The last fraction of `total_decay_steps`, in which the line falls: one
#'   number from 0 to 1.
#' @param offset The step at which the schedule starts counting: one whole number, 0 or more.
#' @inheritParams learning_rate_schedule_exponential_decay
#' @inherit learning_rate_schedule_exponential_decay return
#' @source `tfm.optimization.lr_schedule.PowerAndLinearDecay` in TensorFlow Model Garden.
#' @family schedules of Model Garden
#' @export
#' @examples
#' schedule <- learning_rate_schedule_power_and_linear_decay(
#'   initial_learning_rate = 0.1, total_decay_steps = 1000, power = -0.5
#' )
#' schedule
#' @examplesIf has_numpy()
#' schedule(c(0, 1, 100, 900, 950, 1000))
learning_rate_schedule_power_and_linear_decay <- function(
  initial_learning_rate,
  total_decay_steps,
  power = 1,
  linear_decay_fraction = 0.1,
  offset = 0,
  name = "PowerAndLinearDecay"
) {
  config <- list(
    initial_learning_rate = check_rate(initial_learning_rate),
    total_decay_steps = check_positive_whole_steps(total_decay_steps),
    power = check_finite(power),
    linear_decay_fraction = check_fraction(linear_decay_fraction),
    offset = check_steps(offset),
    name = check_label(name)
  )
  last <- if (config$linear_decay_fraction > 0) config$total_decay_steps else MAX_STEP
  check_largest_rate(config$power, config$initial_learning_rate, last)
  new_schedule("PowerAndLinearDecay", config)
}

#' Power of the steps after an offset
#'
#' Holds one rate up to step `offset`, then follows a power of the steps after it. **The defaults are
#' those of TensorFlow Model Garden, and unusable for training**: the first rate is 1e6, and with
#' `power = 1` the rate after `offset` rises up to 1e6. Give `pre_offset_learning_rate` and a negative
#' `power`.
#'
#' \deqn{\eta(s) = \min(\eta_0 \, (s - o)^p, \eta_b) \quad \textrm{for } s > o}{rate(step) = min(initial_learning_rate * (step - offset)^power, pre_offset_learning_rate) for step > offset}
#'
#' and \eqn{\eta_b}{pre_offset_learning_rate} for \eqn{s \le o}{step <= offset}.
#'
#' \if{html}{\figure{schedule-power_decay_with_offset.svg}{options: width="480" alt="The rate stays at 0.1 up to step 55, and falls with a power of the steps after 30."}}
#'
#' \if{html}{In the picture: \code{learning_rate_schedule_power_decay_with_offset(0.5, -0.5, offset = 30, pre_offset_learning_rate = 0.1)}.}
#'
#' @param initial_learning_rate The factor of the power: one finite number, 0 or more. It is the rate at step
#'   `offset + 1` unless `pre_offset_learning_rate` is lower.
#' @param power The exponent: one finite number.
#' @param offset The last step with `pre_offset_learning_rate`: one whole number, 0 or more.
#' @param pre_offset_learning_rate The rate up to step `offset`, and the highest rate after it: one
#'   finite number, 0 or more.
#' @inheritParams learning_rate_schedule_exponential_decay
#' @inherit learning_rate_schedule_exponential_decay return
#' @source `tfm.optimization.lr_schedule.PowerDecayWithOffset` in TensorFlow Model Garden.
#' @family schedules of Model Garden
#' @export
#' @examples
#' schedule <- learning_rate_schedule_power_decay_with_offset(
#'   initial_learning_rate = 0.1, power = -0.5, offset = 100, pre_offset_learning_rate = 0.05
#' )
#' schedule
#' @examplesIf has_numpy()
#' schedule(c(0, 100, 101, 104, 200))
learning_rate_schedule_power_decay_with_offset <- function(
  initial_learning_rate,
  power = 1,
  offset = 0,
  pre_offset_learning_rate = 1e6,
  name = "PowerDecayWithOffset"
) {
  new_schedule(
    "PowerDecayWithOffset",
    list(
      initial_learning_rate = check_rate(initial_learning_rate),
      power = check_finite(power),
      offset = check_steps(offset),
      pre_offset_learning_rate = check_rate(pre_offset_learning_rate),
      name = check_label(name)
    )
  )
}

#' Inverse square root decay
#'
#' Raises the rate in a straight line for `warmup_steps` steps, then lowers it with the inverse square
#' root of the step:
#'
#' \deqn{\eta(s) = \eta_0 \, s / W \quad \textrm{for } s < W}{rate(step) = initial_learning_rate * step / warmup_steps for step < warmup_steps}
#'
#' \deqn{\eta(s) = \eta_0 \Big/ \sqrt{\frac{s + \tau - W}{\tau}} \quad \textrm{for } s \ge W}{rate(step) = initial_learning_rate / sqrt((step + timescale - warmup_steps) / timescale) for step >= warmup_steps}
#'
#' The peak, `initial_learning_rate`, is at step `warmup_steps`. After it the rate falls without end.
#'
#' Known elsewhere as `get_inverse_sqrt_schedule()` in Hugging Face transformers, and with
#' the default `timescale` as Noam, the schedule of "Attention Is All You Need".
#'
#' \if{html}{\figure{schedule-inverse_sqrt_decay.svg}{options: width="480" alt="The rate rises for 20 steps, and falls with one over the square root of the step."}}
#'
#' \if{html}{In the picture: \code{learning_rate_schedule_inverse_sqrt_decay(0.1, warmup_steps = 20)}.}
#'
#' @param initial_learning_rate The rate at the end of the warmup: one finite number, 0 or more.
#' @param timescale How slowly the rate falls: it is half the peak `3 * timescale` steps after the
#'   peak. One whole number greater than 0, or `NULL` for `warmup_steps` (10,000 without a warmup).
#' @inheritParams learning_rate_schedule_linear_warmup
#' @inherit learning_rate_schedule_exponential_decay return
#' @source `transformers.get_inverse_sqrt_schedule()` by Hugging Face.
#' @references Vaswani and others (2017), "Attention Is All You Need",
#'   \doi{10.48550/arXiv.1706.03762}.
#' @family schedules of other libraries
#' @concept noam
#' @concept rsqrt
#' @concept get_inverse_sqrt_schedule
#' @concept transformer
#' @export
#' @examples
#' schedule <- learning_rate_schedule_inverse_sqrt_decay(0.1, warmup_steps = 100)
#' schedule
#' @examplesIf has_numpy()
#' schedule(c(0, 50, 100, 400, 10000))
learning_rate_schedule_inverse_sqrt_decay <- function(
  initial_learning_rate,
  warmup_steps = 0,
  timescale = NULL,
  name = "InverseSqrtDecay"
) {
  config <- list(
    initial_learning_rate = check_rate(initial_learning_rate),
    warmup_steps = check_steps(warmup_steps),
    timescale = check_timescale(timescale),
    name = check_label(name)
  )
  if (is.null(timescale)) {
    config$timescale <- if (config$warmup_steps > 0) config$warmup_steps else 10000
  }
  new_schedule("InverseSqrtDecay", config)
}

check_timescale <- function(x, arg = caller_arg(x), call = caller_env()) {
  if (!is.null(x)) check_positive_whole_steps(x, arg, call)
}

# The exponent must keep the rate finite up to step `last`, also in 32 bits.
check_largest_rate <- function(power, initial_learning_rate, last, call = caller_env()) {
  rate <- initial_learning_rate * last^power
  if (is.na(rate) || rate > 1e38) {
    step <- if (last == MAX_STEP) "2^53" else in_prose(last)
    requirement <- paste("small enough for a rate of at most 1e38 at step", step)
    abort_argument(power, requirement, "power", call)
  }
}
