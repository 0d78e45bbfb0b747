# Python objects from users, and results of the Python core.

CLASS_OF_KERAS <- "keras.src.optimizers.schedules.learning_rate_schedule.LearningRateSchedule"
CLASS_OF_OURS <- "lrschedules.classes.schedule.Schedule"

is_python <- function(x) inherits(x, "python.builtin.object")

is_python_schedule <- function(x) {
  inherits(x, CLASS_OF_KERAS)
}

# Keras 3 defines its classes in `keras.src`.
is_of_keras_2 <- function(x) {
  is_python(x) && any(grepl("^(tf_keras|keras[.]optimizers[.]schedules)[.]", class(x)))
}

schedule_from_python <- function(x, arg, call) {
  check_alive(x, arg, call)
  if (is_of_keras_2(x)) {
    abort_argument(x, "a schedule", arg, call)
  }
  schedule <- if (is_python_schedule(x)) {
    try_python(
      describe_python(x, call),
      call,
      "{.arg {arg}} can't be used as a schedule.",
      current_env()
    )
  }
  if (!is.null(schedule) && !inherits(x, CLASS_OF_OURS)) {
    say_once_that_keras_may_differ(schedule)
  }
  if (is.null(schedule)) {
    cli::cli_abort(
      "{.arg {arg}} must be a Python schedule object, not {.cls {class(x)[[1]]}}.",
      call = call
    )
  }
  schedule
}

# A Python object that R has saved and read has an empty reference.
check_alive <- function(x, arg, call) {
  if (reticulate::py_is_null_xptr(x)) {
    cli::cli_abort(
      c(
        "{.arg {arg}} is a Python object from another R session ({.cls {class(x)[[1]]}}): it can't be used in this one.",
        i = "Save the R value instead: {.code saveRDS(as_learning_rate_schedule(x), file)}."
      ),
      call = call
    )
  }
}

say_once_that_keras_may_differ <- function(schedule) {
  class <- spec_of(schedule)$class
  if (class != "KerasSchedule") {
    inform(
      c(
        paste0("Converted Keras's ", class, " to the lrschedules schedule of the same name."),
        i = "When compiled, Keras's own class can train at a different rate than its formula says."
      ),
      .frequency = "once",
      .frequency_id = "lrschedules_keras_may_differ"
    )
  }
}

# Calls a Python function with numbers as integers.
call_python <- function(f, ..., call = caller_env()) {
  whole <- reticulate::import_builtins(convert = FALSE)$int
  arguments <- lapply(list(...), function(x) if (is.numeric(x)) whole(x) else x)
  try_python(do.call(reticulate::py_call, c(list(f), arguments)), call)
}

plain_rows <- function(records) {
  dataclasses <- reticulate::import("dataclasses", convert = FALSE)
  reticulate::iterate(records, function(record) number_to_r(dataclasses$asdict(record)))
}
