# Checks of the arguments of exported functions. Each returns its argument in the form that is
# stored: rates and steps as doubles. A check that Python also has is named as in
# `checks.py` and accepts the same values.

MAX_STEP <- 2^53

NEGATIVE_RATE <- "A negative rate would increase the loss."

check_rate <- function(x, arg = caller_arg(x), call = caller_env()) {
  check_number(x, "one finite number, 0 or more", function(x) x >= 0, arg, call, NEGATIVE_RATE)
}

check_optional_rate <- function(x, arg = caller_arg(x), call = caller_env()) {
  if (is.null(x)) {
    return(NULL)
  }
  requirement <- "one finite number, 0 or more, or NULL"
  check_number(x, requirement, function(x) x >= 0, arg, call, NEGATIVE_RATE)
}

# Checks a number with the range of a rate, such as a factor or an exponent.
check_non_negative <- function(x, arg = caller_arg(x), call = caller_env(), why = NULL) {
  check_number(x, "one finite number, 0 or more", function(x) x >= 0, arg, call, why)
}

check_positive <- function(x, arg = caller_arg(x), call = caller_env()) {
  check_number(x, "one finite number greater than 0", function(x) x > 0, arg, call)
}

check_finite <- function(x, arg = caller_arg(x), call = caller_env()) {
  check_number(x, "one finite number", function(x) TRUE, arg, call)
}

check_fraction <- function(x, arg = caller_arg(x), call = caller_env()) {
  check_number(x, "one number from 0 to 1", function(x) x >= 0 && x <= 1, arg, call)
}

# Checks the factor by which each cycle is longer than the previous one.
check_growth <- function(x, arg = caller_arg(x), call = caller_env()) {
  requirement <- "one number from 1 to 2^53"
  check_number(
    x,
    requirement,
    function(x) x >= 1 && x <= MAX_STEP,
    arg,
    call,
    why = if (without_integer64(x) < 1) {
      "Below 1 the cycles shrink to nothing, and then the rate is not a number."
    }
  )
}

check_positive_whole_steps <- function(x, arg = caller_arg(x), call = caller_env()) {
  check_whole(x, "one whole number of steps greater than 0, up to 2^53", 1, arg, call)
}

# Checks a count of something other than steps, such as samples or epochs.
check_count <- function(x, arg = caller_arg(x), call = caller_env()) {
  check_whole(x, "one whole number greater than 0, up to 2^53", 1, arg, call)
}

check_steps <- function(x, arg = caller_arg(x), call = caller_env()) {
  check_whole(x, "one whole number of steps, 0 or more, up to 2^53", 0, arg, call)
}

# Checks one or more rates.
check_rates <- function(x, arg = caller_arg(x), call = caller_env()) {
  check_vector(x, "one or more finite numbers, each 0 or more", function(x) x >= 0, arg, call)
}

# Checks one or more strictly increasing steps.
check_boundaries <- function(x, arg = caller_arg(x), call = caller_env()) {
  requirement <- "one or more whole steps, 0 or more, strictly increasing"
  boundaries <- check_vector(x, requirement, function(x) x >= 0 & is_whole(x), arg, call, to_whole)
  if (is.unsorted(boundaries, strictly = TRUE)) {
    abort_argument(x, requirement, arg, call)
  }
  boundaries
}

check_one_of <- function(x, choices, arg = caller_arg(x), call = caller_env()) {
  check_required(x, arg, call)
  if (!is_string(x) || !x %in% choices) {
    abort_argument(x, cli::format_inline("{.or {.val {choices}}}"), arg, call)
  }
  x
}

# Checks a schedule or a number, which is a constant rate. A Python schedule becomes an R value.
check_schedule_or_rate <- function(x, arg = caller_arg(x), call = caller_env()) {
  check_required(x, arg, call)
  if (inherits(x, "learning_rate_schedule")) {
    return(x)
  }
  if (is_python(x)) {
    return(schedule_from_python(x, arg, call))
  }
  check_number(x, "a schedule, or one finite number, 0 or more", function(x) x >= 0, arg, call)
}

# Like check_schedule_or_rate(), but also turns a number into a schedule.
check_schedule_looked_at <- function(x, arg = caller_arg(x), call = caller_env()) {
  schedule <- check_schedule_or_rate(x, arg, call)
  if (is.numeric(schedule)) learning_rate_schedule_constant(schedule) else schedule
}

# Checks a list of schedules. A single schedule is not a list.
check_schedules <- function(x, arg = caller_arg(x), call = caller_env()) {
  check_required(x, arg, call)
  force(arg)
  x <- without_integer64(x)
  if (!is_bare_list(x) && !(is_plain_number(x) && length(x) > 1L) || length(x) == 0L) {
    abort_argument(x, "a list of schedules, or of numbers for constant rates", arg, call)
  }
  Map(
    function(x, i) check_schedule_or_rate(x, paste0(arg, "[[", i, "]]"), call),
    unname(as.list(x)),
    seq_along(x)
  )
}

# Checks a number that may be `Inf`, which means no limit.
check_limit <- function(x, requirement, accept, arg, call) {
  if (identical(x, Inf)) {
    return(x)
  }
  check_number(x, paste0(requirement, ", or Inf"), accept, arg, call)
}

check_upper_rate <- function(x, arg = caller_arg(x), call = caller_env()) {
  check_limit(x, "one number, 0 or more", function(x) x >= 0, arg, call)
}

check_times <- function(x, arg = caller_arg(x), call = caller_env()) {
  check_limit(
    to_whole(x),
    "one whole number greater than 0, up to 2^53",
    function(x) x > 0 && is_whole(x),
    arg,
    call
  )
}

check_seed <- function(x, arg = caller_arg(x), call = caller_env()) {
  check_whole(x, "one whole number, 0 or more, up to 2^53", 0, arg, call)
}

check_stretch_factor <- function(x, arg = caller_arg(x), call = caller_env()) {
  check_number(x, "one number from 1e-6 to 2^53", function(x) x >= 1e-6 && x <= MAX_STEP, arg, call)
}

# Checks the arguments of `update()` after `object`.
check_named <- function(x, call = caller_env()) {
  if (!all(nzchar(names2(x)))) {
    cli::cli_abort("All arguments after {.arg object} must be named.", call = call)
  }
}

check_flag <- function(x, arg = caller_arg(x), call = caller_env()) {
  check_required(x, arg, call)
  if (!is_bool(x)) {
    abort_argument(x, "TRUE or FALSE", arg, call)
  }
  x
}

check_label <- function(x, arg = caller_arg(x), call = caller_env()) {
  if (!is.null(x) && !(is_string(x) && !is.na(x))) {
    abort_argument(x, "one string or NULL", arg, call)
  }
  x
}

check_schedule <- function(x, arg = caller_arg(x), call = caller_env()) {
  check_required(x, arg, call)
  if (!inherits(x, "learning_rate_schedule")) {
    abort_argument(x, "a learning-rate schedule", arg, call)
  }
  x
}

# Longer vectors of steps are left to Python, which checks them four times as fast.
MANY_STEPS <- 10000L

# Checks the steps at which to evaluate: any number of them, including negative and fractional ones.
# Without `look`, a vector longer than MANY_STEPS may contain missing or too large numbers.
check_steps_to_evaluate <- function(x, arg = caller_arg(x), call = caller_env(), look = TRUE) {
  check_required(x, arg, call)
  force(arg)
  requirement <- "numbers from -2^53 to 2^53"
  x <- without_integer64(x)
  if (!is_plain_number(x)) {
    abort_argument(x, requirement, arg, call)
  }
  if (length(x) == 0L || if (is.integer(x)) !anyNA(x) else !look && length(x) > MANY_STEPS) {
    return(x)
  }
  # range() would make a copy.
  lowest <- min(x)
  if (is.na(lowest) || lowest < -MAX_STEP || max(x) > MAX_STEP) {
    first <- which(is.na(x) | abs(x) > MAX_STEP)[[1]]
    where <- if (length(x) > 1) paste0(arg, "[", first, "]") else arg
    abort_argument(x[[first]], requirement, where, call)
  }
  x
}

# `why` explains what a refused number would do.
check_number <- function(x, requirement, accept, arg, call, why = NULL) {
  check_required(x, arg, call)
  x <- without_integer64(x)
  if (!is_plain_number(x) || length(x) != 1L || !is.finite(x)) {
    abort_argument(x, requirement, arg, call)
  }
  if (!accept(x)) {
    abort_argument(x, requirement, arg, call, why)
  }
  as.double(x)
}

check_whole <- function(x, requirement, least, arg, call, most = MAX_STEP) {
  check_required(x, arg, call)
  force(arg)
  x <- to_whole(x)
  check_number(x, requirement, function(x) x >= least && x <= most && is_whole(x), arg, call)
}

# Like check_number(), for each element; `accept` is vectorised. A list of numbers, which
# keras3 accepts, becomes a vector.
check_vector <- function(x, requirement, accept, arg, call, prepare = identity) {
  check_required(x, arg, call)
  x <- if (is_bare_list(x)) lapply(x, without_integer64) else without_integer64(x)
  is_list_of_numbers <- is_bare_list(x) &&
    all(lengths(x) == 1L) &&
    all(vapply(x, is_plain_number, NA))
  numbers <- prepare(if (is_list_of_numbers) unlist(x) else x)
  if (
    !is_plain_number(numbers) ||
      length(numbers) == 0L ||
      !all(is.finite(numbers)) ||
      !all(accept(numbers))
  ) {
    abort_argument(x, requirement, arg, call)
  }
  as.double(numbers)
}

# Converts the 64-bit integers of fread(), DBI and arrow, which are stored in the memory of doubles. Numbers
# that a double can't represent stay above 2^53, so that every check refuses them.
without_integer64 <- function(x) {
  if (!inherits(x, "integer64") || typeof(x) != "double") {
    return(x)
  }
  bits <- writeBin(as.vector(unclass(x)), raw(), endian = "little")
  halves <- matrix(readBin(bits, "integer", 2 * length(x), endian = "little"), nrow = 2)
  # R's missing integer has the bits of -2^31.
  low <- ifelse(is.na(halves[1, ]), 2^31, halves[1, ] %% 2^32)
  high <- halves[2, ]
  whole <- high * 2^32 + low
  # The same for the upper 32 bits. If the lower ones are 0, the number is integer64's missing value.
  whole[is.na(high)] <- ifelse(low[is.na(high)] == 0, NA, -2^63)
  beyond <- !is.na(whole) & whole == MAX_STEP & low != 0
  whole[beyond] <- MAX_STEP + 2
  attributes(whole) <- attributes(x)[intersect(names(attributes(x)), KEPT)]
  whole
}

# A number with a class (a factor, a date) is refused: it differs from what it prints.
is_plain_number <- function(x) is.numeric(x) && !is.object(x)

is_whole <- function(x) is.finite(x) & abs(x) <= MAX_STEP & x == trunc(x)

# Rounds numbers within 4 ulp of a whole number, as in Python: 0.29 * 100 is 28.999999999999996.
to_whole <- function(x) {
  if (!is.double(x) || is.object(x)) {
    return(x)
  }
  whole <- round(x)
  off <- abs(x - whole)
  # 4 ulp are at most 2^-50 of the number. This test leaves few numbers for the exact one below.
  near <- which(off > 0 & off <= abs(whole) * 2^-50)
  if (length(near) > 0) {
    near <- near[off[near] <= 4 * 2^(floor(log2(abs(whole[near]))) - 52)]
    x[near] <- whole[near]
  }
  x
}

is_nearly_whole <- function(x) !is_whole(x) & is_whole(signif(x, 15))

abort_argument <- function(x, requirement, arg, call, why = NULL) {
  if (is_of_keras_2(x)) {
    cli::cli_abort(
      "{.arg {arg}} must be an object of Keras 3, not of Keras 2 ({.cls {class(x)[[1]]}}).",
      call = call
    )
  }
  cli::cli_abort(
    c(
      "{.arg {arg}} must be {requirement}, not {.code {as_given(x)}}.",
      i = why %||% meant_instead(x, requirement, arg)
    ),
    call = call
  )
}

# A hint if `x` contains the required number, or NULL.
meant_instead <- function(x, requirement, arg) {
  if (inherits(x, "training_plan")) {
    if (arg == "steps" && grepl("^(one or more )?numbers", requirement)) {
      "Name the plan: {.code plan = plan}."
    } else if (grepl("step", paste(requirement, arg), fixed = TRUE)) {
      "Did you mean {.code plan$steps}?"
    }
  } else if (inherits(x, "range_test") && grepl("number", requirement, fixed = TRUE)) {
    "Did you mean one of its rates, such as {.code found$peak}?"
  } else if (is_bare_list(x) && length(x) > 0 && holds_what_is_wanted(x[[1]])) {
    if (grepl("^(a schedule|one (?!or more))", requirement, perl = TRUE)) {
      "Take one element of the list with {.code [[}."
    }
  }
}

holds_what_is_wanted <- function(x) {
  is_plain_number(x) || inherits(x, "learning_rate_schedule") || is_python_schedule(x)
}

# `x` as the user would write it, truncated to 60 characters, or else the type of `x`.
as_given <- function(x) {
  if (inherits(x, "integer64")) {
    x <- without_integer64(x)
  }
  if (inherits(x, "connection")) {
    return("<connection>")
  }
  if (is.object(x) && !is_formula(x)) {
    return(paste0("<", class(x)[[1]], ">"))
  }
  if (is.function(x)) {
    return("function(...)")
  }
  if (is.array(x)) {
    return(if (is.matrix(x)) "<matrix>" else "<array>")
  }
  if (is.environment(x) || typeof(x) %in% c("externalptr", "S4")) {
    return(paste0("<", class(x)[[1]], ">"))
  }
  text <- if (is.list(x)) {
    # No more elements fit in 60 characters.
    parts <- vapply(x[seq_len(min(length(x), 20L))], as_given, "")
    labels <- if (is.null(names(parts))) {
      ""
    } else {
      ifelse(names(parts) == "", "", paste(names(parts), "= "))
    }
    paste0("list(", paste0(labels, parts, collapse = ", "), ")")
  } else {
    # In 15 digits, 3.0000000000000004 would show as 3, which is whole.
    digits <- if (is.double(x) && any(is_nearly_whole(x))) "digits17"
    control <- c("keepNA", "keepInteger", "niceNames", digits)
    paste(deparse(x, width.cutoff = 60L, nlines = 2L, control = control), collapse = " ")
  }
  if (nchar(text) > 60L) paste0(substr(text, 1L, 57L), "...") else text
}
