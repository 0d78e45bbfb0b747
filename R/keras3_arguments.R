# The arguments of the six functions that keras3 also has. So that scripts for keras3 run, these functions
# truncate fractional steps and ignore a warmup without a target, as keras3 and Keras do. Only the inverse
# time decay keeps fractional steps, as in keras3.

# Truncates a fractional number of steps such as `0.1 * total`.
check_keras_steps <- function(x, arg = caller_arg(x), call = caller_env()) {
  requirement <- "one number of steps, 0 or more, up to 2^53"
  truncate_steps(check_length_in_steps(x, requirement, 0, arg, call), arg)
}

# Does the same, except that `I()` keeps the fraction: a Keras schedule object may have one, and format() of
# such a schedule writes `I()`.
check_keras_positive_steps <- function(x, arg = caller_arg(x), call = caller_env()) {
  check_required(x, arg, call)
  if (inherits(x, "AsIs")) {
    return(check_positive_steps(x, arg, call))
  }
  requirement <- "one number of steps, 1 or more, up to 2^53"
  truncate_steps(check_length_in_steps(x, requirement, 1, arg, call), arg)
}

# Checks a number of steps that may be fractional.
check_positive_steps <- function(x, arg = caller_arg(x), call = caller_env()) {
  requirement <- "one number of steps from 1e-6 to 2^53"
  check_length_in_steps(x, requirement, 1e-6, arg, call)
}

check_length_in_steps <- function(x, requirement, least, arg, call) {
  check_required(x, arg, call)
  force(arg)
  if (inherits(x, "AsIs")) {
    x <- unclass(x)
  }
  x <- to_whole(x)
  check_number(x, requirement, function(x) x >= least && x <= MAX_STEP, arg, call)
}

check_keras_boundaries <- function(x, arg = caller_arg(x), call = caller_env()) {
  check_required(x, arg, call)
  force(arg)
  requirement <- "one or more steps, 0 or more, strictly increasing"
  accept <- function(x) x >= 0 & x <= MAX_STEP
  boundaries <- check_vector(x, requirement, accept, arg, call, to_whole)
  if (is.unsorted(trunc(boundaries), strictly = TRUE)) {
    cut <- any(boundaries != trunc(boundaries))
    why <- if (cut) "Keras truncates boundaries to whole steps, which must still increase."
    abort_argument(x, requirement, arg, call, why)
  }
  truncate_steps(boundaries, arg)
}

# Truncates steps, with a message about those that change.
truncate_steps <- function(x, arg) {
  whole <- trunc(x)
  cut <- x != whole
  if (any(cut)) {
    one <- length(x) == 1L
    hint <- if (is.null(the$hinted_at_whole_steps)) {
      "{.code round({as_given(x[cut][[1]])})} and {.fn epochs} give whole numbers of steps."
    }
    the$hinted_at_whole_steps <- TRUE
    cli::cli_inform(
      c(
        "{.arg {arg}}: {.code {as_given(x[cut])}} {cli::qty(sum(cut))}{?is/are} truncated to {.code {as_given(whole[cut])}}, as in keras3.",
        i = hint
      ),
      class = "lrschedules_truncated_steps"
    )
  }
  whole
}

# The classes whose functions truncate fractional steps.
TRUNCATING <- c("CosineDecay", "CosineDecayRestarts", "ExponentialDecay", "PolynomialDecay")

# The configuration as arguments that the function of the class does not truncate.
arguments_as_held <- function(class, config) {
  if (class %in% TRUNCATING) {
    for (name in intersect(c("decay_steps", "first_decay_steps"), names(config))) {
      if (!is_whole(config[[name]])) {
        config[[name]] <- I(config[[name]])
      }
    }
  }
  config
}

# Keras ignores a warmup without a target.
ignore_warmup <- function(config) {
  if (is.null(config$warmup_target) && config$warmup_steps > 0) {
    cli::cli_inform(
      c(
        "{.code warmup_steps = {format_number(config$warmup_steps)}} is ignored without {.arg warmup_target}, as in Keras.",
        i = "The warmup rises to {.arg warmup_target}."
      ),
      class = "lrschedules_ignored_warmup"
    )
    config$warmup_steps <- 0
  }
  config
}
