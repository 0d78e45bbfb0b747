# The only way to Python. Everything is imported with `convert = FALSE`, because a converted
# schedule would turn back into an R value as soon as it is built.
#
# The Python side has two halves. The first computes numbers and needs only NumPy; it is enough to
# inspect a schedule. The second has everything that exchanges objects with Keras; optimizers, tensors,
# Keras's own objects and training load it.

the <- new.env(parent = emptyenv())
the$numbers <- NULL
the$keras <- NULL
the$warnings <- character()

# The bridge of the first half.
core <- function(call = caller_env()) {
  if (is.null(the$numbers)) {
    declare_numpy()
    check_module("numpy", NULL, call)
    the$numbers <- import_half("lrschedules_math", call)
    # Look these up once, since every evaluation uses them.
    the$rate <- the$numbers$rate
    # An old reticulate can't read NumPy 2 arrays.
    zeros <- reticulate::import("numpy", convert = FALSE)$zeros(1L)
    the$takes_arrays <- is.numeric(reticulate::py_to_r(zeros))
    the$rates <- if (the$takes_arrays) the$numbers$rates else the$numbers$rates_as_bytes
  }
  the$numbers
}

# The bridge of the second half. If Keras is missing, the message says that `what` needs it.
keras_core <- function(what, call = caller_env()) {
  if (is.null(the$keras)) {
    declare_keras(call)
    check_module("keras", what, call)
    the$keras <- import_half("lrschedules", call)
    the$keras$receive_warnings(receive_warning)
  } else if (reticulate::py_to_r(the$keras$is_of_other_keras())) {
    warn_of_other_keras()
  }
  the$keras
}

# Raises a warning of the second half as an R warning, once, when Python returns to R: during `fit()`
# it would be lost among the printed lines.
receive_warning <- function(sentence) {
  # Some versions of reticulate pass a string, others a Python object.
  sentence <- if (is.character(sentence)) sentence else reticulate::py_to_r(sentence)
  the$warnings <- union(the$warnings, sentence)
  after_python(raise_warnings)
  NULL
}

raise_warnings <- function() {
  sentences <- the$warnings
  the$warnings <- character()
  for (sentence in sentences) {
    warning(gsub("`LearningRateMonitor`", "the monitor", sentence, fixed = TRUE), call. = FALSE)
  }
}

# Calls `f` when Python returns to R. A handler such as `tryCatch(fit(...), warning = )` jumps out of
# all running functions. If Python functions are among them, Python fails from then on.
after_python <- function(f) {
  namespace <- asNamespace("reticulate")
  is_bridge <- vapply(
    seq_len(sys.nframe()),
    function(i) identical(topenv(environment(sys.function(i)) %||% baseenv()), namespace),
    NA
  )
  if (!any(is_bridge)) {
    return(f())
  }
  do.call(on.exit, list(as.call(list(f)), TRUE), envir = sys.frame(which(is_bridge)[[1]]))
}

# This is only a warning, because keras3's functions also use the first Keras, and training still works.
warn_of_other_keras <- function() {
  cli::cli_warn(
    c(
      "{.fn config_set_backend} has loaded Keras a second time, because Keras was already in use.",
      x = "Schedules and keras3's functions still use the Keras that was loaded first, with its backend.",
      i = "Restart R, and call {.fn config_set_backend} before you use Keras."
    ),
    .frequency = "once",
    .frequency_id = "lrschedules_other_keras"
  )
}

# A module of the second half.
keras_module <- function(name, what, call = caller_env(), convert = FALSE) {
  keras_core(what, call)
  import_module(paste0("lrschedules.", name), convert)
}

import_half <- function(package, call) {
  sys <- reticulate::import("sys", convert = FALSE)
  folder <- system.file("python", package = "lrschedules", mustWork = TRUE)
  if (!folder %in% reticulate::py_to_r(sys$path)) {
    sys$path$insert(0L, folder)
  }
  check_python_version(try_python(import_module(package), call), folder, call)
  try_python(import_module(paste0(package, ".exchange.bridge")), call)
}

# Imports a module of this package without writing a `__pycache__` into R's library. NumPy and Keras
# were imported earlier, and keep theirs.
import_module <- function(name, convert = FALSE) {
  sys <- reticulate::import("sys", convert = FALSE)
  before <- reticulate::py_get_attr(sys, "dont_write_bytecode")
  reticulate::py_set_attr(sys, "dont_write_bytecode", TRUE)
  on.exit(reticulate::py_set_attr(sys, "dont_write_bytecode", before))
  reticulate::import(name, convert = convert)
}

# The user's code may have imported a version that pip installed.
check_python_version <- function(module, folder, call) {
  found <- dirname(dirname(reticulate::py_to_r(module$`__file__`)))
  if (normalizePath(found) == normalizePath(folder)) {
    return(invisible())
  }
  theirs <- version_in_python(module)
  ours <- as.character(utils::packageVersion("lrschedules"))
  if (theirs != ours) {
    cli::cli_abort(
      c(
        "R's lrschedules is version {ours}, but Python has imported version {theirs}.",
        x = "Python's version is in {.file {found}}.",
        i = "Install the same version there, or remove it: {.code pip uninstall lrschedules}."
      ),
      call = call
    )
  }
}

# The version of a module. Only pip knows the version of the half that computes numbers.
version_in_python <- function(module) {
  if (reticulate::py_has_attr(module, "__version__")) {
    return(reticulate::py_to_r(module$`__version__`))
  }
  metadata <- reticulate::import("importlib.metadata")
  tryCatch(metadata$version("lrschedules"), error = function(cnd) "unknown")
}

# Users without Python, NumPy or Keras see this error first.
check_module <- function(module, what, call) {
  if (is_importable(module)) {
    return(invisible())
  }
  python <- if (reticulate::py_available()) reticulate::py_config()$python
  headline <- if (module == "numpy") {
    "Computing rates needs Python with NumPy, which is not available."
  } else {
    "{what} needs the Python package keras, which is not available."
  }
  install <- if (module == "numpy") {
    "{.run reticulate::py_install(\"numpy\")} installs it; {.run keras3::install_keras()} installs Keras too."
  } else {
    "{.run keras3::install_keras()} installs it."
  }
  cli::cli_abort(
    c(
      headline,
      x = if (is.null(python)) {
        "No Python was found."
      } else {
        "R is using {.file {python}}."
      },
      i = install
    ),
    call = call
  )
}

is_importable <- function(module) {
  tryCatch(reticulate::py_module_available(module), error = function(cnd) FALSE)
}

# Declares what Python needs to compute rates. This must happen before anything looks for a module,
# because then reticulate makes its managed Python ("uv") with what has been declared.
declare_numpy <- function() {
  if (!reticulate::py_available()) {
    # reticulate looks for the environment made by `keras3::install_keras()` only if keras is the first
    # module that is imported.
    reticulate::import("keras", delay_load = TRUE)
    declare("numpy")
  }
}

# Declares what Python needs for Keras objects and training. A managed Python can install packages
# while it runs.
declare_keras <- function(call = caller_env()) {
  if (reticulate::py_available() && is_importable("keras")) {
    return(invisible())
  }
  backend <- Sys.getenv("KERAS_BACKEND", "tensorflow")
  oldest <- if (backend == "jax") c("keras>=3.10", "jax>=0.7.2") else c("keras>=3.3", backend)
  # reticulate only warns about conflicting requirements.
  withCallingHandlers(
    declare(c(oldest, "numpy")),
    warning = function(cnd) abort_addition(cnd, call),
    error = function(cnd) abort_addition(cnd, call)
  )
}

abort_addition <- function(cnd, call) {
  cli::cli_abort(
    c(
      "Can't add Keras to the Python that is already running.",
      i = "Restart R, and load keras3 before you use a schedule."
    ),
    parent = error_cnd(message = conditionMessage(cnd)),
    call = call
  )
}

# reticulate before 1.41 can't declare requirements. If the user has chosen a Python, nothing is
# declared: reticulate would only warn, for example because it does not know `tensorflow-cpu`.
declare <- function(packages) {
  named <- !Sys.getenv("RETICULATE_PYTHON") %in% c("", "managed")
  if (has_managed_python() && !named) {
    getExportedValue("reticulate", "py_require")(packages)
  }
}

# Whether this version of reticulate can manage a Python.
has_managed_python <- function() "py_require" %in% getNamespaceExports("reticulate")

# Turns a Python error into an R error with the user's call. Errors that this package's Python code
# raises on purpose keep their text, below `message` if there is one. Any other error is unexpected,
# and is shown below a headline that says so.
try_python <- function(expr, call = caller_env(), message = NULL, env = caller_env()) {
  tryCatch(expr, error = function(cnd) {
    cause <- as_cause(cnd)
    if (is.null(message) && inherits(cause, "lrschedules_refusal")) {
      abort(conditionMessage(cause), call = call)
    }
    message <- message %||% "Python raised an error."
    cli::cli_abort(message, parent = cause, call = call, .envir = env)
  })
}

# Turns a Python error into an ordinary R condition, since rlang can't print reticulate's conditions.
# R errors are returned unchanged.
as_cause <- function(cnd) {
  error <- python_error(cnd)
  if (is.null(error)) {
    return(cnd)
  }
  exception <- attr(error, "exception")
  if (error$type %in% REFUSALS && is_raised_here(exception)) {
    return(error_cnd("lrschedules_refusal", message = error$value))
  }
  text <- paste(c(error$type, if (nzchar(error$value)) error$value), collapse = ": ")
  error_cnd("lrschedules_python_error", message = text)
}

REFUSALS <- c("ValueError", "TypeError", "ImportError")

# The parts of the Python error behind a condition, or NULL if R raised it.
python_error <- function(cnd) {
  # reticulate before 1.29 raises an `Rcpp::exception`. It is a Python error only if the text agrees.
  is_python <- inherits(cnd, "python.builtin.BaseException")
  if (!is_python && !inherits(cnd, "Rcpp::exception")) {
    return(NULL)
  }
  error <- reticulate::py_last_error()
  start <- paste0(error$type, ": ", substr(error$value, 1, 80))
  if (!is.null(error) && startsWith(conditionMessage(cnd), start)) error
}

# Whether a `raise` statement in this package's Python code raised the exception.
is_raised_here <- function(exception) {
  traceback <- reticulate::import("traceback", convert = FALSE)
  deque <- reticulate::import("collections", convert = FALSE)$deque
  innermost <- deque(traceback$walk_tb(exception$`__traceback__`), maxlen = 1L)
  if (reticulate::py_len(innermost) == 0) {
    return(FALSE)
  }
  innermost <- innermost$pop()
  frame <- innermost[[0]]
  module <- reticulate::py_to_r(frame$f_globals$get("__name__", ""))
  line <- reticulate::import("linecache", convert = FALSE)$getline(
    frame$f_code$co_filename,
    innermost[[1]]
  )
  grepl("^lrschedules(_math)?([.]|$)", module) &&
    startsWith(trimws(reticulate::py_to_r(line)), "raise ")
}

# The Python object of a schedule. In each half, equal schedules share one object.
#
# The object of the first half computes rates, unless a part of the schedule has a class outside this
# package, which must compute them itself.
twin <- function(schedule, call = caller_env()) {
  twin_in(the$twins$numbers, schedule, call, function() {
    if (needs_keras(schedule)) keras_core("This schedule", call) else core(call)
  })
}

# The Python object to pass to an optimizer.
keras_twin <- function(schedule, what = "A schedule in an optimizer", call = caller_env()) {
  half <- keras_core(what, call)
  twin_in(the$twins$keras, schedule, call, function() half)
}

# An interactive session builds fewer objects. A sweep over thousands of schedules empties the cache.
MAX_TWINS <- 1000L

# A cache of the objects that were built, by specification, and the last one.
new_twins <- function() {
  new_environment(list(all = new_environment(), last_spec = NULL, last_twin = NULL))
}
the$twins <- list(numbers = new_twins(), keras = new_twins())

twin_in <- function(twins, schedule, call, load_core) {
  spec <- spec_of(schedule)
  # For the same schedule as last time, skip hashing, which is slow for large tables.
  if (identical(spec, twins$last_spec) && !reticulate::py_is_null_xptr(twins$last_twin)) {
    return(twins$last_twin)
  }
  key <- hash(spec)
  twin <- twins$all[[key]]
  if (is.null(twin) || reticulate::py_is_null_xptr(twin)) {
    if (length(twins$all) >= MAX_TWINS) {
      twins$all <- new_environment()
    }
    module <- load_core()
    twin <- try_python(module$build(nodes_of(schedule)), call)
    # Don't cache a user's class, which can be redefined during a session.
    if (needs_keras(schedule)) {
      return(twin)
    }
    twins$all[[key]] <- twin
  }
  twins$last_spec <- spec
  twins$last_twin <- twin
  twin
}

# Longer vectors cross as bytes, `list(doubles = )`, which is faster than one number at a time.
MANY_NUMBERS <- 100L

# Flattens a schedule to a list, so that it crosses in one call however deep it is. A schedule inside a
# configuration becomes `list(node = i)`, the position (from 0) of an earlier element.
nodes_of <- function(schedule) {
  nodes <- list()
  place <- function(x) {
    if (inherits(x, "learning_rate_schedule")) {
      spec <- spec_of(x)
      if (spec$class != "KerasSchedule") {
        spec$config <- place(spec$config)
      }
      nodes[[length(nodes) + 1L]] <<- spec
      return(list(node = length(nodes) - 1L))
    }
    if (is.double(x) && length(x) > MANY_NUMBERS) {
      return(list(doubles = writeBin(x, raw())))
    }
    if (is.list(x)) {
      for (i in seq_along(x)) {
        if (is.function(x[[i]]) || is.list(x[[i]]) || length(x[[i]]) > MANY_NUMBERS) {
          x[[i]] <- place(x[[i]])
        }
      }
    }
    x
  }
  place(schedule)
  nodes
}

# The rates at `steps`. A scalar crosses as a number; a vector as an array, which shares its memory with
# Python, or as bytes.
rates_at <- function(schedule, steps, arg = "steps", call = caller_env()) {
  given <- steps
  steps <- as.vector(check_steps_to_evaluate(given, arg, call, look = FALSE))
  twin <- twin(schedule, call)
  core(call) # not loaded yet if the twin is in the second half
  if (length(steps) == 1L) {
    return(reticulate::py_to_r(try_python(reticulate::py_call(the$rate, twin, steps), call)))
  }
  rates <- if (the$takes_arrays) {
    dim(steps) <- length(steps)
    try_python(reticulate::py_call(the$rates, twin, steps), call)
  } else {
    dtype <- if (is.integer(steps)) "int32" else "float64"
    try_python(reticulate::py_call(the$rates, twin, writeBin(steps, raw()), dtype), call)
  }
  rates <- reticulate::py_to_r(rates)
  if (is.null(rates)) {
    # Python found an invalid step; R reports which one.
    check_steps_to_evaluate(given, arg, call)
  }
  if (!the$takes_arrays) {
    return(readBin(rates, "double", length(steps)))
  }
  dim(rates) <- NULL
  rates
}

# The steps that show a schedule's shape, at least up to `least` or between two `limits`, with
# their rates.
rates_shown <- function(schedule, least = 0, limits = NULL, call = caller_env()) {
  twin <- twin(schedule, call)
  shown <- if (is.null(limits)) {
    try_python(core()$shown(twin, least), call)
  } else {
    try_python(core()$shown_between(twin, limits[[1]], limits[[2]]), call)
  }
  shown <- reticulate::py_to_r(shown)
  lapply(set_names(shown, c("step", "learning_rate")), function(bytes) {
    readBin(bytes, "double", length(bytes) / 8)
  })
}

# These methods are registered when reticulate is loaded, so attaching this package stays quick.
#' @exportS3Method reticulate::r_to_py
r_to_py.learning_rate_schedule <- function(x, convert = FALSE) {
  keras_twin(x)
}

#' @exportS3Method reticulate::py_to_r
py_to_r.lrschedules_math.core.schedule.Schedule <- function(x) {
  describe_python(x) %||% x
}

# The R value of a Python schedule, or NULL if its class has no constructor in R.
describe_python <- function(x, call = caller_env()) {
  half <- if (is_python_schedule(x)) keras_core("A Keras schedule", call) else core(call)
  nodes <- reticulate::py_to_r(half$describe(x))
  if (!is.null(nodes)) schedule_of_nodes(nodes)
}

# The inverse of nodes_of().
schedule_of_nodes <- function(nodes) {
  built <- vector("list", length(nodes))
  resolve <- function(x) {
    if (!is.list(x)) {
      x
    } else if (is.null(names(x))) {
      lapply(x, resolve)
    } else {
      built[[x$node + 1L]]
    }
  }
  for (i in seq_along(nodes)) {
    class <- nodes[[i]]$class
    config <- nodes[[i]]$config
    if (class != "KerasSchedule") {
      config <- lapply(config, resolve)
      if (!class %in% names(OPERATORS)) {
        # Use the constructor's order of arguments, so that equal schedules are identical.
        config <- config[intersect(names(formals(constructor_of(class))), names(config))]
      }
    }
    built[[i]] <- new_schedule(class, config)
  }
  built[[length(nodes)]]
}

# The rate at a tensor. It is also a tensor, and stays in Python.
tensor_rate <- function(schedule, tensor, call = caller_env()) {
  twin <- keras_twin(schedule, "The rate at a tensor", call)
  try_python(reticulate::py_call(twin, tensor), call)
}

# The members that exist only in the second half.
OF_TENSORS <- c("__call__", "on_device")

python_member <- function(schedule, name, call = caller_env()) {
  twin <- if (name %in% OF_TENSORS) {
    keras_twin(schedule, paste0("`", name, "`"), call)
  } else {
    twin(schedule, call)
  }
  if (!reticulate::py_has_attr(twin, name)) {
    config <- names(configs_of(schedule)[[1]])
    cli::cli_abort(
      c(
        "The schedule has no element {.code {name}}.",
        i = "It has {.code {config}}."
      ),
      call = call
    )
  }
  member <- reticulate::py_get_attr(twin, name)
  if (!inherits(member, "python.builtin.method")) {
    return(number_to_r(member))
  }
  function(...) number_to_r(try_python(reticulate::py_call(member, ...)))
}

# Converts a number to R. Without plain(), an integer from 2^31 on would wrap around.
number_to_r <- function(x) reticulate::py_to_r(core()$plain(x))
