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
  cat("<learning_rate_schedule> ", constructor_label(spec_of(x)$class), "\n", sep = "")
  cat(paste0("  ", format(names(arguments)), "  ", arguments, "\n"), sep = "")
  invisible(x)
}

#' @rdname print.learning_rate_schedule
#' @export
format.learning_rate_schedule <- function(x, ...) {
  arguments <- shown_arguments(x)
  paste0(constructor_label(spec_of(x)$class), "(", paste(names(arguments), "=", arguments, collapse = ", "), ")")
}

# "ExponentialDecay" is built by `learning_rate_schedule_exponential_decay()`.
constructor_label <- function(class) {
  tolower(gsub("(?<=[a-z0-9])(?=[A-Z])", "_", class, perl = TRUE))
}

constructor_of <- function(class) {
  get(paste0("learning_rate_schedule_", constructor_label(class)), mode = "function")
}

# The name is worth a line only where the user gave one.
shown_arguments <- function(schedule) {
  spec <- spec_of(schedule)
  config <- spec$config
  if (identical(config$name, formals(constructor_of(spec$class))$name)) {
    config$name <- NULL
  }
  vapply(config, format_argument, "")
}

format_argument <- function(x) {
  if (is.null(x)) "NULL"
  else if (is.character(x)) encodeString(x, quote = "\"")
  else if (is.numeric(x)) format_number(x)
  else as.character(x)
}

# Seven digits, and steps without an exponent: 100000, not 1e+05.
format_number <- function(x) {
  trimws(format(x, digits = 7, scientific = abs(x) < 1e-4 && x != 0))
}
