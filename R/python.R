# What is declared to reticulate, and what Python has. With reticulate's managed Python, a module is
# looked for only after it was declared: the first look starts Python with what was declared until
# then.

declare_numpy <- function() declare("numpy")

declare_keras <- function(call) {
  # A Python that has it needs nothing; one without it may get it while it runs.
  if (reticulate::py_available() && has_module("keras")) {
    return(invisible())
  }
  backend <- Sys.getenv("KERAS_BACKEND", "tensorflow")
  packages <- c(
    if (backend == "jax") c("keras>=3.10", "jax>=0.7.2") else c("keras>=3.3", backend),
    "numpy"
  )
  # reticulate warns of what does not go together, and goes on.
  withCallingHandlers(
    declare(packages),
    warning = function(cnd) abort_addition(cnd, call),
    error = function(cnd) abort_addition(cnd, call)
  )
}

abort_addition <- function(cnd, call) {
  cli::cli_abort(
    c(
      "Keras could not be added to the Python that is running.",
      i = "Restart R, and load keras3 before you look at a schedule."
    ),
    parent = error_cnd(message = conditionMessage(cnd)),
    call = call
  )
}

# reticulate before 1.41 has no declared requirements, and uses the Python it finds.
declare <- function(packages) {
  if (has_requirements()) {
    getExportedValue("reticulate", "py_require")(packages)
  }
}

has_requirements <- function() "py_require" %in% getNamespaceExports("reticulate")

has_module <- function(module) {
  tryCatch(reticulate::py_module_available(module), error = function(cnd) FALSE)
}

#' Find out what Python has
#'
#' `has_numpy()` is whether the rates of a schedule can be computed, `has_keras()` whether a model can
#' be trained with one. Both install nothing: as long as reticulate would first have to make a Python
#' environment of its own, or to add to it, they return `FALSE`. The examples of this package ask
#' them.
#'
#' @returns `TRUE` or `FALSE`. It is no error if there is no Python.
#' @keywords internal
#' @export
#' @examples
#' if (has_numpy()) learning_rate_schedule_constant(0.1)(0:3)
#' has_keras()
has_numpy <- function() has_without_installing("numpy")

#' @rdname has_numpy
#' @export
has_keras <- function() has_without_installing("keras")

has_without_installing <- function(module) {
  if (!reticulate::py_available() && starts_managed_python()) {
    return(FALSE)
  }
  has_module(module)
}

# Whether reticulate would make an environment of its own if Python started now.
starts_managed_python <- function() {
  if (!has_requirements()) {
    return(FALSE)
  }
  if (identical(Sys.getenv("RETICULATE_PYTHON"), "managed")) {
    return(TRUE)
  }
  variable <- "RETICULATE_USE_MANAGED_VENV"
  before <- Sys.getenv(variable, NA)
  if (tolower(before) %in% c("true", "1", "yes")) {
    return(TRUE)
  }
  if (tolower(before) %in% c("false", "0", "no")) {
    return(FALSE)
  }
  # What it finds without one: something that was configured, or whatever Python is on the path.
  on.exit(
    if (is.na(before)) {
      Sys.unsetenv(variable)
    } else {
      do.call(Sys.setenv, set_names(list(before), variable))
    }
  )
  do.call(Sys.setenv, set_names(list("false"), variable))
  found <- tryCatch(reticulate::py_discover_config(), error = function(cnd) NULL)
  configured <- !is.null(found$forced) && !found$forced %in% c("PATH", "Windows Registry")
  !configured && !reticulate::virtualenv_exists("r-reticulate")
}
