#' A constant learning rate
#'
#' Uses the same rate at every step:
#'
#' \deqn{\eta(s) = \eta}{rate(step) = learning_rate}
#'
#' An optimizer also accepts a number, but a schedule can be plotted and combined with others.
#'
#' \if{html}{\figure{schedule-constant.svg}{options: width="480" alt="A horizontal line."}}
#'
#' \if{html}{In the picture: \code{learning_rate_schedule_constant(0.1)}.}
#'
#' @param learning_rate The rate: one finite number, 0 or more.
#' @inheritParams learning_rate_schedule_exponential_decay
#' @inherit learning_rate_schedule_exponential_decay return
#' @source `optax.constant_schedule()`, `transformers.get_constant_schedule()`.
#' @family schedules of other libraries
#' @concept ConstantLR
#' @concept constant_lr
#' @export
#' @examples
#' schedule <- learning_rate_schedule_constant(0.1)
#' schedule
#' @examplesIf has_numpy()
#' schedule(c(0, 1000))
learning_rate_schedule_constant <- function(learning_rate, name = "Constant") {
  new_schedule(
    "Constant",
    list(
      learning_rate = check_rate(learning_rate),
      name = check_label(name)
    )
  )
}

#' Learning rates from a table
#'
#' Takes its rates from a vector, one for each training step or one for every `every` steps:
#'
#' \deqn{\eta(s) = v_{\min(\lfloor s / k \rfloor, n - 1)}}{rate(step) = values[min(floor(step / every), length(values) - 1) + 1]}
#'
#' After the end of the table the rate stays at the last value. (The typeset formula counts values from
#' 0, as it counts steps.)
#'
#' \if{html}{\figure{schedule-tabulated.svg}{options: width="480" alt="Five rates, each for 40 steps."}}
#'
#' \if{html}{In the picture: \code{learning_rate_schedule_tabulated(c(0.02, 0.1, 0.06, 0.08, 0.01), every = 40)}.}
#'
#' @param values The rates: one or more finite numbers, 0 or more.
#' @param interpolation Only `"none"`: each rate holds until the next one. (Files written by earlier
#'   versions contain this argument.)
#' @param every The number of training steps (batches, not epochs) for which each rate holds: one
#'   whole number greater than 0. For one rate per epoch, give the number of steps in an epoch.
#' @inheritParams learning_rate_schedule_exponential_decay
#' @inherit learning_rate_schedule_exponential_decay return
#' @source This package. The table can be the logged rates of an earlier run, for example.
#' @family schedules of other libraries
#' @concept lookup_table
#' @concept custom_values
#' @export
#' @examples
#' schedule <- learning_rate_schedule_tabulated(c(0.1, 0.5, 0.2), every = 100)
#' schedule
#' @examplesIf has_numpy()
#' schedule(c(0, 99, 100, 200, 1000))
learning_rate_schedule_tabulated <- function(
  values,
  interpolation = "none",
  every = 1,
  name = "Tabulated"
) {
  new_schedule(
    "Tabulated",
    list(
      values = check_rates(values),
      interpolation = check_one_of(interpolation, "none"),
      every = check_positive_whole_steps(every),
      name = check_label(name)
    )
  )
}
