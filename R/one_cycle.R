#' One cycle: a rise and a fall
#'
#' Raises the rate to its maximum, then lowers it to a small fraction of the initial rate:
#'
#' \describe{
#'   \item{step 0}{`maximal_learning_rate / initial_divisor`}
#'   \item{step `peak = floor(warmup_fraction * total_steps)`}{`maximal_learning_rate`}
#'   \item{step `2 * peak`, with `three_phase`}{`maximal_learning_rate / initial_divisor`}
#'   \item{`total_steps`, and later}{`maximal_learning_rate / initial_divisor / final_divisor`}
#' }
#'
#' Between two of these steps the rate goes from the first value \eqn{a} to the next value \eqn{e}
#' along half a cosine wave, where \eqn{q} is the completed fraction of the way:
#'
#' \deqn{\eta(s) = e + (a - e) \, (1 + \cos \pi q) / 2}{rate(step) = e + (a - e) * (1 + cos(pi * q)) / 2}
#'
#' With `anneal = "linear"` it goes in a straight line, \eqn{a + (e - a) q}{a + (e - a) * q}.
#' The peak is reached even in a cycle of very few steps: if it is at step 0, the rate only falls.
#'
#' Known elsewhere as `cosine_onecycle_schedule()` in optax, `fit_one_cycle()` in fastai and
#' `OneCycleLR()` in PyTorch, where the phases end one step earlier.
#'
#' \if{html}{\figure{schedule-one_cycle.svg}{options: width="480" alt="The rate rises to its peak at step 60 and falls to almost 0, in cosine waves; dashed, in straight lines, up, down and further down."}}
#'
#' \if{html}{In the picture: \code{learning_rate_schedule_one_cycle(0.1, 200)}; dashed, \code{learning_rate_schedule_one_cycle(0.1, 200, anneal = "linear", three_phase = TRUE)}.}
#'
#' @param maximal_learning_rate The rate at the peak: one finite number, 0 or more.
#' @param total_steps The number of training steps (batches, not epochs) after which the rate stays at
#'   its last value: one whole number greater than 0.
#' @param warmup_fraction The fraction of the steps in which the rate rises: one number, at least 0
#'   and less than 1 (less than 0.5 with `three_phase`).
#' @param anneal `"cosine"` or `"linear"`.
#' @param initial_divisor The maximal rate divided by the initial rate: one finite number, 1 or
#'   more.
#' @param final_divisor The initial rate divided by the last rate: one finite number, 1 or more.
#' @param three_phase Whether the rate falls in two phases, the first one as long as the rise: `TRUE` or
#'   `FALSE`.
#' @inheritParams learning_rate_schedule_exponential_decay
#' @inherit learning_rate_schedule_exponential_decay return
#' @source `optax.cosine_onecycle_schedule()`, `torch.optim.lr_scheduler.OneCycleLR`.
#' @references Smith and Topin (2018), "Super-Convergence: Very Fast Training of Neural Networks Using
#'   Large Learning Rates", \doi{10.48550/arXiv.1708.07120}.
#' @family schedules of other libraries
#' @seealso [momentum_schedule_one_cycle()] for the matching momentum.
#' @concept max_lr
#' @concept pct_start
#' @concept div_factor
#' @concept OneCycleLR
#' @concept lr_one_cycle
#' @concept fit_one_cycle
#' @concept super-convergence
#' @export
#' @examples
#' schedule <- learning_rate_schedule_one_cycle(0.1, total_steps = 1000)
#' schedule
#' @examplesIf has_numpy()
#' schedule(c(0, 150, 300, 650, 1000))
#' plot(schedule)
learning_rate_schedule_one_cycle <- function(
  maximal_learning_rate,
  total_steps,
  warmup_fraction = 0.3,
  anneal = "cosine",
  initial_divisor = 25,
  final_divisor = 1e4,
  three_phase = FALSE,
  name = "OneCycle"
) {
  config <- list(
    maximal_learning_rate = check_rate(maximal_learning_rate),
    total_steps = check_positive_whole_steps(total_steps),
    warmup_fraction = check_fraction(warmup_fraction),
    anneal = check_one_of(anneal, c("cosine", "linear")),
    initial_divisor = check_divisor(initial_divisor),
    final_divisor = check_divisor(final_divisor),
    three_phase = check_flag(three_phase),
    name = check_label(name)
  )
  limit <- if (config$three_phase) 0.5 else 1
  if (config$warmup_fraction >= limit) {
    requirement <- paste0("less than ", limit, if (config$three_phase) " with `three_phase`")
    abort_argument(warmup_fraction, requirement, "warmup_fraction", current_env())
  }
  new_schedule("OneCycle", config)
}

check_divisor <- function(x, arg = caller_arg(x), call = caller_env()) {
  check_number(x, "one finite number, 1 or more", function(x) x >= 1, arg, call)
}

#' Momentum opposite to a one-cycle rate
#'
#' Makes the momentum for an optimizer whose learning rate is a one-cycle schedule: low when the rate is
#' high. Don't use it as a learning rate: pass it to [optimizer_with_schedules()] as `momentum`, or as
#' `beta_1` for Adam and similar optimizers.
#'
#' At the ends of the rate's phases the momentum is:
#'
#' \describe{
#'   \item{step 0}{`maximal_momentum`}
#'   \item{the peak of the rate}{`minimal_momentum`}
#'   \item{twice the step of the peak, with `three_phase`}{`maximal_momentum`}
#'   \item{`total_steps`, and later}{`maximal_momentum`}
#' }
#'
#' Between two of these steps it goes from the first value \eqn{a} to the next value \eqn{e} as the
#' rate does: along half a cosine wave, where \eqn{q} is the completed fraction of the way,
#'
#' \deqn{\mu(s) = e + (a - e) \, (1 + \cos \pi q) / 2}{momentum(step) = e + (a - e) * (1 + cos(pi * q)) / 2}
#'
#' or in a straight line, \eqn{a + (e - a) q}{a + (e - a) * q}, if the rate has
#' `anneal = "linear"`. If the peak is at step 0, the momentum begins at its minimum.
#'
#' The momentum prints, plots (with an axis called "momentum") and saves like any schedule. If you
#' change the steps of the rate, for example with [schedule_accumulate()], change the momentum in the
#' same way. In data frames, its values are in the column `learning_rate`, as for every schedule.
#'
#' \if{html}{\figure{schedule-momentum_one_cycle.svg}{options: width="480" alt="The momentum falls from 0.95 to 0.85 at step 60 and rises again, in half cosine waves; dashed, the rate, which rises and then falls."}}
#'
#' \if{html}{In the picture: \code{momentum_schedule_one_cycle(learning_rate_schedule_one_cycle(1, 200))}; dashed, \code{learning_rate_schedule_one_cycle(1, 200)}.}
#'
#' @param schedule The schedule of the learning rate, from [learning_rate_schedule_one_cycle()].
#' @param minimal_momentum The momentum at the peak of the rate: one number from 0 to 1, at most
#'   `maximal_momentum`.
#' @param maximal_momentum The momentum at the start and at the end: one number from 0 to 1.
#' @inheritParams learning_rate_schedule_exponential_decay
#' @returns A [schedule][learning-rate-schedules] of the momentum: pass it to [optimizer_with_schedules()],
#'   or call it with steps. Invalid arguments are errors.
#' @source `base_momentum` and `max_momentum` of `torch.optim.lr_scheduler.OneCycleLR`, where the
#'   phases end one step earlier; `moms` of `fit_one_cycle()` in fastai.
#' @references Smith (2018), "A Disciplined Approach to Neural Network Hyper-Parameters: Part 1",
#'   \doi{10.48550/arXiv.1803.09820}.
#' @family schedules of other libraries
#' @seealso [learning_rate_schedule_one_cycle()], [optimizer_with_schedules()].
#' @export
#' @examples
#' rate <- learning_rate_schedule_one_cycle(0.1, total_steps = 1000)
#' momentum <- momentum_schedule_one_cycle(rate)
#' momentum
#' @examplesIf has_numpy()
#' momentum(c(0, 150, 300, 650, 1000))
#' plot(momentum)
momentum_schedule_one_cycle <- function(
  schedule,
  minimal_momentum = 0.85,
  maximal_momentum = 0.95,
  name = "MomentumOneCycle"
) {
  config <- list(
    schedule = check_one_cycle(schedule),
    minimal_momentum = check_fraction(minimal_momentum),
    maximal_momentum = check_fraction(maximal_momentum),
    name = check_label(name)
  )
  if (config$minimal_momentum > config$maximal_momentum) {
    abort_argument(
      minimal_momentum,
      "at most `maximal_momentum`",
      "minimal_momentum",
      current_env()
    )
  }
  new_schedule("MomentumOneCycle", config)
}

check_one_cycle <- function(x, arg = caller_arg(x), call = caller_env()) {
  check_required(x, arg, call)
  given <- x
  if (is_python_schedule(x)) {
    x <- schedule_from_python(x, arg, call)
  }
  if (!inherits(x, "learning_rate_schedule") || spec_of(x)$class != "OneCycle") {
    abort_argument(given, "a schedule from `learning_rate_schedule_one_cycle()`", arg, call)
  }
  x
}

#' Warmup, stable rate and decay
#'
#' Raises the rate to its maximum, holds it there, then lowers it to the end rate:
#'
#' \deqn{\eta(s) = \eta_{\textrm{end}} + (\eta_{\textrm{max}} - \eta_{\textrm{end}}) \, k}{rate(step) = end_learning_rate + (maximal_learning_rate - end_learning_rate) * part}
#'
#' where \eqn{k}{part} is 1 during the `stable_steps` and 0 after the end. During the warmup and the
#' decay, it depends on the shape and on \eqn{q}, the completed fraction of the phase:
#'
#' | Shape | Warmup | Decay |
#' |---|---|---|
#' | `"linear"` | `q` | `1 - q` |
#' | `"cosine"` | `(1 - cos(pi * q)) / 2` | `(1 + cos(pi * q)) / 2` |
#' | `"one_minus_sqrt"` | `1 - sqrt(1 - q)` | `1 - sqrt(q)` |
#'
#' Known elsewhere as `get_wsd_schedule()` in Hugging Face transformers.
#'
#' \if{html}{\figure{schedule-warmup_stable_decay.svg}{options: width="480" alt="The rate rises for 30 steps, stays for 110 and falls in half a cosine wave to 0."}}
#'
#' \if{html}{In the picture: \code{learning_rate_schedule_warmup_stable_decay(0.1, 30, 110, 60)}.}
#'
#' @param maximal_learning_rate The rate after the warmup: one finite number, 0 or more.
#' @param warmup_steps,stable_steps The numbers of training steps (batches, not epochs) in
#'   which the rate rises and stays: one whole number each, 0 or more.
#' @param decay_steps The number of training steps in which the rate falls: one whole number
#'   greater than 0.
#' @param warmup_shape,decay_shape `"linear"`, `"cosine"` or `"one_minus_sqrt"`.
#' @param end_learning_rate The rate at the end and, with a warmup, at step 0: one finite number, 0 or
#'   more, at most `maximal_learning_rate`.
#' @inheritParams learning_rate_schedule_exponential_decay
#' @inherit learning_rate_schedule_exponential_decay return
#' @source `transformers.get_wsd_schedule()` by Hugging Face.
#' @references Hu and others (2024), "MiniCPM: Unveiling the Potential of Small Language Models with
#'   Scalable Training Strategies", \doi{10.48550/arXiv.2404.06395}.
#' @family schedules of other libraries
#' @concept wsd
#' @concept trapezoidal
#' @concept get_wsd_schedule
#' @export
#' @examples
#' schedule <- learning_rate_schedule_warmup_stable_decay(
#'   maximal_learning_rate = 0.1, warmup_steps = 100, stable_steps = 800, decay_steps = 100
#' )
#' schedule
#' @examplesIf has_numpy()
#' schedule(c(0, 50, 100, 900, 950, 1000))
learning_rate_schedule_warmup_stable_decay <- function(
  maximal_learning_rate,
  warmup_steps,
  stable_steps,
  decay_steps,
  warmup_shape = "linear",
  decay_shape = "cosine",
  end_learning_rate = 0,
  name = "WarmupStableDecay"
) {
  shapes <- c("linear", "cosine", "one_minus_sqrt")
  config <- list(
    maximal_learning_rate = check_rate(maximal_learning_rate),
    warmup_steps = check_steps(warmup_steps),
    stable_steps = check_steps(stable_steps),
    decay_steps = check_positive_whole_steps(decay_steps),
    warmup_shape = check_one_of(warmup_shape, shapes),
    decay_shape = check_one_of(decay_shape, shapes),
    end_learning_rate = check_rate(end_learning_rate),
    name = check_label(name)
  )
  if (config$end_learning_rate > config$maximal_learning_rate) {
    abort_argument(
      end_learning_rate,
      "at most `maximal_learning_rate`",
      "end_learning_rate",
      current_env()
    )
  }
  new_schedule("WarmupStableDecay", config)
}
