#' Decay along a hyperbolic tangent
#'
#' Lowers the rate along a hyperbolic tangent, from `lower` to `upper`. With
#' \eqn{q = \min(s / T, 1)}{q = min(step / decay_steps, 1)},
#'
#' \deqn{\eta(s) = \eta_e + (\eta_0 - \eta_e) \, \left(1 - \tanh(l (1 - q) + u q)\right) / 2}{rate(step) = end_learning_rate + (initial_learning_rate - end_learning_rate) * (1 - tanh(lower * (1 - q) + upper * q)) / 2}
#'
#' From step `decay_steps` on, where \eqn{q = 1}, the rate stays at its last value: just above the end
#' rate with the default `upper`, further above it with a smaller one.
#'
#' Known elsewhere as `TanhLRScheduler()` in timm, which uses the end rate itself from step
#' `decay_steps` on.
#'
#' \if{html}{\figure{schedule-tanh_decay.svg}{options: width="480" alt="The rate stays high for a long time, then falls along an S to 0 at step 200."}}
#'
#' \if{html}{In the picture: \code{learning_rate_schedule_tanh_decay(0.1, 200)}.}
#'
#' @param initial_learning_rate The rate that the schedule starts close to: one finite number, 0 or more.
#' @param decay_steps The number of training steps (batches, not epochs) from `lower` to
#'   `upper`: one whole number greater than 0.
#' @param lower,upper The arguments of the hyperbolic tangent at the start and at the end: one finite
#'   number each, `upper` greater than `lower`.
#' @param end_learning_rate The rate that the schedule ends close to: one finite number, 0 or more.
#' @inheritParams learning_rate_schedule_exponential_decay
#' @inherit learning_rate_schedule_exponential_decay return
#' @source `timm.scheduler.TanhLRScheduler`.
#' @references Hsueh, Li and Wu (2019), "Stochastic Gradient Descent with Hyperbolic-Tangent Decay on
#'   Classification", \doi{10.48550/arXiv.1806.01593}.
#' @family schedules of other libraries
#' @export
#' @examples
#' schedule <- learning_rate_schedule_tanh_decay(0.1, decay_steps = 1000)
#' schedule
#' @examplesIf has_numpy()
#' schedule(c(0, 500, 700, 1000))
learning_rate_schedule_tanh_decay <- function(
  initial_learning_rate,
  decay_steps,
  lower = -7,
  upper = 3,
  end_learning_rate = 0,
  name = "TanhDecay"
) {
  config <- list(
    initial_learning_rate = check_rate(initial_learning_rate),
    decay_steps = check_positive_whole_steps(decay_steps),
    lower = check_finite(lower),
    upper = check_finite(upper),
    end_learning_rate = check_rate(end_learning_rate),
    name = check_label(name)
  )
  if (config$upper <= config$lower) {
    abort_argument(upper, "greater than `lower`", "upper", current_env())
  }
  new_schedule("TanhDecay", config)
}
