#' @details
#' `learning_rate_schedule()` makes a schedule from an R function of the step. The function is
#' called in R with the steps 0 to `steps - 1`: all at once if it takes vectors (which is
#' checked by comparing some results with those of single steps), otherwise one at a time. The
#' rates are kept in a table, as in [learning_rate_schedule_tabulated()]. So the schedule
#' trains on every backend, is saved in the model, and loads in a Python without R. After the
#' last step its rate is held. The function itself is not kept.
#'
#' @param fn A function of the step, counted from 0, that returns one finite number, 0 or more, or a
#'   formula such as `~ 0.1 / (1 + .x)`.
#' @param steps The number of training steps (batches, not epochs) to call it for: one whole
#'   number greater than 0, up to 1e8.
#' @rdname learning_rate_schedule
#' @concept LambdaLR
#' @concept lr_lambda
#' @concept MultiplicativeLR
#' @concept custom_schedule
#' @concept callback_learning_rate_scheduler
#' @export
#' @examples
#'
#' # A function of the step, for 1000 steps.
#' schedule <- learning_rate_schedule(function(step) 0.1 / sqrt(1 + step), steps = 1000)
#' schedule
learning_rate_schedule <- function(fn, steps) {
  check_required(fn)
  if (is_formula(fn, lhs = FALSE)) {
    fn <- as_function(fn)
  }
  if (!is.function(fn)) {
    abort_argument(
      fn,
      "a function of the step, or a formula like `~ 0.1 / (1 + .x)`",
      "fn",
      current_env()
    )
  }
  steps <- check_positive_whole_steps(steps)
  if (steps > MAX_CALLS) {
    cli::cli_abort(c(
      "{.arg steps} must be at most 1e8, not {.code {as_given(steps)}}: there is a rate in memory for each.",
      i = "{.fn schedule_stretch} makes a schedule of fewer steps longer."
    ))
  }
  learning_rate_schedule_tabulated(rates_of_function(fn, steps, current_env()))
}

MAX_CALLS <- 1e8

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
  rate <- without_integer64(rate)
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
#' - A data frame, matrix or list with the columns `step` and `learning_rate`, as returned by
#'   `as.data.frame()` for a schedule, gives rates at its steps. With `interpolation = "none"` each rate holds
#'   until the next row's step; with `"linear"` or `"cosine"` the rates in between are
#'   interpolated. The first rate is held before the first row, and the last after the last. Of a long
#'   schedule `as.data.frame()` gives a part of the steps, of which `"none"` would make a staircase:
#'   that is an error.
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
  if (is.matrix(x) && ncol(x) > 1L) {
    return(schedule_of_columns(x, colnames(x), ..., every = if (!missing(every)) every))
  }
  check_dots_empty()
  if (length(x) == 1L && missing(every)) {
    return(learning_rate_schedule_constant(check_rate(x)))
  }
  learning_rate_schedule_tabulated(check_rates(x), every = check_positive_whole_steps(every))
}

#' @rdname as_learning_rate_schedule
#' @export
as_learning_rate_schedule.list <- function(x, ..., every = 1) {
  if (any(COLUMNS %in% names(x))) {
    return(schedule_of_columns(x, names(x), ..., every = if (!missing(every)) every))
  }
  check_dots_empty()
  learning_rate_schedule_tabulated(check_rates(x), every = check_positive_whole_steps(every))
}

#' @rdname as_learning_rate_schedule
#' @export
as_learning_rate_schedule.data.frame <- function(x, ..., interpolation = "none") {
  check_dots_empty()
  interpolation <- check_one_of(interpolation, c("none", "linear", "cosine"))
  for (column in COLUMNS) {
    if (!column %in% names(x)) {
      cli::cli_abort("{.arg x} must have a column {.field {column}}, not only {.field {names(x)}}.")
    }
  }
  steps <- check_boundaries(x$step, "x$step")
  rates <- check_rates(x$learning_rate, "x$learning_rate")
  if (isTRUE(attr(x, "thinned")) && interpolation == "none") {
    last <- format_number(max(steps))
    cli::cli_abort(c(
      "{.arg x} has {nrow(x)} steps of a schedule, and not those between: each rate would be held.",
      i = "{.code as.data.frame(schedule, steps = 0:{last})} has all of them; {.code interpolation = \"linear\"} fills in the others."
    ))
  }
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

COLUMNS <- c("step", "learning_rate")

# A matrix or a list that stands for a data frame.
schedule_of_columns <- function(x, names, ..., every, call = caller_env()) {
  if (!all(COLUMNS %in% names)) {
    cli::cli_abort(
      "{.arg x} must be a vector, or have the columns {.field step} and {.field learning_rate}, not {.code {as_given(x)}}.",
      call = call
    )
  }
  if (!is.null(every)) {
    cli::cli_abort("{.arg every} can't be used together with a table of steps.", call = call)
  }
  columns <- if (is.matrix(x)) {
    list(step = x[, "step"], learning_rate = x[, "learning_rate"])
  } else {
    x[COLUMNS]
  }
  if (lengths(columns)[[1]] != lengths(columns)[[2]]) {
    cli::cli_abort(
      "{.code x$step} and {.code x$learning_rate} must be equally long, not {lengths(columns)}.",
      call = call
    )
  }
  as_learning_rate_schedule.data.frame(list2DF(lapply(columns, unname)), ...)
}

#' @export
as_learning_rate_schedule.python.builtin.object <- function(x, ...) {
  check_dots_empty()
  schedule_from_python(x, "x", current_env())
}

#' @export
as_learning_rate_schedule.default <- function(x, ...) {
  if (inherits(x, "integer64")) {
    return(as_learning_rate_schedule.numeric(without_integer64(x), ...))
  }
  hint <- if (is.function(x) || is_formula(x)) {
    c(i = "{.fn learning_rate_schedule} makes one from a function of the step.")
  }
  cli::cli_abort(c(
    "{.arg x} must be a schedule, a number, a numeric vector, a data frame or a Python schedule, not {.code {as_given(x)}}.",
    hint
  ))
}
