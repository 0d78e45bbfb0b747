#' Piecewise constant rates between boundaries
#'
#' Holds one rate up to each boundary, then the next one:
#'
#' \deqn{\eta(s) = v_i \quad \textrm{for } b_{i-1} < s \le b_i}{rate(step) = values[i] for boundaries[i - 1] < step <= boundaries[i]}
#'
#' The first value holds up to the first boundary, the last value after the last boundary. A
#' boundary step still has the earlier value. With `boundary = "right"`, as in PyTorch and optax, it
#' already has the next one: \eqn{b_{i-1} \le s < b_i}{boundaries[i - 1] <= step < boundaries[i]}.
#' In a staircase of [learning_rate_schedule_exponential_decay()], the step of a drop also has the next
#' rate.
#'
#' Known elsewhere as `MultiStepLR(milestones, gamma)` in PyTorch and
#' `piecewise_constant_schedule()` in optax, both with `boundary = "right"`.
#'
#' \if{html}{\figure{schedule-piecewise_constant_decay.svg}{options: width="480" alt="Three horizontal lines, each lower than the last."}}
#'
#' \if{html}{In the picture: \code{learning_rate_schedule_piecewise_constant_decay(c(60, 120), c(0.1, 0.05, 0.01))}.}
#'
#' @param boundaries The training steps (batches, not epochs) after which the rate changes:
#'   one or more numbers, 0 or more, whose whole parts are strictly increasing. Fractions are cut off,
#'   as in Keras, but with a message.
#' @param values The rates: finite numbers, 0 or more, one more than there are boundaries.
#' @param name A label, kept in the configuration: one string or `NULL`.
#' @param boundary Whether a boundary step has the earlier value (`"left"`) or the later one (`"right"`).
#' @inherit learning_rate_schedule_exponential_decay return
#' @source `keras.optimizers.schedules.PiecewiseConstantDecay`, and
#'   `tf.compat.v1.train.piecewise_constant` in TensorFlow.
#' @family schedules of Keras
#' @concept step_decay
#' @concept milestones
#' @concept MultiStepLR
#' @concept lr_multistep
#' @concept piecewise_constant
#' @concept drop every few epochs
#' @export
#' @examples
#' schedule <- learning_rate_schedule_piecewise_constant_decay(c(1000, 2000), c(0.1, 0.05, 0.01))
#' schedule
#' @examplesIf has_numpy()
#' schedule(c(0, 1000, 1001, 2000, 2001))
learning_rate_schedule_piecewise_constant_decay <- function(
  boundaries,
  values,
  name = "PiecewiseConstant",
  boundary = "left"
) {
  new_schedule(
    "PiecewiseConstantDecay",
    piecewise_constant(check_keras_boundaries(boundaries), values, name, boundary)
  )
}

# The configuration, also used by the schedule with an offset. The caller has checked `boundaries`.
piecewise_constant <- function(boundaries, values, name, boundary, call = caller_env()) {
  config <- list(
    boundaries = boundaries,
    values = check_rates(values, call = call),
    name = check_label(name, call = call),
    boundary = check_one_of(boundary, c("left", "right"), call = call)
  )
  check_lengths(config$values, config$boundaries, more = 1L, call)
  config
}

#' Interpolation between rates at given steps
#'
#' Moves the rate from value to value, in straight lines or half cosine waves. Between two boundaries
#' with the values \eqn{a} and \eqn{e}, where \eqn{q} is the completed fraction of the way,
#'
#' \deqn{\eta(s) = a + (e - a) \, q}{rate(step) = a + (e - a) * q}
#'
#' and with `interpolation = "cosine"`
#'
#' \deqn{\eta(s) = e + (a - e) \, (1 + \cos \pi q) / 2}{rate(step) = e + (a - e) * (1 + cos(pi * q)) / 2}
#'
#' Before the first boundary the rate is the first value; from the last boundary on it is the last
#' value. At each boundary the rate is exactly that boundary's value.
#'
#' Known elsewhere as `piecewise_interpolate_schedule()` in optax, where the values are
#' given as factors.
#'
#' \if{html}{\figure{schedule-piecewise_interpolate.svg}{options: width="480" alt="From value to value, up and then down, in half cosine waves; dashed, in straight lines."}}
#'
#' \if{html}{In the picture: \code{learning_rate_schedule_piecewise_interpolate(c(0, 40, 180), c(0.01, 0.1, 0.02), "cosine")}; dashed, \code{learning_rate_schedule_piecewise_interpolate(c(0, 40, 180), c(0.01, 0.1, 0.02))}.}
#'
#' @param values The rates at the boundaries: finite numbers, 0 or more, one for each boundary.
#' @param boundaries The training steps (batches, not epochs) at which the rate takes the
#'   values: one or more whole numbers, 0 or more, strictly increasing.
#' @param interpolation `"linear"` or `"cosine"`.
#' @inheritParams learning_rate_schedule_piecewise_constant_decay
#' @inherit learning_rate_schedule_exponential_decay return
#' @source `optax.piecewise_interpolate_schedule()`.
#' @family schedules of other libraries
#' @export
#' @examples
#' schedule <- learning_rate_schedule_piecewise_interpolate(c(0, 1000, 5000), c(0, 0.1, 0.01))
#' schedule
#' @examplesIf has_numpy()
#' schedule(c(0, 500, 1000, 3000, 5000, 6000))
learning_rate_schedule_piecewise_interpolate <- function(
  boundaries,
  values,
  interpolation = "linear",
  name = "PiecewiseInterpolate"
) {
  config <- list(
    boundaries = check_boundaries(boundaries),
    values = check_rates(values),
    interpolation = check_one_of(interpolation, c("linear", "cosine")),
    name = check_label(name)
  )
  check_lengths(config$values, config$boundaries, more = 0L)
  new_schedule("PiecewiseInterpolate", config)
}

#' Cosine waves between values after an offset
#'
#' Moves the rate from value to value in half cosine waves, with boundaries that are counted from step
#' `offset`. With \eqn{q} the completed fraction of the way from boundary
#' \eqn{b_i}{boundaries[i]} to \eqn{b_{i+1}}{boundaries[i + 1]} at step
#' \eqn{s - o}{step - offset},
#'
#' \deqn{\eta(s) = (v_i - v_{i+1}) \, (1 + \cos \pi q) / 2 + v_{i+1}}{rate(step) = (values[i] - values[i + 1]) * (1 + cos(pi * q)) / 2 + values[i + 1]}
#'
#' Before the first boundary the rate is the first value; from the last boundary on it is the last
#' value. (TensorFlow Model Garden's class of this name gives NaN from the last boundary on, and assumes
#' that the first boundary is 0.)
#'
#' \if{html}{\figure{schedule-step_cosine_decay_with_offset.svg}{options: width="480" alt="The rate stays for 30 steps, then falls in two half cosine waves from value to value."}}
#'
#' \if{html}{In the picture: \code{learning_rate_schedule_step_cosine_decay_with_offset(c(0, 70, 140), c(0.1, 0.04, 0), offset = 30)}.}
#'
#' @param boundaries The training steps (batches, not epochs) at which the rate takes the values, counted
#'   from `offset`: one or more whole numbers, 0 or more, strictly increasing.
#' @param offset The step from which the boundaries are counted: one whole number, 0 or more.
#' @inheritParams learning_rate_schedule_piecewise_interpolate
#' @inherit learning_rate_schedule_exponential_decay return
#' @source `tfm.optimization.lr_schedule.StepCosineDecayWithOffset` in TensorFlow Model Garden.
#' @family schedules of Model Garden
#' @export
#' @examples
#' schedule <- learning_rate_schedule_step_cosine_decay_with_offset(
#'   boundaries = c(0, 1000, 1500), values = c(0.1, 0.05, 0), offset = 200
#' )
#' schedule
#' @examplesIf has_numpy()
#' schedule(c(0, 200, 700, 1200, 1700))
learning_rate_schedule_step_cosine_decay_with_offset <- function(
  boundaries,
  values,
  offset = 0,
  name = "StepCosineDecayWithOffset"
) {
  config <- list(
    boundaries = check_boundaries(boundaries),
    values = check_rates(values),
    offset = check_steps(offset),
    name = check_label(name)
  )
  check_lengths(config$values, config$boundaries, more = 0L)
  new_schedule("StepCosineDecayWithOffset", config)
}

# There must be one value for each boundary, and `more` in addition.
check_lengths <- function(values, boundaries, more, call = caller_env()) {
  wanted <- length(boundaries) + more
  if (length(values) != wanted) {
    relation <- if (more) "one more than" else "as many as"
    requirement <- paste0("of length ", in_prose(wanted), ", ", relation, " `boundaries`")
    abort_argument(values, requirement, "values", call)
  }
}
