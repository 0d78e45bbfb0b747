#' Check a schedule against a training plan
#'
#' Checks a schedule against a training plan and reports what is probably a mistake:
#'
#' - step counts that look like epochs (`decay_steps = 25` when an epoch has 32 steps), or like
#'   updates when gradients are accumulated; a [schedule_accumulate()] that differs from the plan;
#' - a boundary, warmup, restart or end that the plan never reaches; a rate that only changes after the
#'   plan; a rate of 0, or below a thousandth of the peak, for more than a tenth of the steps;
#' - a warmup that ends at a rate of 0, because the schedule inside it also has a warmup; a highest
#'   rate of 10 or more;
#' - jumps upwards by more than a factor of 10 that are not restarts or cycles, and parts of a join
#'   that do not meet (a gap of more than 5 %). A step from one number to another is not a gap. A part
#'   that repeats the previous one, or begins after the rate has fallen below a hundredth of its peak,
#'   counts as a restart;
#' - a rate that is negative or not a number, which only Keras's classes or your own can return;
#' - training that begins, at `from`, after the end of the schedule, at a rate of 0;
#' - more steps than Keras can count on JAX and PyTorch, \eqn{2^{31} - 1}{2^31 - 1};
#' - for an object of one of Keras's own schedule classes, as \pkg{keras3} makes them: a warmup that
#'   Keras ignores because it has no target, and the steps of the plan at which the object trains at a
#'   different rate than its formula says. To find these steps, the object is compiled as in `fit()` on
#'   this backend, and evaluated at and next to the steps where its formula turns or jumps.
#'
#' @param schedule A learning-rate schedule, a Keras schedule object, or a number for a constant rate.
#' @param plan A [training_plan()] with its `epochs`.
#' @param from The step at which the epochs of `plan` begin: one whole number, 0 or more. To check
#'   further training of a model, pass `optimizer_step(model)` and a plan of the remaining epochs.
#' @param x What `schedule_check()` returned.
#' @param ... Not used.
#' @returns A data frame of class `schedule_findings` with one row for each finding, ordered by step, or
#'   no rows if no problems were found. Its columns are `severity` (`"problem"` if the schedule counts or
#'   trains differently than it appears to, or can't train, otherwise `"warning"`), `what` (a sentence),
#'   `step`, `epoch`, and `advice` (what to do). `print()` adds a note if the first step has a rate of 0,
#'   as in most warmups.
#' @section Errors:
#' It is an error if `plan` was made without `epochs`.
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
#' # A second `fit()` of 40 epochs, after the 40 epochs of the cosine:
#' cosine <- learning_rate_schedule_cosine_decay(0.1, epochs(40, plan))
#' schedule_check(cosine, plan, from = epochs(40, plan))
#' @examplesIf has_keras() && requireNamespace("keras3", quietly = TRUE)
#' # Keras's own class, as it trains on this backend:
#' stairs <- keras3::learning_rate_schedule_exponential_decay(0.1, 41, 0.5, staircase = TRUE)
#' schedule_check(stairs, training_plan(steps_per_epoch = 41, epochs = 4))
schedule_check <- function(schedule, plan, from = 0) {
  check_required(schedule)
  plan <- check_plan_with_end(plan)
  from <- check_from(from, plan)
  # Keras's own objects are compiled without a conversion. Only the backend knows how far it can count.
  if (is_python_schedule(schedule) && !reticulate::py_is_null_xptr(schedule)) {
    half <- keras_core("A Keras schedule")
    object <- schedule
  } else {
    schedule <- check_schedule_looked_at(schedule)
    object <- twin(schedule)
    counts_far <- from + plan$steps > .Machine$integer.max && has_keras()
    half <- if (needs_keras(schedule) || counts_far) keras_core("This check") else core()
  }
  findings_in(half, object, plan, from, schedule, current_env())
}

# Checks a design without Keras, so without the limit of the backend's step count.
findings_of <- function(schedule, plan) {
  half <- if (needs_keras(schedule)) keras_core("This check") else core()
  findings_in(half, twin(schedule), plan, 0, schedule, caller_env())
}

findings_in <- function(half, object, plan, from, schedule, call) {
  found <- plain_rows(call_python(
    half$schedule_check,
    object,
    plan$steps_per_epoch,
    plan$epochs,
    plan$gradient_accumulation_steps %||% 1,
    from,
    call = call
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
  said <- paste0(count_of(plan$epochs, "epoch"), " (", count_of(plan$steps, "step"), ")")
  if (from > 0) {
    said <- paste0(said, " from step ", in_prose(from))
  }
  structure(
    findings,
    class = c("schedule_findings", "data.frame"),
    # For the designer's remedies.
    kinds = column("kind", "character"),
    plan = said,
    note = if (from == 0 && plan$steps > 1) note_of_first_step(schedule)
  )
}

# A warmup from 0 is too common to be reported as a finding.
note_of_first_step <- function(schedule) {
  if (inherits(schedule, "learning_rate_schedule")) {
    rates <- rates_at(schedule, 0:1)
    if (rates[[1]] == 0 && rates[[2]] > 0) {
      "The first step has a rate of 0 and trains nothing. To train on it, start the warmup above 0 (`from` in `schedule_warmup()`)."
    }
  }
}

check_from <- function(from, plan, call = caller_env()) {
  from <- check_steps(from, "from", call)
  if (from > 0 && from + plan$steps > 2^53) {
    abort_argument(from, "at most 2^53 minus the steps of `plan`", "from", call)
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
      "No problems found",
      if (!is.null(plan)) paste0(" over ", plan),
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
