#' Describe a schedule phase by phase
#'
#' Describes training under a plan, one line per phase: its first and last step and epoch, and whether
#' the rate rises, falls or stays constant. A pattern that repeats many times, such as a staircase, is a
#' single phase. Up to a million steps, every step is examined; beyond that, and for a class outside
#' this package, only the steps that [schedule_values()] evaluates.
#'
#' @inheritParams schedule_check
#' @param x What `schedule_explain()` returned.
#' @returns A data frame of class `schedule_phases` with one row for each phase: `from` and `to`, its
#'   first and last step; `from_epoch` and `to_epoch`, the epochs at which it and the next phase begin (for
#'   the last phase, at which the plan ends); `start` and `end`, the rates at `from` and `to`; and `what`, a
#'   description in words. Two phases may share the step at which one ends and the next begins.
#' @section Errors:
#' It is an error if `plan` was made without `epochs`.
#' @family ways to look at a schedule
#' @concept explain_schedule
#' @concept describe
#' @export
#' @examples
#' plan <- training_plan(samples = 1000, batch_size = 32, epochs = 40)
#' schedule <- learning_rate_schedule_cosine_decay(0.1, epochs(35, plan)) |>
#'   schedule_warmup(epochs(5, plan))
#' @examplesIf has_numpy()
#' schedule_explain(schedule, plan)
schedule_explain <- function(schedule, plan) {
  check_required(schedule)
  plan <- check_plan_with_end(plan)
  twin <- twin(check_schedule_looked_at(schedule))
  phases <- plain_rows(call_python(core()$schedule_explain, twin, plan$steps))
  number <- function(name) vapply(phases, function(row) as.double(row[[name]]), 0)
  table <- data.frame(
    from = number("first"),
    to = number("last"),
    from_epoch = number("first") / plan$steps_per_epoch,
    # A phase ends in epochs where the next phase begins, so that there is no gap.
    to_epoch = c(number("first")[-1], plan$steps) / plan$steps_per_epoch,
    start = number("start"),
    end = number("end"),
    what = vapply(phases, function(row) row$what, "")
  )
  structure(table, class = c("schedule_phases", "data.frame"), plan = format(plan))
}

#' @rdname schedule_explain
#' @export
print.schedule_phases <- function(x, ...) {
  if (!all(c("from", "to", "from_epoch", "to_epoch", "what") %in% names(x))) {
    return(NextMethod())
  }
  cat("<phases in ", attr(x, "plan"), ">\n", sep = "")
  steps <- paste0("steps ", numbers(x$from), " to ", numbers(x$to))
  epochs <- paste0("epochs ", numbers(x$from_epoch), " to ", numbers(x$to_epoch))
  labels <- paste0("  ", format(steps), "  ", format(epochs), "  ")
  for (i in seq_len(nrow(x))) {
    cat(said(labels[[i]], x$what[[i]]), sep = "\n")
  }
  invisible(x)
}
