#' Add noise to a schedule
#'
#' Multiplies the rate by normal noise that depends only on the seed and the step:
#'
#' \deqn{\eta(s) = a(s) \, \max(1 + \sigma N(\textrm{seed}, s), 0)}{rate(step) = schedule(step) * max(1 + sd * normal(seed, step), 0)}
#'
#' So you read, plot and train with the same rates. R's random numbers are neither used nor changed.
#'
#' \if{html}{\figure{schedule-noise.svg}{options: width="480" alt="A decay, dashed, and rates that scatter about it in proportion to it."}}
#'
#' \if{html}{In the picture: \code{schedule_noise(learning_rate_schedule_exponential_decay(0.1, 60, 0.5), sd = 0.15, seed = 1)}; dashed, \code{learning_rate_schedule_exponential_decay(0.1, 60, 0.5)}.}
#'
#' @param sd The standard deviation, relative to the rate: one finite number, 0 or more.
#' @param seed The seed of the noise: one whole number, 0 or more.
#' @inheritParams schedule_warmup
#' @inherit learning_rate_schedule_exponential_decay return
#' @family schedule verbs
#' @export
#' @examples
#' schedule <- learning_rate_schedule_exponential_decay(0.1, 1000, 0.5) |>
#'   schedule_noise(sd = 0.1, seed = 1)
#' schedule
#' @examplesIf has_numpy()
#' schedule(0:3)
schedule_noise <- function(schedule, sd, seed) {
  new_schedule(
    "Noise",
    list(
      schedule = check_schedule_or_rate(schedule),
      sd = check_non_negative(sd),
      seed = check_seed(seed)
    )
  )
}
