.onLoad <- function(libname, pkgname) {
  # A saved model can contain our classes before the session has built a schedule.
  setHook("reticulate::keras::load", function(...) load_for_keras())
  if (
    isNamespaceLoaded("reticulate") &&
      reticulate::py_available() &&
      "keras" %in% loaded_python_modules()
  ) {
    load_for_keras()
  }
  if (isNamespaceLoaded("jsonlite")) {
    refuse_json()
  }
  setHook(packageEvent("jsonlite", "onLoad"), function(...) refuse_json())
}

# `jsonlite::toJSON()` would write the code of a schedule, as of any function. Its generic is not exported
# and may change; then this method has no effect.
refuse_json <- function() {
  generic <- get0("asJSON", asNamespace("jsonlite"), inherits = FALSE)
  if (methods::is(generic, "genericFunction")) {
    methods::setMethod(
      generic,
      "learning_rate_schedule",
      function(x, ...) {
        cli::cli_abort(
          c(
            "{.fn toJSON} can't write a schedule.",
            i = "{.fn schedule_write} writes a JSON file that {.fn schedule_read} can read."
          ),
          call = quote(toJSON(schedule))
        )
      },
      where = new.env(parent = topenv())
    )
  }
}

# If keras3 is attached after this package, it masks the functions of the same names.
.onAttach <- function(libname, pkgname) {
  setHook(ATTACHED, warn_of_masking)
}

.onDetach <- function(libpath) {
  setHook(
    ATTACHED,
    Filter(function(f) !identical(f, warn_of_masking), getHook(ATTACHED)),
    "replace"
  )
}

ATTACHED <- packageEvent("keras3", "attach")

warn_of_masking <- function(...) {
  masked <- sort(intersect(ls("package:keras3"), getNamespaceExports("lrschedules")))
  masked <- grep("^learning_rate_schedule_", masked, value = TRUE)
  if (length(masked) == 0) {
    return()
  }
  packageStartupMessage(
    "keras3 now masks ",
    length(masked),
    " lrschedules function",
    if (length(masked) > 1) "s",
    ":\n",
    paste0("  ", masked, "()\n"),
    "When compiled, keras3's versions can train at a different rate than they report, at\n",
    "steps where a staircase drops, a decay ends or a cycle restarts.\n",
    "To use lrschedules' versions, attach it last: library(keras3); library(lrschedules)"
  )
}

# A Python that can't load the core may still be enough for the user's other code, so this only warns.
# The first use of a schedule raises the error.
load_for_keras <- function() {
  tryCatch(keras_core("Loading a model"), error = function(cnd) {
    cli::cli_warn(
      "Can't register lrschedules in Python: models saved with its schedules will not load.",
      parent = cnd
    )
  })
}

loaded_python_modules <- function() {
  sys <- reticulate::import("sys", convert = FALSE)
  reticulate::py_to_r(reticulate::import_builtins(convert = FALSE)$list(sys$modules))
}
