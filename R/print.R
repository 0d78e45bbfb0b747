#' Print a schedule
#'
#' `format()` gives one line, the call that builds the schedule; `print()` a short block.
#' Neither starts Python.
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
  arguments <- shown_arguments(x)
  cat("<learning_rate_schedule> ", shown_label(x), "\n", sep = "")
  cat(paste0("  ", format(names(arguments)), "  ", arguments, "\n"), sep = "")
  invisible(x)
}

#' @rdname print.learning_rate_schedule
#' @export
format.learning_rate_schedule <- function(x, ...) {
  arguments <- shown_arguments(x)
  operator <- OPERATORS[spec_of(x)$class]
  if (!is.na(operator)) {
    return(paste0("(", paste(arguments, collapse = paste0(" ", operator, " ")), ")"))
  }
  paste0(shown_label(x), "(", paste(names(arguments), "=", arguments, collapse = ", "), ")")
}

# The constructor's name without its prefix, the operator, or the class that Keras has.
shown_label <- function(schedule) {
  spec <- spec_of(schedule)
  # "Package>Name" is a class that was registered with Keras.
  if (spec$class == "KerasSchedule") paste0("keras.", sub("^.*>", "", spec$config$class_name))
  else if (spec$class %in% names(OPERATORS)) OPERATORS[[spec$class]]
  else constructor_label(spec$class)
}

# The constructors whose names do not follow from their classes'.
CONSTRUCTORS <- c(
  Accumulate = "schedule_accumulate",
  Clamp = "schedule_clamp",
  Cooldown = "schedule_cooldown",
  Hold = "schedule_hold",
  Join = "schedule_join",
  Noise = "schedule_noise",
  Offset = "schedule_offset",
  PolynomialWarmUp = "learning_rate_schedule_polynomial_warmup",
  Repeat = "schedule_repeat",
  Scale = "schedule_scale",
  Stretch = "schedule_stretch",
  Warmup = "schedule_warmup"
)

# Classes that arithmetic makes, which have no constructor.
OPERATORS <- c(Difference = "-", Product = "*", Quotient = "/", Sum = "+")

# "ExponentialDecay" is built by `learning_rate_schedule_exponential_decay()`.
constructor_name <- function(class) {
  if (class %in% names(CONSTRUCTORS)) {
    return(CONSTRUCTORS[[class]])
  }
  paste0("learning_rate_schedule_", tolower(gsub("(?<=[a-z0-9])(?=[A-Z])", "_", class, perl = TRUE)))
}

constructor_label <- function(class) {
  sub("^learning_rate_schedule_", "", constructor_name(class))
}

constructor_of <- function(class) {
  get(constructor_name(class), mode = "function")
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
  vapply(config, format_argument, "")
}

format_argument <- function(x) {
  if (is.null(x)) "NULL"
  else if (inherits(x, "learning_rate_schedule")) format(x)
  else if (is.list(x)) paste0("list(", paste(format_named(x), collapse = ", "), ")")
  else if (length(x) != 1L) paste0("c(", paste(vapply(x, format_argument, ""), collapse = ", "), ")")
  else if (is.character(x)) encodeString(x, quote = "\"")
  else if (is.numeric(x)) format_number(x)
  else as.character(x)
}

format_named <- function(x) {
  values <- vapply(x, format_argument, "")
  if (is.null(names(x))) values else paste(names(x), "=", values)
}

# Seven digits, and steps without an exponent: 100000, not 1e+05.
format_number <- function(x) {
  trimws(format(x, digits = 7, scientific = abs(x) < 1e-4 && x != 0))
}
