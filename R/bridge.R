# The one door to Python. Everything is imported with `convert = FALSE`: a converted
# schedule would turn back into an R value as soon as it is built.

the <- new.env(parent = emptyenv())
the$core <- NULL
the$twins <- new.env(parent = emptyenv())
the$last_spec <- NULL
the$last_twin <- NULL

# More than a session at the console builds; a sweep over thousands starts afresh.
MAX_TWINS <- 1000L

core <- function(call = caller_env()) {
  if (is.null(the$core)) {
    the$core <- load_core(call)
    # Looked up once: they run at each evaluation.
    the$value <- the$core$value
    the$values <- the$core$values
    the$as_array <- reticulate::import("numpy", convert = FALSE)$frombuffer
    # An old reticulate cannot read the arrays of NumPy 2. Where it can, a copy is saved.
    the$takes_arrays <- is.numeric(reticulate::py_to_r(the$as_array(raw(8))))
  }
  the$core
}

# A module of the Python core beside the one that core() gives.
core_module <- function(name, call = caller_env(), convert = FALSE) {
  core(call)
  reticulate::import(paste0("lrschedules.", name), convert = convert)
}

load_core <- function(call) {
  declare_keras()
  check_keras(call)
  try_python(call = call, {
    sys <- reticulate::import("sys", convert = FALSE)
    sys$path$insert(0L, system.file("python", package = "lrschedules", mustWork = TRUE))
    reticulate::import("lrschedules.exchange.bridge", convert = FALSE)
  })
}

# What a user without Python meets first.
check_keras <- function(call) {
  found <- tryCatch(reticulate::py_module_available("keras"), error = function(cnd) FALSE)
  if (!found) {
    python <- if (reticulate::py_available()) reticulate::py_config()$python
    cli::cli_abort(
      c(
        "The rates of a schedule are computed by Python's keras, which is not available.",
        x = if (is.null(python)) {
          "No Python was found."
        } else {
          "The Python in use is {.file {python}}."
        },
        i = "{.run keras3::install_keras()} installs both."
      ),
      call = call
    )
  }
}

# What Python needs to compute rates, declared before anything looks for a module: a Python that
# reticulate manages ("uv") is made with what was declared by then.
declare_numpy <- function() declare("numpy")

# What Python needs for Keras's objects and for training.
declare_keras <- function() {
  backend <- Sys.getenv("KERAS_BACKEND", "tensorflow")
  oldest <- if (backend == "jax") c("keras>=3.10", "jax>=0.7.2") else c("keras>=3.3", backend)
  declare(c(oldest, "numpy"))
}

# reticulate before 1.41 has no declared requirements. A Python that the user named is taken as it
# is: of the requirements reticulate would only warn that it does not know `tensorflow-cpu`, say.
declare <- function(packages) {
  named <- !Sys.getenv("RETICULATE_PYTHON") %in% c("", "managed")
  if (has_managed_python() && !reticulate::py_available() && !named) {
    getExportedValue("reticulate", "py_require")(packages)
  }
}

# Whether this reticulate can make a Python of its own.
has_managed_python <- function() "py_require" %in% getNamespaceExports("reticulate")

# An error raised in Python becomes an R error with the user's own call. What this package's Python
# code refuses is said in its own words, and below `message` where a function gives one. Everything
# else was not foreseen: it is shown below a headline that says so.
try_python <- function(expr, call = caller_env(), message = NULL, env = caller_env()) {
  tryCatch(expr, error = function(cnd) {
    cause <- as_cause(cnd)
    if (is.null(message) && inherits(cause, "lrschedules_refusal")) {
      abort(conditionMessage(cause), call = call)
    }
    message <- message %||% "An error was raised in Python."
    cli::cli_abort(message, parent = cause, call = call, .envir = env)
  })
}

# An error of Python as an ordinary R condition: rlang cannot print the condition that reticulate
# makes of one. Errors of R stay as they are.
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
  # reticulate before 1.29 raises an `Rcpp::exception`, which is Python's only if the text agrees.
  is_python <- inherits(cnd, "python.builtin.BaseException")
  if (!is_python && !inherits(cnd, "Rcpp::exception")) {
    return(NULL)
  }
  error <- reticulate::py_last_error()
  start <- paste0(error$type, ": ", substr(error$value, 1, 80))
  if (!is.null(error) && startsWith(conditionMessage(cnd), start)) error
}

# Whether a `raise` in this package's Python code raised it, and not code that it called.
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

# The Python object that a schedule stands for. Equal schedules share one.
twin <- function(schedule, call = caller_env()) {
  spec <- spec_of(schedule)
  # The schedule that was asked last is known without a look at the numbers of its tables.
  if (identical(spec, the$last_spec) && !reticulate::py_is_null_xptr(the$last_twin)) {
    return(the$last_twin)
  }
  key <- hash(spec)
  twin <- the$twins[[key]]
  if (is.null(twin) || reticulate::py_is_null_xptr(twin)) {
    if (length(the$twins) >= MAX_TWINS) {
      the$twins <- new.env(parent = emptyenv())
    }
    module <- core(call)
    twin <- try_python(module$build(nodes_of(schedule)), call)
    # What the name of a user's own class means can change within a session.
    if (length(foreign_classes(schedule)) > 0) {
      return(twin)
    }
    the$twins[[key]] <- twin
  }
  the$last_spec <- spec
  the$last_twin <- twin
  twin
}

# A schedule as a flat list, so that it crosses at once however deep it is: a schedule in a
# configuration is `list(node = i)`, the place (from 0) of one that comes before.
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
    if (is.list(x)) {
      for (i in seq_along(x)) {
        if (is.function(x[[i]]) || is.list(x[[i]])) {
          x[[i]] <- place(x[[i]])
        }
      }
    }
    x
  }
  place(schedule)
  nodes
}

# The rates at `steps`, which check_steps_to_evaluate() returned. A scalar crosses as itself, a vector
# as the bytes of its memory.
rates_at <- function(schedule, steps, call = caller_env()) {
  twin <- twin(schedule, call)
  if (length(steps) == 1L) {
    return(reticulate::py_to_r(try_python(reticulate::py_call(the$value, twin, steps), call)))
  }
  dtype <- if (is.integer(steps)) "int32" else "float64"
  rates <- try_python(
    reticulate::py_call(the$values, twin, writeBin(as.vector(steps), raw()), dtype),
    call
  )
  if (the$takes_arrays && length(steps) > 0L) {
    rates <- reticulate::py_to_r(reticulate::py_call(the$as_array, rates))
    dim(rates) <- NULL
    return(rates)
  }
  readBin(reticulate::py_to_r(rates), "double", length(steps))
}

# The steps that show a schedule's shape, up to step `least` or further, and their rates.
rates_shown <- function(schedule, least = 0, call = caller_env()) {
  twin <- twin(schedule, call)
  shown <- reticulate::py_to_r(try_python(core()$shown(twin, least), call))
  lapply(set_names(shown, c("step", "learning_rate")), function(bytes) {
    readBin(bytes, "double", length(bytes) / 8)
  })
}

# Registered when reticulate is loaded, which is the first thing that needs it: attaching
# this package stays quick.
#' @exportS3Method reticulate::r_to_py
r_to_py.learning_rate_schedule <- function(x, convert = FALSE) {
  twin(x)
}

#' @exportS3Method reticulate::py_to_r
py_to_r.lrschedules.core.schedule.Schedule <- function(x) {
  describe_python(x) %||% x
}

# The R value of a Python schedule, or NULL where its class has no constructor in R.
describe_python <- function(x, call = caller_env()) {
  nodes <- reticulate::py_to_r(core(call)$describe(x))
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
        # Python lists a class's own fields after its base's; identical values need one order.
        config <- config[names(formals(constructor_of(class)))]
      }
    }
    built[[i]] <- new_schedule(class, config)
  }
  built[[length(nodes)]]
}

# A tensor in, a tensor out: it stays in Python.
tensor_rate <- function(schedule, tensor, call = caller_env()) {
  twin <- twin(schedule, call)
  try_python(reticulate::py_call(twin, tensor), call)
}

python_member <- function(schedule, name, call = caller_env()) {
  twin <- twin(schedule, call)
  if (!reticulate::py_has_attr(twin, name)) {
    config <- names(spec_of(schedule)$config)
    cli::cli_abort(
      c(
        "The schedule has no {.code {name}}.",
        i = "Its configuration has {.code {config}}."
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

# An int from 2^31 on would wrap.
number_to_r <- function(x) reticulate::py_to_r(core()$plain(x))
