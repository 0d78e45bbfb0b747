#' Print or format a schedule
#'
#' `print()` shows the name and arguments of a schedule, and a schedule made of others as a tree. For a
#' long vector or many schedules it shows the first few and a count. `format()`,
#' `as.character()` and `toString()` return the call that builds the schedule, in one line. `str()` and a
#' list column of a data frame also show that call, truncated if it is long; a list column of a tibble
#' shows the name.
#' In the text of an R Markdown page, `` `r schedule` `` is the call. None of these starts Python. Numbers
#' always have a decimal point, whatever `options(OutDec = )` is, so that R can read them back.
#'
#' @param x A learning-rate schedule.
#' @param ... Not used.
#' @returns `format()`, `as.character()`, `toString()`: one string. `print()`: `x`, invisibly. `str()`:
#'   `NULL`, invisibly.
#' @family ways to look at a schedule
#' @export
#' @examples
#' schedule <- learning_rate_schedule_exponential_decay(0.1, 1000, 0.5)
#' schedule
#' format(schedule)
print.learning_rate_schedule <- function(x, ...) {
  cat("<learning_rate_schedule> ", paste0(schedule_lines(x), "\n"), sep = "")
  for (class in foreign_classes(x)) {
    cat("# ", class, " is not an lrschedules class: rates are computed by that class\n", sep = "")
  }
  invisible(x)
}

#' @rdname print.learning_rate_schedule
#' @export
format.learning_rate_schedule <- function(x, ...) {
  format_schedule(x)
}

#' @rdname print.learning_rate_schedule
#' @export
as.character.learning_rate_schedule <- function(x, ...) {
  format_schedule(x)
}

# Lets `r schedule` work in a sentence, where knitr's own method fails.
#' @exportS3Method knitr::knit_print
knit_print.learning_rate_schedule <- function(x, ..., inline = FALSE) {
  if (inline) format(x) else NextMethod()
}

#' @rdname print.learning_rate_schedule
#' @export
toString.learning_rate_schedule <- function(x, ...) {
  format_schedule(x)
}

#' @param object A learning-rate schedule.
#' @rdname print.learning_rate_schedule
#' @importFrom utils str
#' @export
str.learning_rate_schedule <- function(object, ...) {
  text <- format_schedule(object)
  width <- getOption("width") - 30
  cat(
    " <learning_rate_schedule> ",
    substr(text, 1, width),
    if (nchar(text) > width) "...",
    "\n",
    sep = ""
  )
}

# format.default() formats the elements of a list column, and calls no generic on them but unlist().
#' @exportS3Method base::unlist
unlist.learning_rate_schedule <- function(x, recursive = TRUE, use.names = TRUE) {
  # The frames in between are unlist() and its method dispatch.
  is_formatted <- sys.nframe() > 3L && identical(sys.function(-3L), format.default)
  if (!is_formatted) {
    return(x)
  }
  text <- format_schedule(x)
  # format() of a list returns whole calls, which distinguish schedules; a cell has only one line.
  if (nchar(text) > MAX_CELL && is_called_by(format.data.frame)) {
    text <- paste0(substr(text, 1, MAX_CELL - 3), "...")
  }
  text
}

MAX_CELL <- 200L

is_called_by <- function(f) {
  any(vapply(seq_len(sys.nframe()), function(i) identical(sys.function(i), f), NA))
}

# The content of a cell in a list column of a tibble.
#' @exportS3Method pillar::type_sum
type_sum.learning_rate_schedule <- function(x) {
  shown_label(x)
}

# The call that builds a schedule. It uses loops, since schedules are nested up to 100 deep and each
# nested function call takes a part of the C stack.
format_schedule <- function(x) {
  if (!inherits(x, "learning_rate_schedule")) {
    return(format_exactly(x))
  }
  spec <- spec_of(x)
  arguments <- arguments_as_held(spec$class, shown_arguments(x))
  for (i in seq_along(arguments)) {
    argument <- arguments[[i]]
    if (is.list(argument) && any(vapply(argument, is.function, NA))) {
      for (j in seq_along(argument)) {
        argument[[j]] <- format_schedule(argument[[j]])
      }
      arguments[[i]] <- paste0("list(", paste(argument, collapse = ", "), ")")
    } else {
      arguments[[i]] <- format_schedule(argument)
    }
  }
  operator <- OPERATORS[spec$class]
  if (!is.na(operator)) {
    return(paste0("(", paste(arguments, collapse = paste0(" ", operator, " ")), ")"))
  }
  called <- if (spec$class == "KerasSchedule") shown_label(x) else constructor_name(spec$class)
  given <- if (length(arguments) > 0) paste(names(arguments), "=", arguments)
  paste0(called, "(", paste(given, collapse = ", "), ")")
}

# A value as R code, with the fewest digits that represent a number exactly.
format_exactly <- function(x) {
  if (inherits(x, "AsIs")) {
    return(paste0("I(", format_exactly(unclass(x)), ")"))
  }
  if (!is.numeric(x)) {
    return(paste(deparse(x, width.cutoff = 500L), collapse = " "))
  }
  text <- sprintf("%.15g", x)
  inexact <- as.numeric(text) != x
  text[inexact] <- sprintf("%.17g", x[inexact])
  if (length(x) == 1L) text else paste0("c(", paste(text, collapse = ", "), ")")
}

# The label, then a line for each argument. The lines of an inner schedule follow below its argument.
schedule_lines <- function(schedule) {
  arguments <- shown_arguments(schedule)
  if (length(arguments) == 0) {
    return(shown_label(schedule))
  }
  lines <- shown_label(schedule)
  shown <- seq_len(number_shown(arguments))
  labels <- format(names(arguments)[shown])
  for (i in shown) {
    argument <- argument_lines(arguments[[i]])
    argument[[1]] <- paste0(labels[[i]], "  ", argument[[1]])
    lines <- c(lines, paste0("  ", argument))
  }
  c(lines, lines_for_more(arguments))
}

# With more schedules than this, only the first few are shown.
MAX_SCHEDULES_SHOWN <- 10L

number_shown <- function(schedules) {
  if (length(schedules) > MAX_SCHEDULES_SHOWN) 5L else length(schedules)
}

lines_for_more <- function(schedules) {
  more <- length(schedules) - number_shown(schedules)
  if (more > 0) paste0("  ... and ", in_prose(more), " more")
}

argument_lines <- function(x) {
  if (inherits(x, "learning_rate_schedule")) {
    schedule_lines(x)
  } else if (is.list(x) && any(vapply(x, inherits, NA, "learning_rate_schedule"))) {
    lines <- paste(in_prose(length(x)), "schedules")
    for (part in x[seq_len(number_shown(x))]) {
      lines <- c(lines, paste0("  ", argument_lines(part)))
    }
    c(lines, lines_for_more(x))
  } else {
    format_argument(x)
  }
}

# The constructor's name without its prefix, the operator, or the name of a foreign class.
shown_label <- function(schedule) {
  spec <- spec_of(schedule)
  # Keras names a registered class "Package>Name".
  if (spec$class == "KerasSchedule") {
    class_named(spec$config$class_name)
  } else if (spec$class %in% names(OPERATORS)) {
    OPERATORS[[spec$class]]
  } else {
    constructor_label(spec$class)
  }
}

class_named <- function(name) sub("^.*>", "", name)

# The classes of the parts of a schedule that compute their own rates.
foreign_classes <- function(schedule) {
  unique(unlist(lapply(specs_of_parts(schedule), function(spec) {
    if (spec$class != "KerasSchedule") {
      return(NULL)
    }
    name <- spec$config$class_name
    if (grepl(">", name, fixed = TRUE)) {
      class_named(name)
    } else if (!becomes_ours(name, spec$config$config)) {
      paste0("Keras's ", name)
    }
  })))
}

# Whether the lrschedules class with the name of Keras's class accepts a configuration. It accepts
# everything that version 0.1.0 saved, and then computes the rates.
becomes_ours <- function(name, config) {
  tryCatch(
    {
      arguments <- arguments_as_held(name, config)
      suppressMessages(inherits(
        do.call(constructor_of(name), arguments),
        "learning_rate_schedule"
      ))
    },
    error = function(cnd) FALSE
  )
}

# Whether a class outside this package evaluates a part of the schedule.
needs_keras <- function(schedule) {
  any(vapply(specs_of_parts(schedule), function(spec) spec$class == "KerasSchedule", NA))
}

# The specifications of a schedule and of all schedules inside it.
specs_of_parts <- function(schedule) {
  found <- list()
  level <- list(schedule)
  # Go level by level: a hundred nested calls would come close to the limit of the C stack.
  while (length(level) > 0) {
    specs <- lapply(level, spec_of)
    found <- c(found, specs)
    level <- unlist(lapply(specs, function(spec) held_by(spec$config)))
  }
  found
}

# Omits the name unless the user chose it.
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
  } else if (is.list(x)) {
    for (i in seq_along(x)) {
      x[[i]] <- format_argument(x[[i]])
    }
    values <- if (is.null(names(x))) x else paste(names(x), "=", x)
    paste0("list(", paste(values, collapse = ", "), ")")
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
    paste0("c(", numbers, ", ...: ", in_prose(length(x)), " numbers)")
  }
}
