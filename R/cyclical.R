#' Cyclical learning rate in triangles
#'
#' Raises the rate in a straight line for `step_size` steps, lowers it in as many steps, and repeats. With
#' \eqn{c = \lfloor 1 + s / (2n) \rfloor}{cycle = floor(1 + step / (2 * step_size))} and
#' \eqn{x = |s / n - 2c + 1|}{x = abs(step / step_size - 2 * cycle + 1)},
#'
#' \deqn{\eta(s) = \eta_0 + (\eta_m - \eta_0) \, (1 - x) \, k}{rate(step) = initial_learning_rate + (maximal_learning_rate - initial_learning_rate) * (1 - x) * scale}
#'
#' where the scale \eqn{k} is 1 with `mode = "triangular"`, \eqn{2^{1 - c}}{1 / 2^(cycle - 1)}
#' with `"triangular2"`, and \eqn{\gamma^s}{gamma^step} with `"exp_range"`. The cycles never end.
#'
#' Known elsewhere as `CyclicLR()` in PyTorch, and `TriangularCyclicalLearningRate()`,
#' `Triangular2CyclicalLearningRate()` and `ExponentialCyclicalLearningRate()` in TensorFlow
#' Addons.
#'
#' \if{html}{\figure{schedule-cyclical.svg}{options: width="480" alt="Triangles of 50 steps, each half as high as the last; dashed, all equally high."}}
#'
#' \if{html}{In the picture: \code{learning_rate_schedule_cyclical(0.01, 0.1, 25, mode = "triangular2")}; dashed, \code{learning_rate_schedule_cyclical(0.01, 0.1, 25)}.}
#'
#' @param initial_learning_rate The lowest rate of each cycle: one finite number, 0 or more.
#' @param maximal_learning_rate The highest rate of the first cycle (with `"exp_range"`, before `gamma`
#'   lowers it): one finite number, at least `initial_learning_rate`.
#' @param step_size The number of training steps (batches, not epochs) in half a cycle: one whole
#'   number greater than 0.
#' @param mode `"triangular"`, `"triangular2"` or `"exp_range"`.
#' @param gamma The factor per step with `mode = "exp_range"`: one number greater than 0, up to 1.
#'   It must be 1 with any other mode.
#' @inheritParams learning_rate_schedule_exponential_decay
#' @inherit learning_rate_schedule_exponential_decay return
#' @source `torch.optim.lr_scheduler.CyclicLR`, and `tfa.optimizers.CyclicalLearningRate` in
#'   TensorFlow Addons.
#' @references Smith (2017), "Cyclical Learning Rates for Training Neural Networks",
#'   \doi{10.1109/WACV.2017.58}; on arXiv since 2015 as \doi{10.48550/arXiv.1506.01186}.
#' @family schedules of other libraries
#' @concept CyclicLR
#' @concept base_lr
#' @concept max_lr
#' @concept triangular
#' @concept cyclic_lr
#' @export
#' @examples
#' schedule <- learning_rate_schedule_cyclical(0.01, 0.1, step_size = 500, mode = "triangular2")
#' schedule
#' @examplesIf has_numpy()
#' schedule(c(0, 500, 1000, 1500, 2000))
learning_rate_schedule_cyclical <- function(
  initial_learning_rate,
  maximal_learning_rate,
  step_size,
  mode = "triangular",
  gamma = 1,
  name = "Cyclical"
) {
  config <- list(
    initial_learning_rate = check_rate(initial_learning_rate),
    maximal_learning_rate = check_rate(maximal_learning_rate),
    step_size = check_positive_whole_steps(step_size),
    mode = check_one_of(mode, c("triangular", "triangular2", "exp_range")),
    gamma = check_gamma(gamma),
    name = check_label(name)
  )
  if (config$maximal_learning_rate < config$initial_learning_rate) {
    abort_argument(
      maximal_learning_rate,
      "at least `initial_learning_rate`",
      "maximal_learning_rate",
      current_env()
    )
  }
  if (config$gamma != 1 && config$mode != "exp_range") {
    abort_argument(gamma, paste0("1 with mode \"", config$mode, "\""), "gamma", current_env())
  }
  new_schedule("Cyclical", config)
}

check_gamma <- function(x, arg = caller_arg(x), call = caller_env()) {
  check_number(x, "one number greater than 0, up to 1", function(x) x > 0 && x <= 1, arg, call)
}
