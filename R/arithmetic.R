#' Add, subtract, multiply and divide schedules
#'
#' Adds, subtracts, multiplies or divides the rates of schedules at each step:
#'
#' \deqn{\eta(s) = a(s) \cdot b(s)}{rate(step) = a(step) * b(step), and the same for /, + and -}
#'
#' - A difference that would be negative is 0, because a negative rate would increase the loss.
#' - Division by the number 0 is an error. If a divisor schedule reaches 0 at some step, the rate is
#'   1e38, the highest possible rate. Use [schedule_clamp()] to limit it.
#'
#' The rates of the operands and of the result are capped at 1e38, which still fits in 32-bit floating
#' point, and intermediate products at 1e250. So no rate becomes infinite or `NaN`. The difference of two
#' capped rates is 0.
#'
#' Schedules can be nested 100 levels deep and have 10,000 parts. A long sum or product, such as
#' `a + b + c`, is a single level.
#'
#' `schedule_scale(schedule, factor)` is `schedule * factor`, for use in a pipe. PyTorch's
#' `ChainedScheduler` is a product of schedules.
#'
#' \if{html}{\figure{schedule-arithmetic.svg}{options: width="480" alt="A decay, dashed, and its product with triangles between 0.5 and 1, which zigzags below it."}}
#'
#' \if{html}{In the picture: \code{learning_rate_schedule_exponential_decay(0.1, 60, 0.5) * learning_rate_schedule_cyclical(0.5, 1, 20)}; dashed, \code{learning_rate_schedule_exponential_decay(0.1, 60, 0.5)}.}
#'
#' @param e1,e2 Two schedules, or a schedule and one finite number, 0 or more.
#' @param factor One finite number, 0 or more.
#' @inheritParams schedule_warmup
#' @inherit learning_rate_schedule_exponential_decay return
#' @name schedule_arithmetic
#' @family schedule verbs
#' @examples
#' decay <- learning_rate_schedule_exponential_decay(0.1, 1000, 0.5)
#' staircase <- learning_rate_schedule_exponential_decay(1, 500, 0.9, staircase = TRUE)
#' schedule <- 0.5 * decay * staircase + 1e-4
#' schedule
#' identical(schedule_scale(decay, 2), decay * 2)
#' @examplesIf has_numpy()
#' schedule(c(0, 500, 1000))
NULL

#' @rdname schedule_arithmetic
#' @export
Ops.learning_rate_schedule <- function(e1, e2) {
  operator <- .Generic
  call <- call(operator, quote(e1), quote(e2))
  if (!operator %in% c("*", "/", "+", "-")) {
    if (
      !inherits(e1, "learning_rate_schedule") &&
        (missing(e2) || !inherits(e2, "learning_rate_schedule"))
    ) {
      return(NextMethod())
    }
    cli::cli_abort(
      c(
        "{.code {operator}} is not defined for schedules; {.code *}, {.code /}, {.code +} and {.code -} are.",
        i = if (operator %in% c("==", "!=")) {
          "{.code identical(a, b)} compares schedules, and {.code all.equal(a, b)} shows the differences."
        }
      ),
      call = call
    )
  }
  if (missing(e2)) {
    if (operator == "-") {
      cli::cli_abort(
        "A schedule can't be negated: rates must be 0 or more.",
        call = call(operator, quote(e1))
      )
    }
    return(e1)
  }
  e1 <- check_operand(e1, "e1", operator, call)
  e2 <- check_operand(e2, "e2", operator, call)
  switch(
    operator,
    "*" = {
      if (is.numeric(e1)) {
        new_scale(e2, e1, call)
      } else if (is.numeric(e2)) {
        new_scale(e1, e2, call)
      } else {
        new_flat("Product", e1, e2, call)
      }
    },
    "/" = {
      if (identical(e2, 0)) {
        cli::cli_abort("A schedule can't be divided by 0.", call = call)
      }
      new_schedule("Quotient", list(dividend = e1, divisor = e2), call)
    },
    "+" = new_flat("Sum", e1, e2, call),
    "-" = new_schedule("Difference", list(minuend = e1, subtrahend = e2), call)
  )
}

#' @rdname schedule_arithmetic
#' @export
schedule_scale <- function(schedule, factor) {
  new_scale(check_schedule_or_rate(schedule), check_non_negative(factor))
}

# Merge nested scales into one, as Python does.
new_scale <- function(schedule, factor, call = caller_env()) {
  inner <- if (is.function(schedule)) spec_of(schedule)
  if (identical(inner$class, "Scale")) {
    both <- factor * inner$config$factor
    # Two factors stay apart if their product would overflow or underflow.
    if (both > 1e-300 && both < 1e300 || 0 %in% c(factor, inner$config$factor)) {
      schedule <- inner$config$schedule
      factor <- both
    }
  }
  new_schedule("Scale", list(schedule = schedule, factor = factor), call)
}

# Keep a sum or product of any length on one level, so that it does not count as nesting.
new_flat <- function(class, e1, e2, call) {
  parts <- function(x) {
    flat <- is.function(x) && spec_of(x)$class == class
    if (flat) spec_of(x)$config$schedules else list(x)
  }
  new_schedule(class, list(schedules = c(parts(e1), parts(e2))), call)
}

check_operand <- function(x, arg, operator, call) {
  if (inherits(x, "learning_rate_schedule")) {
    return(x)
  }
  if (is_python(x)) {
    return(schedule_from_python(x, arg, call))
  }
  x <- without_integer64(x)
  if (!is_plain_number(x) || length(x) != 1L || !is.finite(x) || x < 0) {
    cli::cli_abort(
      "Each side of {.code {operator}} must be a schedule, or one finite number, 0 or more, not {.code {as_given(x)}}.",
      call = call
    )
  }
  as.double(x)
}

#' Keep a schedule within bounds
#'
#' Limits the rate to the range from `min` to `max`:
#'
#' \deqn{\eta(s) = \min(\max(a(s), l), u)}{rate(step) = min(max(schedule(step), min), max)}
#'
#' \if{html}{\figure{schedule-clamp.svg}{options: width="480" alt="A decay, dashed above 0.08 and below 0.03, where the rate stays at these bounds."}}
#'
#' \if{html}{In the picture: \code{schedule_clamp(learning_rate_schedule_exponential_decay(0.1, 60, 0.5), 0.03, 0.08)}; dashed, \code{learning_rate_schedule_exponential_decay(0.1, 60, 0.5)}.}
#'
#' @param min The lowest rate: one finite number, 0 or more.
#' @param max The highest rate: one number, at least `min`, or `Inf`.
#' @inheritParams schedule_warmup
#' @inherit learning_rate_schedule_exponential_decay return
#' @family schedule verbs
#' @concept min_lr
#' @concept floor
#' @export
#' @examples
#' schedule <- learning_rate_schedule_exponential_decay(0.1, 1000, 0.5) |>
#'   schedule_clamp(min = 1e-5)
#' schedule
#' @examplesIf has_numpy()
#' schedule(c(0, 1000, 1e6))
schedule_clamp <- function(schedule, min = 0, max = Inf) {
  schedule <- check_schedule_or_rate(schedule)
  min <- check_rate(min)
  max <- check_upper_rate(max)
  if (min > max) {
    cli::cli_abort("{.arg min} ({min}) must not be greater than {.arg max} ({max}).")
  }
  new_schedule("Clamp", list(schedule = schedule, min = min, max = max))
}
