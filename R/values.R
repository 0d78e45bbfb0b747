#' The rates of a schedule
#'
#' `schedule_values()` returns the rates at some steps, `as.data.frame()` a table of them.
#'
#' @param schedule,x A learning-rate schedule; `schedule_values()` also takes a schedule object of Keras,
#'   or a number for a constant rate.
#' @param steps Numbers, the training steps, counted from 0. Between two whole steps the rate is that
#'   of the step before. By default, the steps that show the schedule's shape (up to five times its `decay_steps`, say): all of up to 4000, and of more
#'   the first, the lowest, the highest and the last of each of 1000 equal parts, which draw the
#'   same picture. Up to a million steps, all are looked at to find these; beyond, the steps at
#'   which the schedule turns or jumps, and others at even distances. A schedule of a class that is
#'   not this package's is asked for at most 1000, at even distances.
#' @param steps_per_epoch The number of training steps in an epoch, to show epochs next to the
#'   steps: one whole number greater than 0, or `NULL`. The numbers that `schedule_values()` returns are
#'   the same with it.
#' @param plan A [training_plan()], or `NULL`: instead of `steps_per_epoch`, for the epochs. Without
#'   `steps`, the steps that it trains, and no step after its end: of up to 4000 all, and of more those
#'   that draw them.
#' @param row.names,optional,stringsAsFactors,... Not used. A schedule is not a column: `data.frame(schedule = s)` is an
#'   error, and `data.frame(schedule = I(list(s)))` a list column.
#' @returns `schedule_values()`: a double vector, one rate for each step, as `schedule(steps)`
#'   gives. A message says so if it left steps out. `as.data.frame()`: a data frame with the columns `step` and `learning_rate`,
#'   and between them `epoch`, `step / steps_per_epoch`, where `steps_per_epoch` is given.
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
    counts <- format(c(nrow(table), max(table$step) + 1), big.mark = ",", trim = TRUE)
    cli::cli_inform(c(
      "Returned {counts[[1]]} of {counts[[2]]} rates: their positions are not the steps.",
      i = "{.code steps = {all}} returns all of them, and {.fn as.data.frame} shows the steps."
    ))
  }
  table$learning_rate
}

# The first and the last step that a plan trains, if it has an end.
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
  # data.frame() alone asks for a column by this; its own arguments come along.
  if (optional) {
    cli::cli_abort(
      c(
        "A schedule can't be a column of a data frame: it is a function of the step.",
        i = "{.code I(list(s))} is a list column, and {.code as.data.frame(s)} the table of its rates."
      ),
      call = quote(data.frame(s))
    )
  }
  check_dots_empty()
  if (!is.null(row.names)) {
    cli::cli_abort(c(
      "{.arg row.names} must be NULL, not {.code {as_given(row.names)}}.",
      i = if (inherits(row.names, "training_plan")) {
        "A plan is given by its name: {.code plan = plan}."
      } else {
        "Steps are given by name: {.code steps = {as_given(row.names)}}."
      }
    ))
  }
  steps_per_epoch <- epochs_of(plan, steps_per_epoch)
  rates_table(x, steps, steps_per_epoch, limits = trained_by(plan))
}

#' Summarize a schedule
#'
#' `summary()` describes the rates of a schedule in numbers: where it starts and ends, its highest and
#' its lowest rate and their steps, the mean, for each quarter the lowest, highest and mean rate, the
#' largest jump from one step to the next, and the number of steps at 0. With a `plan` it describes
#' the steps of that plan, in epochs too, and with `steps` those.
#'
#' Up to a million steps, all of them count; beyond, those that draw the schedule (see
#' [schedule_values()]) stand for the others.
#'
#' @param object A learning-rate schedule.
#' @param x What `summary()` returned.
#' @param plan A [training_plan()], or `NULL` for the steps that show the schedule's shape: then the
#'   numbers, the mean among them, may count steps after the end of the training.
#' @param steps One or more numbers, the training steps that are described, counted from 0, or `NULL`
#'   for those of the plan.
#' @param steps_per_epoch The number of training steps in an epoch, instead of a `plan`: one whole
#'   number greater than 0, or `NULL`.
#' @param ... Not used.
#' @returns A list of class `learning_rate_schedule_summary`: the numbers `first` and `last` (steps),
#'   `start`, `end`, `peak`, `peak_step`, `lowest`, `lowest_step`, `mean`, `zeros` (steps at 0), `jump`
#'   (the largest, with its sign) and `jump_step`; `quarters`, a data frame; `steps_per_epoch`.
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
  # The steps that are described end where the plan ends.
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
    paste0("step ", format_number(step), epoch)
  }
  lines <- c(
    steps = paste0(format_number(x$first), " to ", format_number(x$last)),
    start = rate(x$start),
    peak = paste0(rate(x$peak), " at ", at(x$peak_step)),
    lowest = paste0(rate(x$lowest), " at ", at(x$lowest_step)),
    end = rate(x$end),
    mean = rate(x$mean),
    `largest jump` = if (x$jump != 0) {
      paste0(if (x$jump > 0) "+", rate(x$jump), " at ", at(x$jump_step))
    } else {
      "none"
    },
    `steps at 0` = format_number(x$zeros)
  )
  cat("<summary of ", x$schedule, ">\n", sep = "")
  # NaN has no place in a line.
  if (cli::is_utf8_output() && !anyNA(x$line) && x$peak > 0) {
    cat("  ", cli::spark_bar(pmax(x$line / x$peak, 0)), "\n", sep = "")
  }
  cat(paste0("  ", format(names(lines)), "  ", lines, "\n"), sep = "")
  cat("  quarters:\n")
  quarters <- x$quarters
  quarters[c("from", "to")] <- lapply(quarters[c("from", "to")], function(steps) {
    vapply(steps, format_number, "")
  })
  quarters[-(1:2)] <- lapply(quarters[-(1:2)], rate)
  print(quarters, row.names = FALSE)
  invisible(x)
}

# `limits` are the first and the last step of a picture, instead of `steps`.
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
  # What makes a schedule of a table must know that the others are not there.
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
