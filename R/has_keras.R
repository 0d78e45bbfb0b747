#' Check whether Python is available
#'
#' `has_numpy()` checks whether this computer can compute the rates of schedules, and `has_keras()`
#' whether schedules can become Keras objects and train. Use them to skip examples and tests that need
#' Python.
#'
#' Both may start Python, but download it only if you allow it: if \pkg{reticulate} would have to create
#' an environment and install packages in it, they return `FALSE`. To allow that, set the environment
#' variable `LRSCHEDULES_MANAGED_PYTHON` to `true`, or `RETICULATE_PYTHON` to `managed`. Then, before Python
#' starts, this package declares what it needs with `reticulate::py_require()`.
#'
#' @returns `TRUE` or `FALSE`; never an error.
#' @keywords internal
#' @export
#' @examples
#' if (has_numpy()) learning_rate_schedule_constant(0.1)(0)
#' if (has_keras()) to_keras(learning_rate_schedule_cosine_decay(0.1, 1000))
has_numpy <- function() has_module("numpy", declare_numpy)

#' @rdname has_numpy
#' @export
has_keras <- function() has_module("keras", declare_keras)

has_module <- function(module, declare) {
  tryCatch(
    {
      if (!reticulate::py_available()) {
        if (would_install_python()) {
          return(FALSE)
        }
        declare()
      }
      reticulate::py_module_available(module)
    },
    error = function(cnd) FALSE
  )
}

# Whether the first use of Python would make reticulate install a Python that the user did not ask for.
would_install_python <- function() {
  decided <- nzchar(Sys.getenv(c("RETICULATE_PYTHON", "RETICULATE_USE_MANAGED_VENV")))
  allowed <- in_lower_case(Sys.getenv("LRSCHEDULES_MANAGED_PYTHON")) == "true"
  if (!has_managed_python() || any(decided) || allowed) {
    return(FALSE)
  }
  # Ask which Python reticulate finds if it may not install one. Then, as a last resort, it takes a
  # Python from the path.
  Sys.setenv(RETICULATE_USE_MANAGED_VENV = "no")
  on.exit(Sys.unsetenv("RETICULATE_USE_MANAGED_VENV"))
  found <- reticulate::py_discover_config("keras")
  is.null(found) || isTRUE(found$forced %in% c("PATH", "Windows Registry"))
}
