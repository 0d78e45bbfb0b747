#' @details
#' `learning_rate_schedule()` makes a schedule from an R function of the step. The function is
#' called in R with the steps 0 to `steps - 1`: all at once if it takes vectors (which is
#' checked by comparing some results with those of single steps), otherwise one at a time. The
#' rates are kept in a table, as in [learning_rate_schedule_tabulated()]. So the schedule
#' trains on every backend, is saved in the model, and loads in a Python without R. After the
#' last step its rate is held. The function itself is not kept.
#'
#' @param fn A function of the step, counted from 0, that returns one finite number, 0 or more.
#' @param steps The number of training steps (batches, not epochs) to call it for: one whole
#'   number greater than 0.
#' @rdname learning_rate_schedule
#' @export
#' @examples
#'
#' # A function of the step, for 1000 steps.
#' schedule <- learning_rate_schedule(function(step) 0.1 / sqrt(1 + step), steps = 1000)
#' schedule
learning_rate_schedule <- function(fn, steps) {
  check_required(fn)
  if (!is.function(fn)) {
    abort_argument(fn, "a function of the step", "fn", current_env())
  }
  learning_rate_schedule_tabulated(rates_of_function(
    fn,
    check_positive_whole_steps(steps),
    current_env()
  ))
}

# A function that takes vectors is called once, and believed where single steps agree.
rates_of_function <- function(fn, n, call) {
  steps <- as.double(seq_len(n) - 1)
  rates <- tryCatch(suppressWarnings(fn(steps)), error = function(cnd) NULL)
  looked_at <- unique(round(seq(1, n, length.out = min(n, 10))))
  looked_at <- unique(c(looked_at, seq_len(min(n, 3))))
  one_rate <- function(step) rate_of_function(fn, step, call)
  vectorized <- is_plain_number(rates) &&
    length(rates) == n &&
    identical(as.double(rates[looked_at]), vapply(steps[looked_at], one_rate, 0))
  rates <- if (vectorized) as.double(rates) else vapply(steps, one_rate, 0)
  wrong <- which(!is.finite(rates) | rates < 0)
  if (length(wrong) > 0) {
    abort_rate(steps[[wrong[[1]]]], rates[[wrong[[1]]]], call)
  }
  rates
}

rate_of_function <- function(fn, step, call) {
  rate <- tryCatch(fn(step), error = function(cnd) {
    cli::cli_abort("{.code fn({format_number(step)})} failed.", parent = cnd, call = call)
  })
  if (!is_plain_number(rate) || length(rate) != 1L) {
    abort_rate(step, rate, call)
  }
  as.double(rate)
}

abort_rate <- function(step, rate, call) {
  cli::cli_abort(
    "{.code fn({format_number(step)})} must be one finite number, 0 or more, not {.code {as_given(rate)}}.",
    call = call
  )
}

#' Make a schedule from other objects
#'
#' - A schedule is returned unchanged.
#' - A number becomes a constant rate.
#' - A numeric vector, or a list of numbers, becomes a table: one rate for each step, or for
#'   every `every` steps.
#' - A data frame with the columns `step` and `learning_rate`, as returned by `as.data.frame()`
#'   for a schedule, gives rates at its steps. With `interpolation = "none"` each rate holds
#'   until the next row's step; with `"linear"` or `"cosine"` the rates in between are
#'   interpolated. The first rate is held before the first row, and the last after the last.
#' - A Python schedule object becomes an R value that holds no pointer: it prints, can be
#'   saved with [saveRDS()] and can be sent to other processes. One of Keras's six classes, as
#'   made by \pkg{keras3}'s functions, becomes this package's schedule of the same name and
#'   configuration, which trains at the rate it shows. A class of your own must be registered with
#'   Keras (`keras3::register_keras_serializable()`) and have a `get_config()`; its rates are
#'   computed by that class, in its precision, and it must be defined wherever the value is used.
#'
#' Keras's six classes take some configurations that the functions of the same names here refuse:
#' Keras ignores `warmup_steps` without a `warmup_target` and the decimals of `boundaries`, and so does
#' the schedule that you get. With other values, such as a negative `alpha` or a `t_mul` below 1, the
#' schedule stays one of Keras's class, which computes its rates in 32 bits.
#'
#' The same happens to such objects in every function that takes a schedule, `plot()` and `summary()`
#' too. They are taken as they are then: what is done to the object later changes nothing.
#'
#' @param x The object.
#' @param ... Arguments of methods. Any others are an error.
#' @param every The number of training steps (batches, not epochs) that each rate is for: one
#'   whole number greater than 0.
#' @param interpolation How the rate goes from one row of a data frame to the next: `"none"`,
#'   `"linear"` or `"cosine"`.
#' @inherit learning_rate_schedule_exponential_decay return
#' @family schedules of your own
#' @export
#' @examples
#' as_learning_rate_schedule(0.1)
#' as_learning_rate_schedule(c(0.1, 0.05, 0.01), every = 100)
#' as_learning_rate_schedule(data.frame(step = c(0, 500, 800), learning_rate = c(0.1, 0.05, 0.01)))
#' @examplesIf has_keras() && requireNamespace("keras3", quietly = TRUE)
#' as_learning_rate_schedule(keras3::learning_rate_schedule_cosine_decay(0.1, 1000))
as_learning_rate_schedule <- function(x, ...) {
  UseMethod("as_learning_rate_schedule")
}

#' @export
as_learning_rate_schedule.learning_rate_schedule <- function(x, ...) {
  check_dots_empty()
  x
}

#' @rdname as_learning_rate_schedule
#' @export
as_learning_rate_schedule.numeric <- function(x, ..., every = 1) {
  check_dots_empty()
  if (length(x) == 1L && missing(every)) {
    return(learning_rate_schedule_constant(check_rate(x)))
  }
  learning_rate_schedule_tabulated(check_rates(x), every = check_positive_whole_steps(every))
}

#' @rdname as_learning_rate_schedule
#' @export
as_learning_rate_schedule.list <- function(x, ..., every = 1) {
  check_dots_empty()
  learning_rate_schedule_tabulated(check_rates(x), every = check_positive_whole_steps(every))
}

#' @rdname as_learning_rate_schedule
#' @export
as_learning_rate_schedule.data.frame <- function(x, ..., interpolation = "none") {
  check_dots_empty()
  interpolation <- check_one_of(interpolation, c("none", "linear", "cosine"))
  for (column in c("step", "learning_rate")) {
    if (!column %in% names(x)) {
      cli::cli_abort("{.arg x} must have a column {.field {column}}, not only {.field {names(x)}}.")
    }
  }
  steps <- check_boundaries(x$step, "x$step")
  rates <- check_rates(x$learning_rate, "x$learning_rate")
  if (length(rates) == 1L) {
    learning_rate_schedule_constant(rates)
  } else if (interpolation != "none") {
    learning_rate_schedule_piecewise_interpolate(steps, rates, interpolation)
  } else if (steps[[1]] == 0 && all(diff(steps) == steps[[2]])) {
    learning_rate_schedule_tabulated(rates, every = steps[[2]])
  } else {
    learning_rate_schedule_piecewise_constant_decay(steps[-1], rates, boundary = "right")
  }
}

#' @export
as_learning_rate_schedule.python.builtin.object <- function(x, ...) {
  check_dots_empty()
  schedule_from_python(x, "x", current_env())
}

#' @export
as_learning_rate_schedule.default <- function(x, ...) {
  hint <- if (is.function(x)) {
    c(i = "{.fn learning_rate_schedule} makes one from a function of the step.")
  }
  cli::cli_abort(c(
    "{.arg x} must be a schedule, a number, a numeric vector, a data frame or a Python schedule, not {.code {as_given(x)}}.",
    hint
  ))
}
