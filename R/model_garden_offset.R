#' Exponential decay with an offset
#'
#' Starts [learning_rate_schedule_exponential_decay()] at step `offset`:
#'
#' \deqn{\eta(s) = \textrm{exponential\_decay}(\max(s - o, 0))}{rate(step) = exponential_decay(max(step - offset, 0))}
#'
#' Before step `offset` the rate is `initial_learning_rate`. (TensorFlow Model Garden's class of this
#' name extrapolates there, to rates above the initial one.)
#'
#' \if{html}{\figure{schedule-exponential_decay_with_offset.svg}{options: width="480" alt="The rate stays for 50 steps and then decays; dashed, the same decay from step 0 on."}}
#'
#' \if{html}{In the picture: \code{learning_rate_schedule_exponential_decay_with_offset(50, 0.1, 40, 0.5)}; dashed, \code{learning_rate_schedule_exponential_decay(0.1, 40, 0.5)}.}
#'
#' @param offset The step at which the decay starts: one whole number, 0 or more.
#' @inheritParams learning_rate_schedule_exponential_decay
#' @param decay_steps The number of training steps (batches, not epochs) in which the rate is multiplied
#'   by `decay_rate` once: one whole number greater than 0.
#' @inherit learning_rate_schedule_exponential_decay return
#' @source `tfm.optimization.lr_schedule.ExponentialDecayWithOffset` in TensorFlow Model Garden.
#' @family schedules of Model Garden
#' @export
#' @examples
#' schedule <- learning_rate_schedule_exponential_decay_with_offset(
#'   offset = 500, initial_learning_rate = 0.1, decay_steps = 1000, decay_rate = 0.5
#' )
#' schedule
#' @examplesIf has_numpy()
#' schedule(c(0, 500, 1500))
learning_rate_schedule_exponential_decay_with_offset <- function(
  offset = 0,
  initial_learning_rate,
  decay_steps,
  decay_rate,
  staircase = FALSE,
  name = "ExponentialDecay"
) {
  new_schedule(
    "ExponentialDecayWithOffset",
    c(
      list(offset = check_steps(offset)),
      over_time(
        initial_learning_rate,
        check_positive_whole_steps(decay_steps),
        check_non_negative(decay_rate),
        staircase,
        name
      )
    )
  )
}

#' Polynomial decay with an offset
#'
#' Starts [learning_rate_schedule_polynomial_decay()] at step `offset`:
#'
#' \deqn{\eta(s) = \textrm{polynomial\_decay}(\max(s - o, 0))}{rate(step) = polynomial_decay(max(step - offset, 0))}
#'
#' Before step `offset` the rate is `initial_learning_rate`. (TensorFlow Model Garden's class of this
#' name extrapolates there.)
#'
#' \if{html}{\figure{schedule-polynomial_decay_with_offset.svg}{options: width="480" alt="The rate stays for 50 steps and then falls in a parabola; dashed, the same decay from step 0 on."}}
#'
#' \if{html}{In the picture: \code{learning_rate_schedule_polynomial_decay_with_offset(50, 0.1, 120, power = 2)}; dashed, \code{learning_rate_schedule_polynomial_decay(0.1, 120, power = 2)}.}
#'
#' @inheritParams learning_rate_schedule_exponential_decay_with_offset
#' @inheritParams learning_rate_schedule_polynomial_decay
#' @param decay_steps The number of training steps (batches, not epochs) of the decay: one whole number
#'   greater than 0.
#' @inherit learning_rate_schedule_exponential_decay return
#' @source `tfm.optimization.lr_schedule.PolynomialDecayWithOffset` in TensorFlow Model Garden.
#' @family schedules of Model Garden
#' @export
#' @examples
#' schedule <- learning_rate_schedule_polynomial_decay_with_offset(
#'   offset = 500, initial_learning_rate = 0.1, decay_steps = 1000, end_learning_rate = 0
#' )
#' schedule
#' @examplesIf has_numpy()
#' schedule(c(0, 500, 1000, 1500))
learning_rate_schedule_polynomial_decay_with_offset <- function(
  offset = 0,
  initial_learning_rate,
  decay_steps,
  end_learning_rate = 1e-04,
  power = 1,
  cycle = FALSE,
  name = "PolynomialDecay"
) {
  new_schedule(
    "PolynomialDecayWithOffset",
    c(
      list(offset = check_steps(offset)),
      polynomial(
        initial_learning_rate,
        check_positive_whole_steps(decay_steps),
        end_learning_rate,
        power,
        cycle,
        name
      )
    )
  )
}

#' Cosine decay with an offset
#'
#' Starts [learning_rate_schedule_cosine_decay()], with its warmup, at step `offset`:
#'
#' \deqn{\eta(s) = \textrm{cosine\_decay}(\max(s - o, 0))}{rate(step) = cosine_decay(max(step - offset, 0))}
#'
#' Before step `offset` the rate is the same as at that step. (TensorFlow Model Garden's class of this
#' name extrapolates there.)
#'
#' \if{html}{\figure{schedule-cosine_decay_with_offset.svg}{options: width="480" alt="The rate stays for 50 steps and then falls in half a cosine wave; dashed, the same decay from step 0 on."}}
#'
#' \if{html}{In the picture: \code{learning_rate_schedule_cosine_decay_with_offset(50, 0.1, 120)}; dashed, \code{learning_rate_schedule_cosine_decay(0.1, 120)}.}
#'
#' @param offset The step at which the schedule starts, with its warmup if it has one: one whole number,
#'   0 or more.
#' @inheritParams learning_rate_schedule_exponential_decay_with_offset
#' @inheritParams learning_rate_schedule_cosine_decay
#' @param decay_steps The number of training steps (batches, not epochs) of the decay: one whole number
#'   greater than 0.
#' @param warmup_steps The number of training steps of the warmup: one whole number, 0 or more. Without a
#'   `warmup_target` it must be 0. With 0 steps and a `warmup_target`, the schedule starts at that rate.
#' @inherit learning_rate_schedule_exponential_decay return
#' @source `tfm.optimization.lr_schedule.CosineDecayWithOffset` in TensorFlow Model Garden.
#' @family schedules of Model Garden
#' @export
#' @examples
#' schedule <- learning_rate_schedule_cosine_decay_with_offset(
#'   offset = 500, initial_learning_rate = 0.1, decay_steps = 1000
#' )
#' schedule
#' @examplesIf has_numpy()
#' schedule(c(0, 500, 1000, 1500))
learning_rate_schedule_cosine_decay_with_offset <- function(
  offset = 0,
  initial_learning_rate,
  decay_steps,
  alpha = 0,
  name = "CosineDecay",
  warmup_target = NULL,
  warmup_steps = 0L
) {
  new_schedule(
    "CosineDecayWithOffset",
    c(
      list(offset = check_steps(offset)),
      cosine_with_warmup(
        initial_learning_rate,
        check_positive_whole_steps(decay_steps),
        alpha,
        name,
        warmup_target,
        check_steps(warmup_steps)
      )
    )
  )
}

#' Piecewise constant decay with an offset
#'
#' Counts the boundaries of [learning_rate_schedule_piecewise_constant_decay()] from step `offset`:
#'
#' \deqn{\eta(s) = \textrm{piecewise\_constant\_decay}(\max(s - o, 0))}{rate(step) = piecewise_constant_decay(max(step - offset, 0))}
#'
#' \if{html}{\figure{schedule-piecewise_constant_decay_with_offset.svg}{options: width="480" alt="Three horizontal lines, each lower than the last; dashed, the same 50 steps earlier."}}
#'
#' \if{html}{In the picture: \code{learning_rate_schedule_piecewise_constant_decay_with_offset(50, c(40, 90), c(0.1, 0.05, 0.01))}; dashed, \code{learning_rate_schedule_piecewise_constant_decay(c(40, 90), c(0.1, 0.05, 0.01))}.}
#'
#' @param offset The step from which the boundaries are counted: one whole number, 0 or more.
#' @param boundaries The training steps (batches, not epochs) after which the rate changes, counted from
#'   `offset`: one or more whole numbers, 0 or more, strictly increasing.
#' @inheritParams learning_rate_schedule_piecewise_constant_decay
#' @inherit learning_rate_schedule_exponential_decay return
#' @source `tfm.optimization.lr_schedule.PiecewiseConstantDecayWithOffset` in TensorFlow Model
#'   Garden.
#' @family schedules of Model Garden
#' @export
#' @examples
#' schedule <- learning_rate_schedule_piecewise_constant_decay_with_offset(
#'   offset = 500, boundaries = c(1000, 2000), values = c(0.1, 0.05, 0.01)
#' )
#' schedule
#' @examplesIf has_numpy()
#' schedule(c(0, 1500, 1501, 2501))
learning_rate_schedule_piecewise_constant_decay_with_offset <- function(
  offset = 0,
  boundaries,
  values,
  name = "PiecewiseConstant",
  boundary = "left"
) {
  new_schedule(
    "PiecewiseConstantDecayWithOffset",
    c(
      list(offset = check_steps(offset)),
      piecewise_constant(check_boundaries(boundaries), values, name, boundary)
    )
  )
}
