.onLoad <- function(libname, pkgname) {
  # A saved model can name our classes before any schedule was built in the session.
  setHook("reticulate::keras::load", function(...) core())
  if (reticulate::py_available() && "keras" %in% loaded_python_modules()) {
    core()
  }
}

loaded_python_modules <- function() {
  sys <- reticulate::import("sys", convert = FALSE)
  reticulate::py_to_r(reticulate::import_builtins(convert = FALSE)$list(sys$modules))
}
