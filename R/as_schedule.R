#' Make a schedule from an R function
#'
#' `learning_rate_schedule()` calls an R function for the steps 0 to `steps - 1` and keeps the rates in a
#' table, as [learning_rate_schedule_tabulated()] does. So the schedule trains on every backend, is saved
#' in the model, and loads in Python without R. After its last step the rate stays constant. The
#' function itself is not kept.
#'
#' A vectorised function is called once, for all steps; any other function is called for one step at a
#' time. To tell them apart, some results are compared with the results for single steps.
#'
#' @param fn A function of the step, counted from 0, that returns one finite number, 0 or more, or a
#'   formula such as `~ 0.1 / (1 + .x)`.
#' @param steps The number of training steps (batches, not epochs) to call it for: one whole
#'   number greater than 0, up to 1e8.
#' @returns A learning-rate schedule: see [learning-rate-schedules].
#' @section Errors:
#' If `fn` fails, or returns anything but a finite number of 0 or more, the error names the step.
#' @family schedules of your own
#' @concept LambdaLR
#' @concept lr_lambda
#' @concept MultiplicativeLR
#' @concept custom_schedule
#' @concept callback_learning_rate_scheduler
#' @export
#' @examples
#' schedule <- learning_rate_schedule(function(step) 0.1 / sqrt(1 + step), steps = 1000)
#' schedule
#' @examplesIf has_numpy()
#' schedule(c(0, 99, 999))
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
  requirement <- "one whole number of steps greater than 0, up to 1e8"
  steps <- check_whole(steps, requirement, 1, "steps", current_env())
  if (steps > MAX_CALLS) {
    cli::cli_abort(c(
      "{.arg steps} must be at most 1e8, not {.code {as_given(steps)}}, since each rate is kept in memory.",
      i = "Make a schedule of fewer steps, and stretch it with {.fn schedule_stretch}."
    ))
  }
  learning_rate_schedule_tabulated(rates_of_function(fn, steps, current_env()))
}

MAX_CALLS <- 1e8

# Calls a vectorised function once, and trusts the result if some single steps agree.
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

#' Convert other objects to a schedule
#'
#' Converts numbers, tables and Python objects to a schedule:
#'
#' - A schedule is returned unchanged.
#' - A number becomes a constant rate.
#' - A numeric vector, or a list of numbers, becomes a table: one rate for each step, or for
#'   every `every` steps.
#' - A data frame, matrix or list with the columns `step` and `learning_rate`, as returned by
#'   `as.data.frame()` for a schedule, gives rates at its steps. With `interpolation = "none"` each rate
#'   holds until the step of the next row; with `"linear"` or `"cosine"` the rates in between are
#'   interpolated. The first rate also applies before the first row, and the last one after the last
#'   row. For a long schedule, `as.data.frame()` returns only part of the steps, and `"none"` would turn
#'   these into a staircase: that is an error.
#' - A Python schedule object becomes an R value, which you can print, save with [saveRDS()] and send to
#'   other processes. An object of Keras's six classes, as \pkg{keras3}'s functions make them, becomes the
#'   lrschedules schedule of the same name and configuration, which trains at the rate it shows. If you
#'   wrote the class, register it with Keras (`keras3::register_keras_serializable()`), give it a
#'   `get_config()`, and define it wherever you use the value; the class computes the rates.
#'
#' Keras ignores `warmup_steps` without a `warmup_target` and the decimals of `boundaries`, and so does
#' the converted schedule. If the lrschedules function of the same name refuses a value that Keras accepts,
#' for example a negative `alpha` or a `t_mul` below 1, the schedule keeps Keras's class, which computes
#' its rates in 32 bits.
#'
#' Every function that takes a schedule converts Python schedule objects in this way, including `plot()`
#' and `summary()`. Only [schedule_check()] looks at the object itself and not at the
#' converted schedule. Later changes to the object have no effect on the converted schedule.
#'
#' @param x The object to convert.
#' @param ... Arguments of methods. Any others are an error.
#' @param every The number of training steps (batches, not epochs) for each rate: one
#'   whole number greater than 0.
#' @param interpolation How to fill in the rates between two rows of a data frame: `"none"`,
#'   `"linear"` or `"cosine"`.
#' @inherit learning_rate_schedule_exponential_decay return
#' @section Errors:
#' It is an error if `x` is anything else, if a rate is negative or not finite, or if the steps of a
#' table are not whole numbers of 0 or more in increasing order.
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
      only <- if (length(x) > 0) ", not only {.code {names(x)}}"
      cli::cli_abort(paste0("{.arg x} must have a column {.code {column}}", only, "."))
    }
  }
  steps <- check_boundaries(x$step, "x$step")
  rates <- check_rates(x$learning_rate, "x$learning_rate")
  if (isTRUE(attr(x, "thinned")) && interpolation == "none") {
    last <- format_number(max(steps))
    cli::cli_abort(c(
      "{.arg x} has only {in_prose(nrow(x))} of a schedule's steps, so each rate would be held until the next one.",
      i = "{.code as.data.frame(schedule, steps = 0:{last})} has all steps; {.code interpolation = \"linear\"} fills in the missing ones."
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

# Converts a matrix or a list with the columns of such a data frame.
schedule_of_columns <- function(x, names, ..., every, call = caller_env()) {
  if (!all(COLUMNS %in% names)) {
    cli::cli_abort(
      "{.arg x} must be a vector, or have the columns {.code step} and {.code learning_rate}, not {.code {as_given(x)}}.",
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
      "{.code x$step} and {.code x$learning_rate} must have the same length, not {vapply(lengths(columns), in_prose, \"\")}.",
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
    c(i = "{.fn learning_rate_schedule} makes a schedule from a function of the step.")
  }
  cli::cli_abort(c(
    "{.arg x} must be a schedule, a number, a numeric vector, a data frame or a Python schedule, not {.code {as_given(x)}}.",
    hint
  ))
}
