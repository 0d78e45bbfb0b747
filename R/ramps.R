#' Warm up to a schedule
#'
#' Raises the rate from `from` to a schedule's rate in `steps` steps, then follows the schedule:
#'
#' \deqn{\eta(s) = \textrm{from} + (a - \textrm{from}) \, h(s / \textrm{steps}) \quad \textrm{for } s < \textrm{steps}}{rate(step) = from + (start - from) * shape(step / steps) for step < steps}
#'
#' From step `steps` on, the rate is exactly `schedule(step - steps)`: the schedule starts counting after
#' the warmup, and \eqn{a}{start} is its rate at step 0. With `shift = FALSE` it counts from step 0, as
#' `schedule(step)`, and \eqn{a}{start} is its rate at step `steps`. Below step 0 the rate is `from`.
#'
#' With `to`, \eqn{a}{start} is `to`, and the rate jumps to the schedule's rate at step `steps`. For
#' example, `schedule_warmup(cosine, 500, to = 0.1, shift = FALSE)` rises to 0.1, the first rate of the
#' cosine, while the cosine already falls.
#'
#' The shapes \eqn{h(q)}{shape(q)} are `"linear"` \eqn{q}, `"cosine"`
#' \eqn{\frac{1}{2}(1 - \cos \pi q)}{(1 - cos(pi * q)) / 2}, `"one_minus_sqrt"`
#' \eqn{1 - \sqrt{1 - q}}{1 - sqrt(1 - q)} and `"polynomial"` \eqn{q^p}{q^power}.
#'
#' Known elsewhere as `get_cosine_schedule_with_warmup()` and similar functions in Hugging Face's
#' transformers, and as `LinearWarmup` (`shift = FALSE`) in TensorFlow Model Garden. timm's
#' `CosineLRScheduler()` uses `shift = FALSE`, and the optimizer's rate as `to`. In optax's
#' `warmup_cosine_decay_schedule()`, `decay_steps` includes the warmup.
#'
#' \if{html}{\figure{schedule-warmup.svg}{options: width="480" alt="The rate rises in a line for 40 steps, and the decay begins there; dashed, the decay alone."}}
#'
#' \if{html}{In the picture: \code{schedule_warmup(learning_rate_schedule_exponential_decay(0.1, 60, 0.5), 40)}; dashed, \code{learning_rate_schedule_exponential_decay(0.1, 60, 0.5)}.}
#'
#' @param schedule The schedule to change: a [schedule][learning-rate-schedules], a Keras schedule made by
#'   \pkg{keras3} or in Python, or one number for a constant rate.
#' @param steps The number of training steps (batches, not epochs) of the warmup: one whole
#'   number, 0 or more.
#' @param from The rate at step 0: one finite number, 0 or more.
#' @param shape How the rate rises: `"linear"`, `"cosine"`, `"one_minus_sqrt"` or `"polynomial"`.
#' @param power The exponent of the shape `"polynomial"`: one finite number greater than 0.
#'   It must be 1 with any other shape.
#' @param shift Whether the schedule starts counting after the warmup: `TRUE` or `FALSE`.
#' @param to The rate that the warmup rises to: one finite number, 0 or more, or `NULL` for the
#'   rate that the schedule continues with.
#' @inherit learning_rate_schedule_exponential_decay return
#' @references Goyal and others (2017), "Accurate, Large Minibatch SGD: Training ImageNet in 1 Hour",
#'   \doi{10.48550/arXiv.1706.02677}.
#' @family schedule verbs
#' @concept warmup_epochs
#' @concept warmup_steps
#' @concept warmup_ratio
#' @concept num_warmup_steps
#' @concept linear_warmup
#' @concept warmup_schedule
#' @concept LinearLR
#' @concept lr_warmup
#' @concept gradual warmup
#' @export
#' @examples
#' schedule <- learning_rate_schedule_exponential_decay(0.1, 1000, 0.5) |>
#'   schedule_warmup(steps = 100)
#' schedule
#' @examplesIf has_numpy()
#' schedule(c(0, 50, 100, 1100))
#' plot(schedule)
schedule_warmup <- function(
  schedule,
  steps,
  from = 0,
  shape = "linear",
  power = 1,
  shift = TRUE,
  to = NULL
) {
  config <- list(
    schedule = check_schedule_or_rate(schedule),
    steps = check_steps(steps),
    from = check_rate(from),
    shape = check_shape(shape),
    power = check_shape_power(power, shape),
    shift = check_flag(shift)
  )
  # NULL adds nothing, so the schedule is identical to one that version 0.1.0 saved.
  config$to <- check_optional_rate(to)
  new_schedule("Warmup", config)
}

#' End a schedule with a cooldown
#'
#' Follows a schedule up to step `at`, then lowers the rate to `to` in `steps` steps and holds it there:
#'
#' \deqn{\eta(s) = \textrm{to} + (a(\textrm{at}) - \textrm{to}) \, h\left(\frac{\textrm{at} + \textrm{steps} - s}{\textrm{steps}}\right) \quad \textrm{for } \textrm{at} < s \le \textrm{at} + \textrm{steps}}{rate(step) = to + (schedule(at) - to) * shape((at + steps - step) / steps) for at < step <= at + steps}
#'
#' The shapes of [schedule_warmup()] run backwards here: `"one_minus_sqrt"` is the fall
#' \eqn{1 - \sqrt{q}}{1 - sqrt(q)} of warmup-stable-decay training, where \eqn{q} is the completed
#' fraction of the cooldown.
#'
#' \if{html}{\figure{schedule-cooldown.svg}{options: width="480" alt="The rate follows the decay, dashed, up to step 100, then falls in a line to 0 at step 160."}}
#'
#' \if{html}{In the picture: \code{schedule_cooldown(learning_rate_schedule_exponential_decay(0.1, 60, 0.5), at = 100, steps = 60)}; dashed, \code{learning_rate_schedule_exponential_decay(0.1, 60, 0.5)}.}
#'
#' @param at The step at which the cooldown begins: one whole number, 0 or more.
#' @param steps The number of training steps (batches, not epochs) of the cooldown: one whole
#'   number greater than 0.
#' @param to The rate at the end: one finite number, 0 or more.
#' @param shape How the rate falls: `"linear"`, `"cosine"`, `"one_minus_sqrt"` or `"polynomial"`.
#' @inheritParams schedule_warmup
#' @inherit learning_rate_schedule_exponential_decay return
#' @family schedule verbs
#' @concept cooldown_epochs
#' @concept annealing
#' @export
#' @examples
#' schedule <- learning_rate_schedule_exponential_decay(0.1, 1000, 0.5) |>
#'   schedule_cooldown(at = 1000, steps = 200)
#' schedule
#' @examplesIf has_numpy()
#' schedule(c(0, 1000, 1100, 1200, 5000))
#' plot(schedule)
schedule_cooldown <- function(schedule, at, steps, to = 0, shape = "linear", power = 1) {
  new_schedule(
    "Cooldown",
    list(
      schedule = check_schedule_or_rate(schedule),
      at = check_steps(at),
      steps = check_positive_whole_steps(steps),
      to = check_rate(to),
      shape = check_shape(shape),
      power = check_shape_power(power, shape)
    )
  )
}

SHAPES <- c("linear", "cosine", "one_minus_sqrt", "polynomial")

check_shape <- function(x, arg = caller_arg(x), call = caller_env()) {
  check_one_of(x, SHAPES, arg, call)
}

# Refuse an exponent that the shape does not use.
check_shape_power <- function(x, shape, arg = caller_arg(x), call = caller_env()) {
  power <- check_positive(x, arg, call)
  if (power != 1 && shape != "polynomial") {
    abort_argument(x, cli::format_inline("1 unless {.arg shape} is {.val polynomial}"), arg, call)
  }
  power
}
