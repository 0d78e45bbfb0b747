.onLoad <- function(libname, pkgname) {
  # The same method for Keras's schedule objects: R takes an operator's method only where
  # both of its operands agree on it.
  registerS3method("Ops", CLASS_OF_KERAS, Ops.learning_rate_schedule)
  # A saved model can name our classes before any schedule was built in the session.
  setHook("reticulate::keras::load", function(...) try_core())
  if (
    isNamespaceLoaded("reticulate") &&
      reticulate::py_available() &&
      "keras" %in% loaded_python_modules()
  ) {
    try_core()
  }
}

# A Python that cannot load the core may still serve the user's other code: an error waits for
# the first use of a schedule.
try_core <- function() {
  tryCatch(core(), error = function(cnd) {
    cli::cli_warn(
      "The schedules could not be loaded into Python; models saved with them will not load.",
      parent = cnd
    )
  })
}

CLASS_OF_KERAS <- "keras.src.optimizers.schedules.learning_rate_schedule.LearningRateSchedule"

loaded_python_modules <- function() {
  sys <- reticulate::import("sys", convert = FALSE)
  reticulate::py_to_r(reticulate::import_builtins(convert = FALSE)$list(sys$modules))
}
