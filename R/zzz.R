.onLoad <- function(libname, pkgname) {
  # The same method for Keras's schedule objects: R takes an operator's method only where
  # both of its operands agree on it.
  registerS3method("Ops", CLASS_OF_KERAS, Ops.learning_rate_schedule)
  # A saved model can name our classes before any schedule was built in the session.
  setHook("reticulate::keras::load", function(...) core())
  if (isNamespaceLoaded("reticulate") && reticulate::py_available() && "keras" %in% loaded_python_modules()) {
    core()
  }
}

CLASS_OF_KERAS <- "keras.src.optimizers.schedules.learning_rate_schedule.LearningRateSchedule"

loaded_python_modules <- function() {
  sys <- reticulate::import("sys", convert = FALSE)
  reticulate::py_to_r(reticulate::import_builtins(convert = FALSE)$list(sys$modules))
}
