#' Write the code of a schedule
#'
#' Gives the R code that builds a schedule, as you would write it: the shape, and then its verbs in a
#' pipe, without the arguments that have their default. Evaluating the code gives an identical
#' schedule.
#'
#' With a `plan`, a number of steps that is a whole number of its epochs is written with [epochs()]. If
#' you pass a variable, the code uses its name; if you pass a call, the code begins with a line
#' `plan <- training_plan(...)`.
#'
#' No code builds a schedule of a custom class. In its place you get the text that [dput()] writes, which
#' is equal to the schedule ([all.equal()]), but not identical.
#' `format(schedule)` gives the same schedule in one line, also with arguments that have their default.
#'
#' @inheritParams schedule_check
#' @param plan A [training_plan()], or `NULL` to write all numbers as steps.
#' @param x What `schedule_code()` returned.
#' @returns One string of class `schedule_code`, which `print()` shows line by line. `cat()`,
#'   `writeLines()` and `parse(text = )` accept it like any string. Invalid arguments are errors.
#' @family ways to look at a schedule
#' @concept dput
#' @concept deparse
#' @export
#' @examples
#' plan <- training_plan(samples = 1000, batch_size = 32, epochs = 40)
#' schedule <- learning_rate_schedule_cosine_decay(0.1, epochs(35, plan)) |>
#'   schedule_warmup(epochs(5, plan), shape = "cosine")
#' schedule_code(schedule, plan)
#' schedule_code(schedule)
#' identical(eval(parse(text = schedule_code(schedule, plan))), schedule)
schedule_code <- function(schedule, plan = NULL) {
  schedule <- check_schedule_looked_at(schedule)
  name <- substitute(plan)
  if (is.null(plan)) {
    return(new_code(code_of(schedule)))
  }
  check_plan(plan)
  if (is.symbol(name)) {
    name <- paste(deparse(name, backtick = TRUE), collapse = "")
    new_code(code_of(schedule, counted_in(plan, name)))
  } else {
    code_with_plan(schedule, plan)
  }
}

# How code counts epochs: the plan, and the name of the variable that holds it. `chosen` lists the step
# counts for which the designer's user chose a unit, named by named_steps(): their epochs, or NA for steps.
counted_in <- function(plan, name = "plan", chosen = list()) {
  list(plan = plan, name = name, chosen = chosen)
}

named_steps <- function(argument, steps) paste(argument, format_exactly(steps))

# The code, after a line that makes the plan if the code uses it.
code_with_plan <- function(schedule, plan, chosen = list()) {
  text <- new_code(code_of(schedule, counted_in(plan, chosen = chosen)))
  if (!grepl("epochs(", text, fixed = TRUE)) {
    return(text)
  }
  arguments <- without_defaults(arguments_of_plan(plan), training_plan)
  made <- call_code("training_plan", written_arguments(arguments, training_plan))
  lines <- code_lines(made, CODE_WIDTH - nchar("plan <- "))
  lines[[1]] <- paste("plan <-", lines[[1]])
  structure(paste(c(lines, text), collapse = "\n"), class = "schedule_code")
}

arguments_of_plan <- function(plan) {
  counted <- c("samples", "batch_size", "validation_split", "drop_remainder")
  unclass(plan)[c(
    if (is.null(plan$samples)) "steps_per_epoch" else counted[1:2],
    if (!isTRUE(plan$open)) "epochs",
    if (!is.null(plan$samples)) counted[3:4],
    "gradient_accumulation_steps"
  )]
}

#' @param ... Not used.
#' @rdname schedule_code
#' @export
print.schedule_code <- function(x, ...) {
  writeLines(x)
  invisible(x)
}

CODE_WIDTH <- 80

new_code <- function(code) {
  structure(
    paste(code_lines(code, CODE_WIDTH, whole = TRUE), collapse = "\n"),
    class = "schedule_code"
  )
}

# ---- The code as a tree: text, or a list with the element `kind` ----

call_code <- function(name, arguments) list(kind = "call", name = name, arguments = arguments)
pipe_code <- function(first, calls) list(kind = "pipe", first = first, calls = calls)
infix_code <- function(operator, operands) {
  list(kind = "infix", operator = operator, operands = operands)
}

# Writes the code; `counted` is a counted_in() or NULL.
code_of <- function(schedule, counted = NULL) {
  calls <- list()
  # From the last verb to the first, in a loop: a pipe may be long.
  repeat {
    if (!is.function(schedule)) {
      return(piped(format_exactly(schedule), calls))
    }
    spec <- spec_of(schedule)
    made <- how_made(spec)
    if (!is_made_by(made, schedule)) {
      return(piped(deparsed(schedule), calls))
    }
    if (spec$class %in% names(OPERATORS)) {
      return(piped(arithmetic_code(made, counted), calls))
    }
    f <- get(made$name, mode = "function")
    arguments <- without_defaults(made$arguments, f, schedule)
    takes <- piped_argument(made$name)
    held <- arguments[[takes %||% ""]]
    if (is.null(takes)) {
      written <- written_arguments(arguments, f, counted, argument_checks(made$name))
      return(piped(call_code(made$name, written), calls))
    }
    arguments[[takes]] <- NULL
    written <- written_arguments(arguments, f, counted, argument_checks(made$name), piped = TRUE)
    if (!is.function(held)) {
      return(piped(call_code(made$name, c(format_exactly(held), written)), calls))
    }
    calls <- c(list(call_code(made$name, written)), calls)
    schedule <- held
  }
}

# The argument of a function that takes the schedule of a pipe, or NULL.
piped_argument <- function(name) {
  first <- names(formals(get(name, mode = "function")))[[1]]
  if (argument_checks(name)[[first]]$check %in% c("schedule_or_rate", "one_cycle")) first
}

piped <- function(first, calls) if (length(calls) > 0) pipe_code(first, calls) else first

# The call that a person would write for a specification: its function and its arguments.
how_made <- function(spec) {
  config <- spec$config
  if (spec$class %in% names(OPERATORS)) {
    operands <- unname(config$schedules %||% config)
    return(list(name = OPERATORS[[spec$class]], arguments = operands))
  }
  if (spec$class == "Join" && length(config$boundaries) == 1L) {
    parts <- set_names(config$schedules, c("first", "second"))
    return(list(name = "schedule_then", arguments = c(parts, list(at = config$boundaries))))
  }
  list(
    name = constructor_name(spec$class),
    arguments = arguments_as_held(spec$class, config)
  )
}

# Whether that call makes this schedule. A user's own class has no such call, and neither have some
# products that Python makes.
is_made_by <- function(made, schedule) {
  again <- if_it_can_be_made(
    if (made$name %in% OPERATORS) {
      Reduce(match.fun(made$name), made$arguments, right = begins_with_numbers(made$arguments))
    } else {
      do.call(made$name, made$arguments)
    }
  )
  identical(again, schedule)
}

# Tries a call that the user did not write, so its messages are suppressed.
if_it_can_be_made <- function(expr) {
  tryCatch(
    suppressMessages(expr, c("lrschedules_truncated_steps", "lrschedules_ignored_warmup")),
    error = function(cnd) NULL
  )
}

# If two numbers came first, R would add them to one number. So the code is 0.1 + (0.2 + a).
begins_with_numbers <- function(operands) {
  length(operands) > 2 && is.numeric(operands[[1]]) && is.numeric(operands[[2]])
}

# Removes the arguments that have their default, or without which the call makes the same schedule.
without_defaults <- function(arguments, f, schedule = NULL) {
  defaults <- formals(f)
  for (name in names(arguments)) {
    default <- defaults[[name]]
    if (is_missing(default) || is.function(arguments[[name]])) {
      next
    }
    default <- eval(default, baseenv())
    default <- if (is.numeric(default)) as.double(default) else default
    if (identical(arguments[[name]], default) || is_made_without(arguments, name, f, schedule)) {
      arguments[name] <- NULL
    }
  }
  arguments
}

# Only a default of NULL can stand for a value that is computed from other arguments.
is_made_without <- function(arguments, name, f, schedule) {
  !is.null(schedule) &&
    is.null(formals(f)[[name]]) &&
    name != "name" &&
    identical(if_it_can_be_made(do.call(f, arguments[names(arguments) != name])), schedule)
}

# Writes arguments as code. The first one has no name if it is the function's first and is required.
written_arguments <- function(arguments, f, counted = NULL, checks = list(), piped = FALSE) {
  written <- list()
  for (argument in names(arguments)) {
    value <- arguments[[argument]]
    is_steps <- isTRUE(checks[[argument]]$steps) && is.numeric(value)
    code <- if (is_steps) steps_code(argument, value, counted) else argument_code(value, counted)
    written <- c(written, set_names(list(code), argument))
  }
  first <- formals(f)[1 + piped]
  if (length(written) > 0 && names(written)[[1]] == names(first) && is_missing(first[[1]])) {
    names(written)[[1]] <- ""
  }
  written
}

argument_code <- function(value, counted = NULL) {
  if (is.function(value)) {
    code_of(value, counted)
  } else if (is.list(value)) {
    call_code("list", unname(lapply(value, argument_code, counted)))
  } else {
    format_exactly(value)
  }
}

steps_code <- function(argument, steps, counted) {
  n <- epochs_in_code(argument, steps, counted)
  if (is.null(n)) {
    return(format_exactly(steps))
  }
  paste0("epochs(", format_exactly(n), ", ", counted$name, ")")
}

# The numbers of epochs that the code shows instead of steps, or NULL.
epochs_in_code <- function(argument, steps, counted) {
  plan <- counted$plan
  if (is.null(plan)) {
    return(NULL)
  }
  n <- counted$chosen[[named_steps(argument, steps)]]
  if (is.null(n)) {
    return(if (is_in_epochs(steps, plan)) steps / plan$steps_per_epoch)
  }
  is_same <- !anyNA(n) && identical(round(n * plan$steps_per_epoch), as.double(steps))
  if (is_same && (isTRUE(plan$open) || all(n <= plan$epochs))) n
}

is_in_epochs <- function(steps, plan) {
  n <- steps / plan$steps_per_epoch
  all(n == trunc(n)) &&
    any(n > 0) &&
    (isTRUE(plan$open) || all(n <= plan$epochs)) &&
    all(round(n * plan$steps_per_epoch) == steps)
}

arithmetic_code <- function(made, counted) {
  codes <- lapply(made$arguments, operand_code, counted)
  if (!begins_with_numbers(made$arguments)) {
    return(infix_code(made$name, codes))
  }
  Reduce(function(a, b) infix_code(made$name, list(a, b)), codes, right = TRUE)
}

# In a sum, a scaled schedule is a product: `0.5 * schedule`.
operand_code <- function(value, counted) {
  spec <- if (is.function(value)) spec_of(value)
  if (identical(spec$class, "Scale") && is.function(spec$config$schedule)) {
    scaled <- code_of(spec$config$schedule, counted)
    # A pipe ends with schedule_scale() instead.
    if (is.character(scaled) || scaled$kind != "pipe") {
      return(infix_code("*", list(format_exactly(spec$config$factor), scaled)))
    }
  }
  argument_code(value, counted)
}

# R code for a value that no constructor makes.
deparsed <- function(x) {
  paste(deparse(x, width.cutoff = 500L, control = c("all", "digits17")), collapse = " ")
}

# ---- The tree as text ----

in_one_line <- function(code) {
  if (is.character(code)) {
    return(code)
  }
  switch(
    code$kind,
    call = {
      given <- vapply(code$arguments, in_one_line, "")
      paste0(code$name, "(", paste0(prefixes(code$arguments), given, collapse = ", "), ")")
    },
    pipe = paste(
      c(in_one_line(bracketed(code$first, "infix")), vapply(code$calls, in_one_line, "")),
      collapse = " |> "
    ),
    infix = {
      operands <- bracketed_operands(code)
      paste(vapply(operands, in_one_line, ""), collapse = paste0(" ", code$operator, " "))
    },
    brackets = paste0("(", in_one_line(code$inner), ")")
  )
}

bracketed <- function(code, kinds) {
  if (is.list(code) && code$kind %in% kinds) list(kind = "brackets", inner = code) else code
}

# A product in a sum needs no brackets.
bracketed_operands <- function(code) {
  lapply(code$operands, function(operand) {
    binds <- is.list(operand) &&
      operand$kind == "infix" &&
      operand$operator %in% c("*", "/") &&
      code$operator %in% c("+", "-")
    if (binds) operand else bracketed(operand, c("infix", "pipe"))
  })
}

prefixes <- function(arguments) {
  labels <- names2(arguments)
  ifelse(labels == "", "", paste(labels, "= "))
}

# Breaks code into lines of at most `room` characters if possible. If the whole code is a pipe, each of
# its verbs has a separate line.
code_lines <- function(code, room, whole = FALSE) {
  line <- in_one_line(code)
  is_pipe <- is.list(code) && code$kind == "pipe"
  if (is.character(code) || nchar(line) <= room && !(whole && is_pipe)) {
    return(line)
  }
  inner <- room - 2
  switch(
    code$kind,
    call = {
      parts <- lapply(code$arguments, code_lines, inner)
      labels <- prefixes(code$arguments)
      for (i in seq_along(parts)) {
        parts[[i]][[1]] <- paste0(labels[[i]], parts[[i]][[1]])
      }
      c(paste0(code$name, "("), paste0("  ", joined(parts, ",")), ")")
    },
    pipe = continued(c(list(bracketed(code$first, "infix")), code$calls), " |>", room),
    infix = {
      operands <- bracketed_operands(code)
      continued(operands, paste0(" ", code$operator), room)
    },
    brackets = {
      lines <- paste0(" ", code_lines(code$inner, inner))
      lines[[1]] <- paste0("(", substring(lines[[1]], 2))
      lines[[length(lines)]] <- paste0(lines[[length(lines)]], ")")
      lines
    }
  )
}

# Joins parts, with all but the first indented.
continued <- function(parts, mark, room) {
  rooms <- room - nchar(mark) - c(0, rep(2, length(parts) - 1L))
  lines <- Map(code_lines, parts, rooms)
  lines[-1] <- lapply(lines[-1], function(part) paste0("  ", part))
  joined(lines, mark)
}

# Joins the lines of parts. Each part but the last ends with `mark`.
joined <- function(parts, mark) {
  for (i in seq_len(length(parts) - 1L)) {
    last <- length(parts[[i]])
    parts[[i]][[last]] <- paste0(parts[[i]][[last]], mark)
  }
  unlist(parts, use.names = FALSE)
}
