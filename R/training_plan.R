#' Count training steps as Keras does
#'
#' A schedule counts training steps: batches, not epochs. `training_plan()` computes how
#' many steps `fit()` will run. `epochs()` and `fraction()` convert epochs, or a fraction of
#' the whole training, to the step counts that every schedule takes.
#'
#' With 1,000 samples in batches of 32, an epoch has 32 steps, the last one with 8 samples. So
#' `decay_steps = 25` with `staircase = TRUE` already drops the rate in the first epoch. To drop it after
#' epoch 25, use `decay_steps = epochs(25, plan)`, which is 800 steps.
#'
#' \deqn{steps\_per\_epoch = \lceil n / b \rceil}{steps_per_epoch = ceiling(n / batch_size)}
#'
#' where \eqn{n} is `floor(samples * (1 - validation_split))`, the number of samples that Keras
#' keeps for training. With `drop_remainder = TRUE` it is the floor of
#' \eqn{n / b}{n / batch_size}.
#'
#' @param samples The number of samples before any validation split: one whole number
#'   greater than 0.
#' @param batch_size The number of samples in a batch, as in `fit()`: one whole number greater than 0.
#' @param epochs The number of epochs to train for: one whole number greater than 0. Without it, `steps`
#'   counts one epoch, and functions that need the end of a plan, such as `fraction()`, refuse the plan.
#' @param steps_per_epoch The number of steps in an epoch, instead of `samples` or `x`, for example for
#'   a generator: one whole number greater than 0.
#' @param x The training data, instead of `samples`: an array, matrix or data frame with one row per
#'   sample, or a list of such inputs. For a TensorFlow dataset, a Keras `PyDataset` or a PyTorch
#'   `DataLoader` of known length, each batch is a step. Anything else is an error. For `print()`,
#'   `format()`, `as.character()` and `toString()`, a training plan.
#' @param validation_split As in `fit()`: the fraction of the samples kept for validation, 0 or
#'   more and less than 1.
#' @param drop_remainder Whether an incomplete last batch is dropped: `TRUE` or `FALSE`. `tf.data`'s
#'   `batch()` can drop it; `fit()` trains on it.
#' @param gradient_accumulation_steps As in an optimizer: how many steps make one update of the
#'   weights, one whole number greater than 0. Keras still counts a step for each batch, so this changes
#'   only `updates`. See [schedule_accumulate()] for a schedule that counts updates.
#' @param n One or more numbers of epochs, 0 or more, and not more than the `epochs` of the plan if it was
#'   made with them. Fractional epochs are rounded to whole steps.
#' @param fraction One or more fractions of the whole training, from 0 to 1, rounded to whole steps.
#' @param plan A training plan.
#' @param ... For `update()`, arguments of `training_plan()` by name; for the others, not used. All
#'   later arguments of `training_plan()` must be named in full.
#' @returns `training_plan()` and `update()`: a list of class `training_plan` with the whole numbers
#'   `steps_per_epoch`, `epochs`, `steps` (the steps of the whole training), `updates` and
#'   `gradient_accumulation_steps`. If it counted samples, it also has `samples`, `batch_size`,
#'   `validation_split` and `drop_remainder`. You can't change a plan in place:
#'   `update(plan, epochs = 50)` returns a new one.
#'   `epochs()` and `fraction()`: whole numbers of steps, as doubles.
#'   `format()`, `as.character()` and `toString()`: one string. `print()`: `x`, invisibly.
#' @section Errors:
#' It is an error if you give none or several of `samples`, `steps_per_epoch` and `x`, if the samples of
#' `x` can't be counted, or if no sample is left for training (with `drop_remainder`, no full batch). It is
#' also an error to give `batch_size`, `validation_split` or `drop_remainder` with `steps_per_epoch`, or
#' with data that are already in batches.
#' @family ways to train with a schedule
#' @concept num_training_steps
#' @concept total_steps
#' @concept max_steps
#' @concept epochs_to_steps
#' @concept warmup_epochs
#' @export
#' @examples
#' plan <- training_plan(samples = 1000, batch_size = 32, epochs = 40)
#' plan
#' update(plan, epochs = 50)
#' epochs(25, plan)
#' fraction(0.1, plan)
#' @examplesIf has_numpy()
#' # Intended: a drop after epoch 25. This one drops at step 25, within the first epoch:
#' early <- learning_rate_schedule_exponential_decay(0.1, 25, 0.5, staircase = TRUE)
#' early(c(24, 25, epochs(1, plan)))
#' # This one drops after epoch 25:
#' right <- learning_rate_schedule_exponential_decay(0.1, epochs(25, plan), 0.5, staircase = TRUE)
#' right(c(24, 25, epochs(25, plan) - 1, epochs(25, plan)))
training_plan <- function(
  samples = NULL,
  batch_size = 32,
  epochs = 1,
  ...,
  steps_per_epoch = NULL,
  x = NULL,
  validation_split = 0,
  drop_remainder = FALSE,
  gradient_accumulation_steps = 1
) {
  check_dots_empty()
  given <- c(
    samples = !is.null(samples),
    steps_per_epoch = !is.null(steps_per_epoch),
    x = !is.null(x)
  )
  if (sum(given) != 1) {
    got <- if (any(given)) ", not {.arg {names(given)[given]}}" else ", but none was"
    cli::cli_abort(paste0("Exactly one of {.arg {names(given)}} must be given", got, "."))
  }
  batch_size_given <- !missing(batch_size)
  batch_size <- check_count(batch_size)
  check_flag(drop_remainder)
  validation_split <- check_number(
    validation_split,
    "one number, 0 or more and less than 1",
    function(x) x >= 0 && x < 1,
    "validation_split",
    current_env()
  )
  counted <- if (!is.null(x)) count_data(x)
  if (!is.null(steps_per_epoch) || !is.null(counted$batches)) {
    instead <- if (is.null(counted)) {
      "{.arg steps_per_epoch}, where it has no effect."
    } else {
      "{.arg x}, whose data are already in batches."
    }
    unused <- c(
      batch_size = batch_size_given,
      validation_split = validation_split > 0,
      drop_remainder = drop_remainder
    )
    if (any(unused)) {
      unused <- names(unused)[unused][[1]]
      cli::cli_abort(
        paste0("{.arg {unused}} can't be used together with ", instead)
      )
    }
    steps_per_epoch <- counted$batches %||% check_positive_whole_steps(steps_per_epoch)
    made_from <- list()
  } else {
    samples <- counted$samples %||% check_count(samples)
    steps_per_epoch <- count_batches(samples, batch_size, validation_split, drop_remainder)
    if (steps_per_epoch == 0) {
      source <- names(given)[given]
      trained <- count_trained(samples, validation_split)
      cli::cli_abort(
        if (drop_remainder) {
          "{.arg {source}} must fill at least one batch of {in_prose(batch_size)} for training, not {count_of(trained, \"sample\")}."
        } else {
          "{.arg {source}} must leave at least one sample for training, but {.code validation_split = {as_given(validation_split)}} takes all {in_prose(samples)}."
        }
      )
    }
    made_from <- list(
      samples = samples,
      batch_size = batch_size,
      validation_split = validation_split,
      drop_remainder = drop_remainder
    )
  }
  open <- missing(epochs)
  epochs <- check_count(epochs)
  gradient_accumulation_steps <- check_count(gradient_accumulation_steps)
  steps <- steps_per_epoch * epochs
  plan <- c(
    list(
      steps_per_epoch = steps_per_epoch,
      epochs = epochs,
      steps = steps,
      updates = steps %/% gradient_accumulation_steps,
      gradient_accumulation_steps = gradient_accumulation_steps
    ),
    made_from
  )
  # A plan without `epochs` has no end, so `epochs()` has no upper limit.
  plan$open <- if (open) TRUE
  structure(plan, class = "training_plan")
}

count_batches <- function(samples, batch_size, validation_split, drop_remainder) {
  batches <- count_trained(samples, validation_split) / batch_size
  if (drop_remainder) floor(batches) else ceiling(batches)
}

# The samples that Keras keeps for training.
count_trained <- function(samples, validation_split) floor(samples * (1 - validation_split))

#' @param object A training plan.
#' @rdname training_plan
#' @export
update.training_plan <- function(object, ...) {
  new <- list2(...)
  check_named(new)
  wrong <- setdiff(names2(new), setdiff(names(formals(training_plan)), "..."))
  if (length(wrong) > 0) {
    cli::cli_abort(
      "{.arg ...} must be named arguments of {.fn training_plan}, not {.val {wrong}}."
    )
  }
  counts <- c("samples", "batch_size", "validation_split", "drop_remainder")
  sources <- c("samples", "steps_per_epoch", "x")
  old <- unclass(object)[c(
    if (!isTRUE(object$open)) "epochs",
    "gradient_accumulation_steps",
    if (is.null(object$samples)) "steps_per_epoch" else counts
  )]
  if (any(sources %in% names(new))) {
    old[sources] <- NULL
  }
  # Data that are already in batches don't need these arguments.
  if (!is.null(new$steps_per_epoch) || (!is.null(new$x) && !is.null(count_data(new$x)$batches))) {
    old[counts] <- NULL
  }
  old[names(new)] <- new
  inject(training_plan(!!!old))
}

#' @param name,i,value Not used: [update()] makes a new plan.
#' @rdname training_plan
#' @export
`$<-.training_plan` <- function(x, name, value) {
  # A plan also has elements that are not arguments, such as `steps`.
  argument <- if (name %in% names(formals(training_plan))) name else "epochs"
  cli::cli_abort(
    c(
      "A training plan can't be changed in place, since its numbers depend on each other.",
      i = "{.code update(plan, {argument} = ...)} returns a new plan."
    ),
    call = call("$<-", quote(plan), as.name(name))
  )
}

#' @rdname training_plan
#' @export
`[[<-.training_plan` <- function(x, i, value) {
  `$<-.training_plan`(x, as.character(i))
}

#' @rdname training_plan
#' @export
`[<-.training_plan` <- function(x, i, value) {
  `$<-.training_plan`(x, as.character(i)[[1]])
}

#' @rdname training_plan
#' @export
epochs <- function(n, plan) {
  check_required(n)
  check_no_schedule(n, "n", "epochs(25, plan)")
  check_no_plan(n, "n", "epochs(25, plan)")
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
      "{.arg n} must be at most {in_prose(plan$epochs)}, the number of epochs in {.arg plan}, not {.code {as_given(n)}}."
    )
  }
  round(n * plan$steps_per_epoch)
}

# Catches `plan |> epochs(5)`.
check_no_plan <- function(x, arg, example, call = caller_env()) {
  if (inherits(x, "training_plan")) {
    cli::cli_abort(
      c(
        "{.arg {arg}} must be numbers, not a training plan.",
        i = "The plan is the second argument, so you can't pipe it in: {.code {example}}."
      ),
      call = call
    )
  }
}

# Catches `schedule |> epochs(10)`.
check_no_schedule <- function(x, arg, example, call = caller_env()) {
  if (inherits(x, "learning_rate_schedule")) {
    cli::cli_abort(
      c(
        "{.arg {arg}} must be numbers, not a schedule.",
        i = "In an argument of the schedule, write {.code decay_steps = {example}}."
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
  check_no_plan(fraction, "fraction", "fraction(0.1, plan)")
  fraction <- check_vector(
    fraction,
    "numbers from 0 to 1",
    function(x) x >= 0 & x <= 1,
    "fraction",
    current_env()
  )
  round(fraction * check_plan_with_end(plan)$steps)
}

#' @rdname training_plan
#' @export
print.training_plan <- function(x, ...) {
  cat("<training_plan> ", format(x), "\n", sep = "")
  if (!is.null(x$samples)) {
    cat(
      "  of ",
      count_of(x$samples, "sample"),
      if (x$validation_split > 0) {
        kept <- x$samples - count_trained(x$samples, x$validation_split)
        paste0(" (", in_prose(kept), " of them for validation)")
      },
      " in batches of ",
      in_prose(x$batch_size),
      if (x$drop_remainder) ", dropping an incomplete last batch",
      "\n",
      sep = ""
    )
  }
  invisible(x)
}

#' @rdname training_plan
#' @export
format.training_plan <- function(x, ...) {
  steps <- count_of(x$steps_per_epoch, "step")
  k <- x$gradient_accumulation_steps
  if (isTRUE(x$open)) {
    # Keras accumulates across epochs, so an epoch may have half an update.
    updates <- if (k > 1) paste0(" (", count_of(round(x$steps_per_epoch / k, 2), "update"), ")")
    return(paste0(steps, updates, " per epoch, open-ended"))
  }
  updates <- if (k > 1) count_of(x$updates, "update")
  text <- paste0(count_of(x$epochs, "epoch"), " of ", steps, ": ", count_of(x$steps, "step"))
  paste(c(text, updates), collapse = ", ")
}

#' @rdname training_plan
#' @export
as.character.training_plan <- function(x, ...) format(x)

#' @rdname training_plan
#' @export
toString.training_plan <- function(x, ...) format(x)

# Lets `r plan` work in a sentence.
#' @exportS3Method knitr::knit_print
knit_print.training_plan <- function(x, ..., inline = FALSE) {
  if (inline) format(x) else NextMethod()
}

check_plan <- function(plan, call = caller_env()) {
  check_required(plan, call = call)
  if (!inherits(plan, "training_plan")) {
    abort_argument(plan, "a training plan, from `training_plan()`", "plan", call)
  }
  plan
}

# Checks a plan whose end matters.
check_plan_with_end <- function(plan, call = caller_env()) {
  plan <- check_plan(plan, call)
  if (isTRUE(plan$open)) {
    cli::cli_abort(
      c(
        "{.arg plan} must have {.arg epochs}: without them, it has no end.",
        i = "{.code update(plan, epochs = 10)} returns a plan of 10 epochs."
      ),
      call = call
    )
  }
  plan
}

# The steps that a plan trains; NULL without a plan, or if it has no end.
steps_of_plan <- function(plan) if (!isTRUE(plan$open)) plan$steps

# Counts the `samples` or the `batches` in the data.
count_data <- function(x, call = caller_env()) {
  if (is_python(x)) {
    return(count_python_data(x, call))
  }
  inputs <- if (is_bare_list(x)) flattened(x) else list(x)
  samples <- unique(vapply(inputs, count_rows, 0))
  if (anyNA(samples) || length(inputs) == 0L) {
    abort_not_counted(x, call)
  }
  if (length(samples) != 1L || samples == 0) {
    cli::cli_abort(
      "The inputs in {.arg x} must have the same number of samples, at least 1, not {vapply(samples, in_prose, \"\")}.",
      call = call
    )
  }
  list(samples = samples)
}

flattened <- function(x) {
  if (is_bare_list(x)) do.call(c, lapply(unname(x), flattened)) else list(x)
}

# Rows of an R or Python array or data frame, or NA for anything else.
count_rows <- function(x) {
  if (is_python(x)) {
    return(length_of_shape(x))
  }
  rows <- dim(x)
  if (length(rows) > 0) as.double(rows[[1]]) else NA
}

length_of_shape <- function(x) {
  builtins <- reticulate::import_builtins(convert = FALSE)
  shape <- if (reticulate::py_has_attr(x, "shape")) reticulate::py_get_attr(x, "shape")
  tryCatch(
    as.double(reticulate::py_to_r(builtins$int(builtins$tuple(shape)[[0]]))),
    error = function(cnd) NA
  )
}

count_python_data <- function(x, call) {
  check_alive(x, "x", call)
  samples <- length_of_shape(x)
  if (!is.na(samples)) {
    return(list(samples = samples))
  }
  builtins <- reticulate::import_builtins(convert = FALSE)
  number <- function(get) {
    tryCatch(as.double(reticulate::py_to_r(builtins$int(get()))), error = function(cnd) NA)
  }
  has <- function(class) any(grepl(class, class(x)))
  batches <- if (has("^tensorflow[.].*[.]DatasetV2$")) {
    number(function() x$cardinality())
  } else if (has("[.]PyDataset$")) {
    number(function() x$num_batches)
  } else if (has("^torch[.]utils[.]data[.].*DataLoader$")) {
    number(function() builtins$len(x))
  } else {
    NA
  }
  # TensorFlow returns -1 for an infinite dataset and -2 for an unknown size.
  if (is.na(batches) || batches < 1) {
    abort_not_counted(x, call)
  }
  list(batches = batches)
}

abort_not_counted <- function(x, call) {
  cli::cli_abort(
    c(
      "Can't count the samples in {.arg x}: {.code {as_given(x)}}.",
      i = "Use {.arg steps_per_epoch}, the number of batches in an epoch, instead."
    ),
    call = call
  )
}
