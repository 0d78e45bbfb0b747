#' Get the rates of a schedule
#'
#' `schedule_values()` returns the rates at given steps, and `as.data.frame()` returns a table of steps
#' and rates.
#'
#' @details
#' By default, the steps are chosen to show the schedule's shape, for example up to five times its
#' `decay_steps`. Up to 4,000 steps are all returned. A longer range is divided into 1,000 equal parts,
#' and the first, lowest, highest and last step of each part are returned: a plot of them looks the same.
#' Up to a million steps are all evaluated to find them; in a longer range, only the steps at which the
#' schedule turns or jumps, and others at even distances. A schedule of a class outside this package is
#' evaluated at no more than 1,000 steps, at even distances.
#'
#' @param schedule,x A learning-rate schedule, or a Keras schedule object. `schedule_values()` also takes
#'   a number for a constant rate.
#' @param steps One or more numbers from -2^53 to 2^53, the training steps, counted from 0, or `NULL` to
#'   choose steps that show the schedule's shape (see Details). The rate is constant between two whole
#'   steps.
#' @param steps_per_epoch The number of training steps in an epoch, to show epochs next to the
#'   steps: one whole number greater than 0, or `NULL`. It does not change the rates.
#' @param plan A [training_plan()], or `NULL`. Use it instead of `steps_per_epoch` to show epochs.
#'   Without `steps`, only its training steps are shown, if it was made with `epochs`.
#' @param row.names,optional,stringsAsFactors,... Not used. A schedule can't be a column of a data frame,
#'   so `data.frame(schedule = s)` is an error. `data.frame(schedule = I(list(s)))` makes a list column.
#' @returns `schedule_values()`: a double vector with one rate for each step, the same as
#'   `schedule(steps)`; a message tells you if it omits steps. `as.data.frame()`: a data frame with the
#'   columns `step` and `learning_rate`, and with `steps_per_epoch` or `plan` also `epoch`, which is
#'   `step / steps_per_epoch`.
#' @section Errors:
#' It is an error to give both `steps_per_epoch` and `plan`, or steps that are missing or out of range.
#' @family ways to look at a schedule
#' @references Jugel, Jerzak, Hackenbroich and Markl (2014), "M4: A Visualization-Oriented Time
#'   Series Data Aggregation", \doi{10.14778/2732951.2732953}.
#' @concept get_lr
#' @concept get_last_lr
#' @export
#' @examples
#' schedule <- learning_rate_schedule_exponential_decay(0.1, 1000, 0.5)
#' @examplesIf has_numpy()
#' schedule_values(schedule, 0:3)
#' as.data.frame(schedule, steps = c(0, 500, 1000), steps_per_epoch = 500)
schedule_values <- function(schedule, steps = NULL, steps_per_epoch = NULL, plan = NULL) {
  schedule <- check_schedule_looked_at(schedule)
  steps_per_epoch <- epochs_of(plan, steps_per_epoch)
  table <- rates_table(schedule, steps, steps_per_epoch, limits = trained_by(plan))
  if (isTRUE(attr(table, "thinned"))) {
    all <- paste0("0:", format_number(max(table$step)))
    counts <- vapply(c(nrow(table), max(table$step) + 1), in_prose, "")
    cli::cli_inform(c(
      "Returned only {counts[[1]]} of {counts[[2]]} rates, so positions are not steps.",
      i = "{.code steps = {all}} returns all rates, and {.fn as.data.frame} shows the steps."
    ))
  }
  table$learning_rate
}

# The first and last step of a plan, or NULL if it has no end.
trained_by <- function(plan) {
  steps <- if (!is.null(plan)) steps_of_plan(plan)
  if (!is.null(steps)) c(0, steps - 1)
}

#' @rdname schedule_values
#' @export
as.data.frame.learning_rate_schedule <- function(
  x,
  row.names = NULL,
  optional = FALSE,
  ...,
  stringsAsFactors = FALSE,
  steps = NULL,
  steps_per_epoch = NULL,
  plan = NULL
) {
  # Only data.frame() sets `optional`, to ask for a column. It also passes on its own arguments.
  if (optional) {
    cli::cli_abort(
      c(
        "A schedule can't be a column of a data frame, since it is a function of the step.",
        i = "{.code I(list(s))} makes a list column, and {.code as.data.frame(s)} a table of the rates."
      ),
      call = quote(data.frame(s))
    )
  }
  check_dots_empty()
  if (!is.null(row.names)) {
    cli::cli_abort(c(
      "{.arg row.names} must be NULL, not {.code {as_given(row.names)}}.",
      i = if (inherits(row.names, "training_plan")) {
        "Name the plan: {.code plan = plan}."
      } else {
        "Name the steps: {.code steps = {as_given(row.names)}}."
      }
    ))
  }
  steps_per_epoch <- epochs_of(plan, steps_per_epoch)
  rates_table(x, steps, steps_per_epoch, limits = trained_by(plan))
}

#' Summarise the rates of a schedule
#'
#' `summary()` describes the rates of a schedule in numbers: the first and last rate, the highest and
#' lowest rate with their steps, the mean, the largest jump from one step to the next, and the number of
#' steps with a rate of 0. For each quarter it gives the lowest, highest and mean rate. With a `plan` it
#' describes the steps of that plan and also shows epochs.
#'
#' Up to a million steps, the numbers are computed from every step; beyond that, and for a class outside
#' this package, from the steps that [schedule_values()] evaluates. The largest jump is unknown if no two
#' of these steps, or of the given `steps`, are consecutive. With a single step it is 0.
#'
#' @param object A learning-rate schedule.
#' @param x What `summary()` returned.
#' @param plan A [training_plan()], or `NULL` for the steps that show the schedule's shape. Without a
#'   plan, the numbers may include steps after the end of your training.
#' @param steps One or more numbers, the training steps to describe, counted from 0, or `NULL`
#'   for the steps of the plan.
#' @param steps_per_epoch The number of training steps in an epoch, instead of a `plan`: one whole
#'   number greater than 0, or `NULL`.
#' @param ... Not used.
#' @returns A list of class `learning_rate_schedule_summary`: the steps `first`, `last`, `peak_step`,
#'   `lowest_step` and `jump_step`; the rates `start`, `end`, `peak`, `lowest` and `mean`; `jump`, the
#'   largest jump with its sign (`NaN` if it is unknown); `zeros`, the number of steps at 0; `quarters`,
#'   a data frame; and `steps_per_epoch`.
#' @section Errors:
#' It is an error if you give both `steps_per_epoch` and `plan`, or if `plan` was made without `epochs`
#' and you don't give `steps`.
#' @family ways to look at a schedule
#' @export
#' @examplesIf has_numpy()
#' schedule <- learning_rate_schedule_cosine_decay(0.1, 900) |> schedule_warmup(100)
#' summary(schedule)
#' summary(schedule, plan = training_plan(steps_per_epoch = 100, epochs = 10))$quarters
summary.learning_rate_schedule <- function(
  object,
  ...,
  steps = NULL,
  steps_per_epoch = NULL,
  plan = NULL
) {
  check_dots_empty()
  steps_per_epoch <- epochs_of(plan, steps_per_epoch)
  if (!is.null(steps_per_epoch)) {
    steps_per_epoch <- check_positive_whole_steps(steps_per_epoch)
  }
  # Without `steps`, the plan must say where training ends.
  if (is.null(steps) && !is.null(plan)) {
    check_plan_with_end(plan)
  }
  twin <- twin(object)
  last <- if (!is.null(plan)) reticulate::import_builtins(convert = FALSE)$int(plan$steps - 1)
  given <- if (!is.null(steps)) {
    check_some_steps(steps)
    writeBin(as.double(check_steps_to_evaluate(steps)), raw())
  }
  numbers <- reticulate::py_to_r(try_python(core()$summarize(twin, last, given)))
  quarters <- readBin(numbers$quarters, "double", length(numbers$quarters) / 8)
  quarters <- as.data.frame(matrix(quarters, ncol = 5, byrow = TRUE))
  names(quarters) <- c("from", "to", "lowest", "highest", "mean")
  numbers$quarters <- quarters
  numbers$line <- readBin(numbers$line, "double", 40)
  numbers$steps_per_epoch <- steps_per_epoch
  numbers$schedule <- shown_label(object)
  structure(numbers, class = "learning_rate_schedule_summary")
}

#' @rdname summary.learning_rate_schedule
#' @export
print.learning_rate_schedule_summary <- function(x, ...) {
  rate <- function(value) format(value, digits = 4, decimal.mark = ".")
  at <- function(step) {
    epoch <- if (!is.null(x$steps_per_epoch)) {
      paste0(" (epoch ", rate(step / x$steps_per_epoch), ")")
    }
    paste0("step ", in_prose(step), epoch)
  }
  lines <- c(
    steps = paste0(in_prose(x$first), " to ", in_prose(x$last)),
    start = rate(x$start),
    peak = paste0(rate(x$peak), " at ", at(x$peak_step)),
    lowest = paste0(rate(x$lowest), " at ", at(x$lowest_step)),
    end = rate(x$end),
    mean = rate(x$mean),
    `largest jump` = if (is.nan(x$jump)) {
      "unknown"
    } else if (x$jump != 0) {
      paste0(if (x$jump > 0) "+", rate(x$jump), " at ", at(x$jump_step))
    } else {
      "none"
    },
    `steps at 0` = in_prose(x$zeros)
  )
  cat("<summary of ", x$schedule, ">\n", sep = "")
  # The bars can't show NaN.
  if (cli::is_utf8_output() && !anyNA(x$line) && isTRUE(x$peak > 0)) {
    cat("  ", cli::spark_bar(pmax(x$line / x$peak, 0)), "\n", sep = "")
  }
  cat(paste0("  ", format(names(lines)), "  ", lines, "\n"), sep = "")
  cat("  quarters:\n")
  quarters <- x$quarters
  quarters[c("from", "to")] <- lapply(quarters[c("from", "to")], function(steps) {
    vapply(steps, in_prose, "")
  })
  quarters[-(1:2)] <- lapply(quarters[-(1:2)], rate)
  print(quarters, row.names = FALSE)
  invisible(x)
}

# `limits`, the first and last step of a picture, can be used instead of `steps`.
rates_table <- function(
  schedule,
  steps,
  steps_per_epoch,
  call = caller_env(),
  least = 0,
  limits = NULL
) {
  if (!is.null(steps_per_epoch)) {
    steps_per_epoch <- check_positive_whole_steps(steps_per_epoch, call = call)
  }
  table <- if (is.null(steps)) {
    rates_shown(schedule, least, limits, call)
  } else {
    rates <- rates_at(schedule, steps, "steps", call)
    list(step = as.vector(without_integer64(steps)), learning_rate = rates)
  }
  if (!is.null(steps_per_epoch)) {
    epoch <- table$step / steps_per_epoch
    table <- list(step = table$step, epoch = epoch, learning_rate = table$learning_rate)
  }
  table <- list2DF(table)
  # as_learning_rate_schedule() must know that steps are missing.
  if (is.null(steps) && any(diff(table$step) > 1)) {
    attr(table, "thinned") <- TRUE
  }
  table
}

check_some_steps <- function(steps, call = caller_env()) {
  if (!is.null(steps) && length(steps) == 0L) {
    abort_argument(steps, "one or more numbers from -2^53 to 2^53", "steps", call)
  }
  steps
}
