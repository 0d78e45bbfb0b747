#' Count training steps as Keras does
#'
#' A schedule counts training steps: batches, not epochs. `training_plan()` works out how
#' many of them `fit()` will run, and `epochs()` and `fraction()` turn epochs, or a fraction of
#' the whole training, into the step counts that every schedule takes.
#'
#' With 1000 samples in batches of 32 an epoch has 32 steps, the last of them of 8 samples. So
#' `decay_steps = 25` with `staircase = TRUE` first drops the rate within the first epoch; for
#' a drop after the 25th epoch, use `decay_steps = epochs(25, plan)`, which is 800 steps (see
#' the examples).
#'
#' \deqn{steps\_per\_epoch = \lceil n / b \rceil}{steps_per_epoch = ceiling(n / batch_size)}
#'
#' where \eqn{n} is `floor(samples * (1 - validation_split))`, the number of samples that Keras
#' keeps for training. With `drop_remainder = TRUE` it is the floor of
#' \eqn{n / b}{n / batch_size}.
#'
#' @param samples The number of samples before any validation split: one whole number
#'   greater than 0.
#' @param batch_size The number of samples in a batch; the default is that of `fit()`.
#' @param epochs The number of epochs to train for.
#' @param steps_per_epoch Instead of `samples` or `x`: the number of steps in an epoch, as for
#'   a generator.
#' @param x Instead of `samples`: the training data, whose samples are counted: an array, matrix
#'   or data frame with one row per sample, or a list of such inputs.
#' @param validation_split As in `fit()`: the fraction of the samples kept for validation, 0 or
#'   more and less than 1.
#' @param drop_remainder Whether an incomplete last batch is left out, as `tf.data`'s `batch()`
#'   can do; `fit()` itself trains on it.
#' @param gradient_accumulation_steps As in an optimizer: how many steps make one update of the
#'   weights. Keras still counts a step for each batch, so this changes no number of steps, only
#'   `updates`. See [schedule_accumulate()] for a schedule that counts updates.
#' @param n One or more numbers of epochs, 0 or more, and at most those of a plan that was given
#'   `epochs`; fractional epochs are rounded to whole steps.
#' @param fraction One or more fractions of the whole training, from 0 to 1; rounded to whole steps.
#' @param plan A training plan.
#' @param ... Not used.
#' @returns `training_plan()`: a list of class `training_plan` with the whole numbers
#'   `steps_per_epoch`, `epochs`, `steps` (the steps of the whole training), `updates` and
#'   `gradient_accumulation_steps`.
#'   `epochs()` and `fraction()`: whole numbers of steps, as doubles.
#' @section Errors:
#' Exactly one of `samples`, `steps_per_epoch` and `x` must be given.
#' @family ways to train with a schedule
#' @export
#' @examples
#' plan <- training_plan(samples = 1000, batch_size = 32, epochs = 40)
#' plan
#' epochs(25, plan)
#' fraction(0.1, plan)
#' @examplesIf has_numpy()
#' # Intended: a drop after epoch 25. This one drops at step 25, within the first epoch:
#' early <- learning_rate_schedule_exponential_decay(0.1, 25, 0.5, staircase = TRUE)
#' early(c(24, 25, epochs(1, plan)))
#' # This one drops there:
#' right <- learning_rate_schedule_exponential_decay(0.1, epochs(25, plan), 0.5, staircase = TRUE)
#' right(c(24, 25, epochs(25, plan) - 1, epochs(25, plan)))
training_plan <- function(
  samples = NULL,
  batch_size = 32,
  epochs = 1,
  steps_per_epoch = NULL,
  x = NULL,
  validation_split = 0,
  drop_remainder = FALSE,
  gradient_accumulation_steps = 1
) {
  given <- c(
    samples = !is.null(samples),
    steps_per_epoch = !is.null(steps_per_epoch),
    x = !is.null(x)
  )
  if (sum(given) != 1) {
    got <- if (any(given)) "{.arg {names(given)[given]}}" else "none of them"
    cli::cli_abort(paste0("Exactly one of {.arg {names(given)}} must be given, not ", got, "."))
  }
  if (!is.null(steps_per_epoch) && !missing(batch_size)) {
    cli::cli_abort(
      "{.arg batch_size} must be left out where {.arg steps_per_epoch} is given: it would change nothing."
    )
  }
  batch_size <- check_count(batch_size)
  check_flag(drop_remainder)
  check_number(
    validation_split,
    "one number from 0 to below 1",
    function(x) x >= 0 && x < 1,
    "validation_split",
    current_env()
  )
  if (is.null(steps_per_epoch)) {
    samples <- if (is.null(x)) check_count(samples) else count_samples(x)
    training <- floor(samples * (1 - validation_split))
    batches <- training / batch_size
    steps_per_epoch <- if (drop_remainder) floor(batches) else ceiling(batches)
    if (steps_per_epoch == 0) {
      cli::cli_abort(
        "{.arg samples} must fill at least one batch of {batch_size} for training, not {.code {as_given(samples)}}."
      )
    }
  } else {
    steps_per_epoch <- check_positive_whole_steps(steps_per_epoch)
    if (validation_split > 0 || drop_remainder) {
      unused <- if (drop_remainder) "drop_remainder" else "validation_split"
      cli::cli_abort(
        "{.arg {unused}} must be left out where {.arg steps_per_epoch} is given: it would change nothing."
      )
    }
  }
  steps <- steps_per_epoch * check_count(epochs)
  plan <- list(
    steps_per_epoch = steps_per_epoch,
    epochs = as.double(epochs),
    steps = steps,
    updates = steps %/% check_count(gradient_accumulation_steps),
    gradient_accumulation_steps = as.double(gradient_accumulation_steps)
  )
  # Without `epochs` it has no end to go beyond.
  plan$open <- if (missing(epochs)) TRUE
  structure(plan, class = "training_plan")
}

#' @rdname training_plan
#' @export
epochs <- function(n, plan) {
  check_required(n)
  check_no_schedule(n, "n", "epochs(25, plan)")
  n <- check_vector(
    n,
    "numbers of epochs, 0 or more",
    function(x) x >= 0,
    "n",
    current_env()
  )
  plan <- check_plan(plan)
  if (!isTRUE(plan$open) && any(n > plan$epochs)) {
    cli::cli_abort(
      "{.arg n} must be at most the {plan$epochs} epochs of {.arg plan}, not {.code {as_given(n)}}."
    )
  }
  round(n * plan$steps_per_epoch)
}

# As in `schedule |> epochs(10)`.
check_no_schedule <- function(x, arg, example, call = caller_env()) {
  if (inherits(x, "learning_rate_schedule")) {
    cli::cli_abort(
      c(
        "{.arg {arg}} must be numbers, not a schedule.",
        i = "Steps are counted by a plan, in an argument of a schedule: {.code decay_steps = {example}}."
      ),
      call = call
    )
  }
}

#' @rdname training_plan
#' @export
fraction <- function(fraction, plan) {
  check_required(fraction)
  check_no_schedule(fraction, "fraction", "fraction(0.1, plan)")
  fraction <- check_vector(
    fraction,
    "numbers from 0 to 1",
    function(x) x >= 0 & x <= 1,
    "fraction",
    current_env()
  )
  round(fraction * check_plan(plan)$steps)
}

#' @rdname training_plan
#' @export
print.training_plan <- function(x, ...) {
  cat("<training_plan> ", format(x), "\n", sep = "")
  invisible(x)
}

#' @rdname training_plan
#' @export
format.training_plan <- function(x, ...) {
  text <- paste0(
    count_of(x$epochs, "epoch"),
    " of ",
    count_of(x$steps_per_epoch, "step"),
    ": ",
    count_of(x$steps, "step")
  )
  if (x$updates == x$steps) text else paste0(text, ", ", count_of(x$updates, "update"))
}

check_plan <- function(plan, call = caller_env()) {
  check_required(plan, call = call)
  if (!inherits(plan, "training_plan")) {
    abort_argument(plan, "a training plan, from `training_plan()`", "plan", call)
  }
  plan
}

# The rows of the data; those of a list of inputs must agree.
count_samples <- function(x, call = caller_env()) {
  inputs <- if (is_bare_list(x)) x else list(x)
  samples <- unique(vapply(inputs, NROW, 1L))
  if (length(samples) != 1L || samples == 0L) {
    cli::cli_abort(
      "{.arg x} must hold inputs with the same number of samples, at least 1, not {.val {samples}}.",
      call = call
    )
  }
  as.double(samples)
}
