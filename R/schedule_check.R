#' Check a schedule against a training plan
#'
#' Looks at a schedule with a second pair of eyes, before it trains for a plan, and says what is hardly
#' meant:
#'
#' - step counts that look like epochs (`decay_steps = 25` where an epoch has 32 steps), or like
#'   updates where gradients are accumulated;
#' - a boundary, warmup, restart or end that the plan never reaches; a rate that the plan never
#'   changes; a rate of 0, or under a thousandth of the peak, for more than a tenth of the steps;
#' - a warmup that ends at a rate of 0, since the schedule within it has a warmup of its own; a highest
#'   rate of 10 or more;
#' - jumps upwards by more than a factor of 10 that no restart or cycle explains, and parts of a join
#'   that do not meet;
#' - a rate that is negative or not a number, which only a class of Keras or your own class gives;
#' - a training that begins, at `from`, after the end of the schedule, and has a rate of 0;
#' - more steps than Keras can count on JAX and PyTorch, which are \eqn{2^{31} - 1}{2^31 - 1};
#' - for an object of one of Keras's own schedule classes, as \pkg{keras3} makes them: a warmup that
#'   Keras ignores, since it has no target; and the steps of the plan at which the object trains with
#'   another rate than its formula's. To find them it is compiled, as `fit()` compiles it on this
#'   backend, at the steps where its formula turns or jumps, and beside them.
#'
#' @param schedule A learning-rate schedule, a schedule object of Keras, or a number for a constant rate.
#' @param plan A [training_plan()] with its `epochs`.
#' @param from The step at which the epochs of `plan` begin: one whole number, 0 or more. To go on
#'   training a model, pass `optimizer_step(model)`, and a plan of the epochs still to be trained.
#' @param x What `schedule_check()` returned.
#' @param ... Not used.
#' @returns A data frame of class `schedule_findings` with a row for each finding, in the order of
#'   steps, and no row where there is nothing to say: `severity` (`"problem"` where the schedule
#'   counts or trains otherwise than it looks, else `"warning"`), `what` (a sentence), `step`,
#'   `epoch`, and `advice`, what to do. `print()` adds a note if the first step has a rate of 0, as
#'   in most warmups.
#' @family ways to look at a schedule
#' @concept check_schedule
#' @concept validate_schedule
#' @concept lint
#' @export
#' @examples
#' plan <- training_plan(samples = 1000, batch_size = 32, epochs = 40)
#' @examplesIf has_numpy()
#' early <- learning_rate_schedule_exponential_decay(0.1, 25, 0.5, staircase = TRUE)
#' schedule_check(early, plan)
#' meant <- update(early, decay_steps = epochs(25, plan))
#' schedule_check(meant, plan)
#' # A second `fit()` of 40 epochs, after those for which the cosine was made:
#' cosine <- learning_rate_schedule_cosine_decay(0.1, epochs(40, plan))
#' schedule_check(cosine, plan, from = epochs(40, plan))
#' @examplesIf has_keras() && requireNamespace("keras3", quietly = TRUE)
#' # Keras's own class: what it trains with, on this backend.
#' stairs <- keras3::learning_rate_schedule_exponential_decay(0.1, 41, 0.5, staircase = TRUE)
#' schedule_check(stairs, training_plan(steps_per_epoch = 41, epochs = 4))
schedule_check <- function(schedule, plan, from = 0) {
  check_required(schedule)
  plan <- check_plan_with_end(plan)
  from <- check_from(from, plan)
  # An object of Keras is compiled as it is, and only a backend knows how far it counts.
  if (is_python_schedule(schedule) && !reticulate::py_is_null_xptr(schedule)) {
    half <- keras_core("A schedule of Keras")
    object <- schedule
  } else {
    schedule <- check_schedule_looked_at(schedule)
    object <- twin(schedule)
    counts_far <- from + plan$steps > .Machine$integer.max && has_keras()
    half <- if (needs_keras(schedule) || counts_far) keras_core("This check") else core()
  }
  found <- plain_rows(call_python(
    half$schedule_check,
    object,
    plan$steps_per_epoch,
    plan$epochs,
    plan$gradient_accumulation_steps %||% 1,
    from
  ))
  column <- function(name, type) {
    vapply(found, function(row) as.vector(row[[name]], type), vector(type, 1))
  }
  findings <- data.frame(
    severity = column("severity", "character"),
    what = column("what", "character"),
    step = column("step", "numeric"),
    epoch = column("step", "numeric") / plan$steps_per_epoch,
    advice = column("advice", "character")
  )
  said <- format(plan)
  if (from > 0) {
    said <- paste0(said, ", from step ", format_number(from), " on")
  }
  structure(
    findings,
    class = c("schedule_findings", "data.frame"),
    plan = said,
    note = if (from == 0 && plan$steps > 1) note_of_first_step(schedule)
  )
}

# A warmup from 0 is too common for a finding.
note_of_first_step <- function(schedule) {
  if (inherits(schedule, "learning_rate_schedule")) {
    rates <- rates_at(schedule, 0:1)
    if (rates[[1]] == 0 && rates[[2]] > 0) {
      "The first step has a rate of 0 and trains nothing. To use it, begin the warmup above 0: `from`."
    }
  }
}

check_from <- function(from, plan, call = caller_env()) {
  from <- check_steps(from, "from", call)
  if (from > 0 && from + plan$steps > 2^53) {
    abort_argument(from, "at most 2^53 less the steps of `plan`", "from", call)
  }
  from
}

#' @rdname schedule_check
#' @export
print.schedule_findings <- function(x, ...) {
  if (!all(c("severity", "what", "advice") %in% names(x))) {
    return(NextMethod())
  }
  plan <- attr(x, "plan")
  if (nrow(x) == 0) {
    cat(
      "Nothing to say about this schedule",
      if (!is.null(plan)) paste0(" in ", plan),
      ".\n",
      sep = ""
    )
  }
  for (i in seq_len(nrow(x))) {
    cat(
      said(paste0(i, ". ", x$severity[[i]], ": "), x$what[[i]]),
      said(strrep(" ", nchar(i) + 2), x$advice[[i]]),
      sep = "\n"
    )
  }
  if (!is.null(attr(x, "note"))) {
    cat(said("Note: ", attr(x, "note")), sep = "\n")
  }
  invisible(x)
}
