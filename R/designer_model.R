# What the designer works on, as plain functions: which shapes and verbs there are, what their arguments
# take, and a schedule as parts that can be changed. It follows from the constructors: a new shape needs
# no code here.

# ---- What an argument takes ----

# The check that each argument of a constructor gets, by the argument's name: the first call of a
# `check_*()` on it, in the function's body or in those of the package's functions that it is handed on
# to. With the choices of an argument that has some.
argument_checks <- function(name) {
  found <- the$argument_checks[[name]]
  if (is.null(found)) {
    found <- find_checks(get(name, topenv(), mode = "function"))
    the$argument_checks[[name]] <- found
  }
  found
}
the$argument_checks <- list()

find_checks <- function(f) {
  namespace <- topenv()
  found <- list()
  walk <- function(expr, argument_of, values) {
    if (!is.call(expr)) {
      return()
    }
    name <- if (is.symbol(expr[[1]])) as.character(expr[[1]]) else ""
    called <- if (nzchar(name)) get0(name, namespace, mode = "function", inherits = FALSE)
    if (name == "<-" && is.symbol(expr[[2]])) {
      # The choices may have a name.
      value <- tryCatch(eval(expr[[3]], values), error = function(cnd) NULL)
      if (is.character(value)) assign(as.character(expr[[2]]), value, values)
    }
    if (startsWith(name, "check_") && name != "check_required") {
      argument <- if (length(expr) > 1 && is.symbol(expr[[2]])) {
        argument_of[as.character(expr[[2]])]
      }
      if (length(argument) && !is.na(argument) && !argument %in% names(found)) {
        found[[argument]] <<- what_check_takes(name, expr, values)
      }
    } else if (!is.null(called)) {
      handed_on <- Filter(is.symbol, as.list(match.call(called, expr))[-1])
      inner <- argument_of[vapply(handed_on, as.character, "")]
      names(inner) <- names(handed_on)
      inner <- inner[!is.na(inner)]
      if (length(inner)) walk(body(called), inner, new_environment(parent = namespace))
    }
    for (part in as.list(expr)) {
      if (!missing(part)) walk(part, argument_of, values)
    }
  }
  walk(body(f), set_names(names(formals(f))), new_environment(parent = namespace))
  found
}

what_check_takes <- function(name, expr, values) {
  check <- sub("^check_", "", name)
  list(
    check = check,
    steps = check %in% c("steps", "positive_whole_steps", "timescale", "boundaries"),
    takes_schedules = if (check %in% c("schedule_or_rate", "schedules", "one_cycle")) TRUE,
    choices = choices_of(expr, values)
  )
}

# The second argument of check_one_of(), which the check may call itself.
choices_of <- function(expr, values) {
  if (identical(expr[[1]], quote(check_one_of))) {
    return(eval(expr[[3]], values))
  }
  inner <- body(get(as.character(expr[[1]]), topenv(), mode = "function"))
  calls <- if (is.call(inner)) as.list(inner) else list()
  for (call in calls) {
    if (is.call(call) && identical(call[[1]], quote(check_one_of))) {
      return(eval(call[[3]], topenv()))
    }
  }
}
