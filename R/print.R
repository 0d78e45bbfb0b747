#' Print a schedule
#'
#' `format()` gives one line, the call that builds the schedule; `print()` a short block, in
#' which a schedule that holds others is a tree. Of a long vector, both show the first few
#' numbers and the length. Neither starts Python.
#'
#' @param x A learning-rate schedule.
#' @param ... Not used.
#' @returns `format()`: one string. `print()`: `x`, invisibly.
#' @export
#' @examples
#' schedule <- learning_rate_schedule_exponential_decay(0.1, 1000, 0.5)
#' schedule
#' format(schedule)
print.learning_rate_schedule <- function(x, ...) {
  cat("<learning_rate_schedule> ", paste0(schedule_lines(x), "\n"), sep = "")
  invisible(x)
}

#' @rdname print.learning_rate_schedule
#' @export
format.learning_rate_schedule <- function(x, ...) {
  arguments <- vapply(shown_arguments(x), format_argument, "")
  operator <- OPERATORS[spec_of(x)$class]
  if (!is.na(operator)) {
    return(paste0("(", paste(arguments, collapse = paste0(" ", operator, " ")), ")"))
  }
  given <- if (length(arguments) > 0) paste(names(arguments), "=", arguments)
  paste0(shown_label(x), "(", paste(given, collapse = ", "), ")")
}

# The label, and a line for each argument, with the lines of a schedule it holds below it.
schedule_lines <- function(schedule) {
  arguments <- shown_arguments(schedule)
  if (length(arguments) == 0) {
    return(shown_label(schedule))
  }
  lines <- Map(
    function(name, lines) c(paste0(name, "  ", lines[[1]]), lines[-1]),
    format(names(arguments)),
    lapply(arguments, argument_lines)
  )
  c(shown_label(schedule), paste0("  ", unlist(lines, use.names = FALSE)))
}

argument_lines <- function(x) {
  if (inherits(x, "learning_rate_schedule")) {
    schedule_lines(x)
  } else if (is.list(x) && any(vapply(x, inherits, NA, "learning_rate_schedule"))) {
    c(paste(length(x), "schedules"), paste0("  ", unlist(lapply(unname(x), argument_lines))))
  } else {
    format_argument(x)
  }
}

# The constructor's name without its prefix, the operator, or the class that Keras has.
shown_label <- function(schedule) {
  spec <- spec_of(schedule)
  # "Package>Name" is a class that was registered with Keras.
  if (spec$class == "KerasSchedule") {
    paste0("keras.", sub("^.*>", "", spec$config$class_name))
  } else if (spec$class %in% names(OPERATORS)) {
    OPERATORS[[spec$class]]
  } else {
    constructor_label(spec$class)
  }
}

# The name is worth a line only where the user gave one.
shown_arguments <- function(schedule) {
  spec <- spec_of(schedule)
  config <- spec$config
  if (spec$class == "KerasSchedule") {
    config <- config$config
  } else if (spec$class %in% names(OPERATORS)) {
    operands <- if (is.null(config$schedules)) config else config$schedules
    config <- set_names(operands, paste0("e", seq_along(operands)))
  } else if (identical(config$name, formals(constructor_of(spec$class))$name)) {
    config$name <- NULL
  }
  config
}

MAX_NUMBERS_SHOWN <- 5L

format_argument <- function(x) {
  if (is.null(x)) {
    "NULL"
  } else if (inherits(x, "learning_rate_schedule")) {
    format(x)
  } else if (is.list(x)) {
    paste0("list(", paste(format_named(x), collapse = ", "), ")")
  } else if (length(x) != 1L) {
    format_vector(x)
  } else if (is.character(x)) {
    encodeString(x, quote = "\"")
  } else if (is.numeric(x)) {
    format_number(x)
  } else {
    as.character(x)
  }
}

format_vector <- function(x) {
  shown <- vapply(x[seq_len(min(length(x), MAX_NUMBERS_SHOWN))], format_argument, "")
  numbers <- paste(shown, collapse = ", ")
  if (length(x) <= MAX_NUMBERS_SHOWN) {
    paste0("c(", numbers, ")")
  } else {
    paste0("c(", numbers, ", ...: ", length(x), " numbers)")
  }
}

format_named <- function(x) {
  values <- vapply(x, format_argument, "")
  if (is.null(names(x))) values else paste(names(x), "=", values)
}

# Seven digits, and steps without an exponent: 100000, not 1e+05.
format_number <- function(x) {
  trimws(format(x, digits = 7, scientific = (abs(x) < 1e-4 && x != 0) || abs(x) > MAX_STEP))
}
