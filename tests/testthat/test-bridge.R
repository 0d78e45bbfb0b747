schedule <- learning_rate_schedule_exponential_decay(
  0.1,
  1000,
  0.5,
  staircase = TRUE,
  name = "mine"
)
offset <- learning_rate_schedule_exponential_decay_with_offset(3, 0.1, 1000, 0.5)

test_that("an optimizer receives a Keras schedule, and gives the same R value back", {
  skip_if_no_keras()
  keras <- reticulate::import("keras")
  optimizer <- keras$optimizers$SGD(learning_rate = schedule)
  expect_identical(optimizer$`_learning_rate`, schedule)
  twin <- reticulate::r_to_py(schedule)
  expect_s3_class(twin, "lrschedules.classes.schedule.Schedule")
  expect_true(
    reticulate::import_builtins()$isinstance(twin, keras$optimizers$schedules$LearningRateSchedule)
  )
})

test_that("R to Python to R is the identity", {
  skip_if_no_keras()
  for (x in list(
    schedule,
    offset,
    learning_rate_schedule_exponential_decay(0, 2^53, 3e9, name = NULL)
  )) {
    expect_identical(reticulate::py_to_r(reticulate::r_to_py(x)), x)
  }
  for (x in compositions()) {
    expect_identical(reticulate::py_to_r(reticulate::r_to_py(x)), x)
  }
})

test_that("serialize and deserialize give the same R value", {
  skip_if_no_keras()
  schedules <- reticulate::import("keras")$optimizers$schedules
  for (x in list(schedule, offset)) {
    expect_identical(schedules$deserialize(schedules$serialize(x)), x)
  }
})

test_that("keras3 takes and gives back a schedule", {
  skip_if_not_installed("keras3")
  skip_if_no_keras()
  optimizer <- keras3::optimizer_sgd(learning_rate = schedule)
  config <- keras3::serialize_keras_object(optimizer)
  expect_identical(config$config$learning_rate$config$decay_steps, 1000L)
  expect_identical(keras3::deserialize_keras_object(config$config$learning_rate), schedule)
  expect_identical(keras3::deserialize_keras_object(config)$`_learning_rate`, schedule)
})

test_that("training with keras3 uses the rates of the schedule", {
  skip_if_quick()
  skip_if_not_installed("keras3")
  skip_if_no_keras()
  steps <- 20L
  stairs <- learning_rate_schedule_exponential_decay(0.1, 7, 0.5, staircase = TRUE)
  model <- keras3::keras_model_sequential(input_shape = steps)
  keras3::layer_dense(model, 1, use_bias = FALSE, kernel_initializer = "zeros")
  keras3::compile(
    model,
    optimizer = keras3::optimizer_sgd(learning_rate = stairs),
    loss = function(y_true, y_pred) y_pred
  )
  keras3::fit(model, diag(steps), matrix(0, steps, 1), batch_size = 1, shuffle = FALSE, verbose = 0)
  expect_equal(
    -as.vector(keras3::get_weights(model)[[1]]),
    stairs(seq(0, steps - 1)),
    tolerance = 1e-6
  )
})

test_that("a saved model loads in a session that has built no schedule, and gives it back", {
  skip_if_quick()
  skip_if_not_installed("keras3")
  skip_if_no_keras()
  file <- withr::local_tempfile(fileext = ".keras")
  model <- keras3::keras_model_sequential(input_shape = 1L)
  keras3::layer_dense(model, 1)
  keras3::compile(model, optimizer = keras3::optimizer_sgd(learning_rate = schedule), loss = "mse")
  keras3::fit(model, matrix(1, 5), matrix(1, 5), batch_size = 1, verbose = 0)
  keras3::save_model(model, file)
  output <- run_r(
    c(
      # Here Python's Keras is loaded before the package, and in the next test after it.
      "library(keras3)",
      "invisible(op_ones(1))",
      "library(lrschedules)",
      "model <- load_model(commandArgs(TRUE))",
      "schedule <- learning_rate_schedule_exponential_decay(0.1, 1000, 0.5, staircase = TRUE, name = 'mine')",
      "stopifnot(identical(model$optimizer$`_learning_rate`, schedule))",
      "cat('same\\n')"
    ),
    file
  )
  expect_identical(tail(output, 1), "same")
})

test_that("nothing starts Python before its first use, and Python writes no bytecode into R's library", {
  skip_if_quick()
  skip_if_no_keras()
  withr::local_envvar(PYTHONDONTWRITEBYTECODE = NA)
  file <- withr::local_tempfile(fileext = ".keras")
  keras <- reticulate::import("keras")
  model <- keras$Sequential(list(keras$Input(list(1L)), keras$layers$Dense(1L)))
  model$compile(optimizer = keras$optimizers$SGD(learning_rate = offset), loss = "mse")
  model$save(file)
  output <- run_r(
    c(
      "library(lrschedules)",
      "schedule <- learning_rate_schedule_exponential_decay_with_offset(3, 0.1, 1000, 0.5)",
      "print(schedule)",
      "format(schedule)",
      "saveRDS(schedule, tempfile())",
      "try(learning_rate_schedule_exponential_decay(-1, 1000, 0.5), silent = TRUE)",
      "cat('started', reticulate::py_available(), '\\n')",
      # As a Python chunk runs it.
      "load <- 'import keras; model = keras.models.load_model(%s)'",
      "reticulate::py_run_string(sprintf(load, encodeString(commandArgs(TRUE), quote = '\"')))",
      "model <- reticulate::py$model",
      "stopifnot(identical(model$optimizer$`_learning_rate`, schedule))",
      "if (requireNamespace('keras3', quietly = TRUE)) {",
      "  model <- keras3::load_model(commandArgs(TRUE))",
      "  stopifnot(identical(model$optimizer$`_learning_rate`, schedule))",
      "}",
      "monitor <- reticulate::r_to_py(callback_learning_rate_monitor())",
      "cat('user setting stays', reticulate::import('sys')$dont_write_bytecode, '\\n')",
      "folder <- system.file('python', package = 'lrschedules')",
      "cat('written', list.files(folder, 'pyc$', recursive = TRUE), '\\n')"
    ),
    file
  )
  expect_identical(
    trimws(grep("^(started|user|written)", output, value = TRUE)),
    c("started FALSE", "user setting stays FALSE", "written")
  )
})

test_that("schedules keep using the first Keras if it is loaded again with a different backend", {
  skip_if_no_keras()
  local_plain_messages()
  invisible(reticulate::r_to_py(schedule))
  rlang::local_options(rlib_warning_verbosity = "verbose")
  expect_no_warning(reticulate::r_to_py(schedule))
  modules <- reticulate::import("sys", convert = FALSE)$modules
  ours <- reticulate::import("keras", convert = FALSE)
  withr::defer(modules$update(list(keras = ours)))
  modules$update(list(keras = reticulate::import("types", convert = FALSE)$ModuleType("keras")))
  expect_snapshot(invisible(reticulate::r_to_py(schedule)))
})

# An object whose `optimizer` fails in an unexpected way.
FAILING_MODEL <- "type('Failing', (), {'optimizer': property(lambda self: {}['a{b}'])})()"

test_that("what this package's Python code refuses is the R error, with the user's call", {
  skip_if_no_keras()
  object <- reticulate::py_eval("{'a': 1}", convert = FALSE)
  error <- error_of(schedule(object))
  expect_s3_class(error, "rlang_error")
  expect_identical(error$call, quote(schedule(object)))
  expect_identical(
    conditionMessage(error),
    "`step` must be numbers from -2^53 to 2^53. Received: step={'a': 1}"
  )
  expect_null(error$parent)
})

test_that("an error that nobody foresaw has a headline, and Python's text below", {
  skip_if_no_keras()
  model <- reticulate::py_eval(FAILING_MODEL)
  error <- error_of(optimizer_step(model))
  expect_identical(error$call, quote(optimizer_step(model)))
  expect_match(conditionMessage(error), "^Python raised an error[.]")
  expect_identical(conditionMessage(error$parent), "KeyError: 'a{b}'")
  # This error has the type of a refusal, but comes from deeper in the Python code.
  error <- error_of(schedule$landmarks("a", 1))
  expect_match(conditionMessage(error), "^Python raised an error[.]")
  expect_match(conditionMessage(error$parent), "^TypeError: ")
  # An R error is not reported as a Python error, whatever Python raised last.
  error <- error_of(lrschedules:::try_python(stop("of R"), quote(f())))
  expect_identical(conditionMessage(error$parent), "of R")
})

test_that("uncaught errors are printed in full, in scripts and at the console", {
  skip_if_quick()
  skip_if_no_keras()
  local_plain_messages()
  script <- run_r(c("library(lrschedules)", "optimizer_step(NULL)"), fails = TRUE)
  expect_match(
    paste(script, collapse = "\n"),
    "Error in `optimizer_step()`:\n! `model` must be compiled: it has no optimizer.\n",
    fixed = TRUE
  )
  console <- run_r(
    console = TRUE,
    c(
      "options(cli.num_colors = 1L, cli.unicode = FALSE, rlang_backtrace_on_error = 'none')",
      "library(lrschedules)",
      "optimizer_step(NULL)",
      "writeLines('{}', file.path(tempdir(), 'a.json')); setwd(tempdir())",
      "schedule_read('a.json')",
      paste0('optimizer_step(reticulate::py_eval("', FAILING_MODEL, '"))')
    )
  )
  expect_snapshot_output(writeLines(grep("^> ", console, invert = TRUE, value = TRUE)))
})

test_that("a Keras that is too old is an error that says so", {
  skip_if_quick()
  skip_if_no_keras()
  output <- run_r(
    fails = TRUE,
    c(
      "library(lrschedules)",
      "keras <- reticulate::import('keras', convert = FALSE)",
      "keras$`__version__` <- '3.2.1'",
      "schedule <- learning_rate_schedule_constant(0.1)",
      "schedule(keras$ops$ones(list(), 'int32'))"
    )
  )
  expect_match(
    paste(output, collapse = "\n"),
    "Error in `schedule\\(\\)`:\n! Schedules of lrschedules need keras 3.* this is keras 3.2.1.\n"
  )
})

test_that("a Python schedule of a class that R does not know stays a Python object", {
  skip_if_no_keras()
  reticulate::py_run_string(
    "
from lrschedules import ExponentialDecay
class LRSchedulesTestOther(ExponentialDecay):
    pass
lrschedules_test_other = LRSchedulesTestOther(0.1, 10, 0.5)
"
  )
  expect_s3_class(reticulate::py$lrschedules_test_other, "python.builtin.object")
})

test_that("twins are shared, and their number is bounded", {
  skip_if_no_keras()
  same <- learning_rate_schedule_exponential_decay(0.1, 1000, 0.5, staircase = TRUE, name = "mine")
  expect_identical(
    reticulate::py_id(reticulate::r_to_py(schedule)),
    reticulate::py_id(reticulate::r_to_py(same))
  )
  the <- lrschedules:::the
  for (i in 1:1100) {
    reticulate::r_to_py(learning_rate_schedule_exponential_decay(0.1, i, 0.123))
  }
  expect_lte(length(the$twins), lrschedules:::MAX_TWINS)
})

test_that("whole numbers from 2^31 on cross unchanged", {
  skip_if_no_keras()
  decay <- learning_rate_schedule_exponential_decay(0.1, 1e10, 0.5)
  expect_identical(decay$get_config()$decay_steps, 1e10)
  expect_identical(decay$horizon, 5e10)
  expect_identical(range(as.data.frame(decay)$step), c(0, 5e10))
  expect_identical(summary(decay)$last, 5e10)
  pieces <- learning_rate_schedule_piecewise_constant_decay(c(5, 3e9), c(3, 2, 1))
  expect_identical(pieces$get_config()$boundaries, c(5, 3e9))
  expect_identical(as_learning_rate_schedule(reticulate::r_to_py(pieces)), pieces)
  expect_identical(pieces(c(3e9, 3e9 + 1)), c(2, 1))
})

test_that("a hundred levels and five hundred terms cross in one call, without delay", {
  skip_if_quick()
  skip_if_no_keras()
  a <- learning_rate_schedule_exponential_decay(0.1, 41, 0.5, staircase = TRUE)
  a(0)
  path <- withr::local_tempfile(fileext = ".json")
  # Time is measured in this process, because the machine may be busy.
  both <- function(schedule, rate) {
    expect_equal(schedule(82), rate, tolerance = 1e-12)
    schedule_write(schedule, path)
    expect_identical(schedule_read(path), schedule)
    expect_identical(as_learning_rate_schedule(reticulate::r_to_py(schedule)), schedule)
    expect_gt(nchar(format(schedule)), 1000)
    expect_gt(length(capture.output(print(schedule))), 20)
  }
  expect_lt(cpu_units(both(Reduce(schedule_hold, 199:101, a), 0.025)), 200)
  expect_lt(cpu_units(both(Reduce(`+`, rep(list(a), 500)), 12.5)), 200)
})

test_that("one step of a large table is evaluated without reading the table", {
  skip_if_quick()
  skip_if_no_keras()
  table <- learning_rate_schedule_tabulated(seq(0, 1, length.out = 1e6))
  small <- learning_rate_schedule_tabulated(c(0, 1))
  one_by_one <- function(schedule) {
    for (step in 1:200) {
      schedule(step)
    }
  }
  in_lapply <- function(schedule) lapply(1:200, schedule)
  for (ask in list(one_by_one, in_lapply)) {
    # Take the shortest time, because the machine may be busy and R may collect garbage.
    seconds <- function(schedule) min(replicate(5, cpu_time(ask(schedule))))
    expect_lt(seconds(table), 4 * seconds(small))
  }
  called <- function(schedule) schedule(1)
  expect_identical(called(table), do.call(table, list(1)))
  expect_identical((function() table)()(1), table(1))
})

test_that("without keras, one message says what to do", {
  skip_if_quick()
  program <- '
    Sys.setenv(RETICULATE_PYTHON = commandArgs(TRUE)[[1]])
    library(lrschedules)
    cat(has_numpy(), has_keras(), reticulate::py_available(), "\n")
    schedule <- learning_rate_schedule_constant(0.1)
    for (f in list(schedule, function(x) summary(schedule), callback_resume_check)) {
      cat(conditionMessage(tryCatch(f(1), error = identity)), "\n")
    }
  '
  said <- paste(run_r(program, "/nowhere/python3"), collapse = " ")
  expect_length(gregexpr("which is not *available. *. No Python was found.", said)[[1]], 3)
  expect_no_match(said, "Python raised|Traceback")
  expect_match(said, "FALSE FALSE FALSE")
  has_none <- file.exists("/usr/bin/python3") &&
    system2(
      "/usr/bin/python3",
      c("-c", shQuote("import keras")),
      stdout = FALSE,
      stderr = FALSE,
      timeout = STANDSTILL
    ) !=
      0
  skip_if_not(has_none, "the system has no Python without keras")
  said <- paste(run_r(program, "/usr/bin/python3"), collapse = " ")
  expect_match(
    said,
    "Computing rates needs Python with NumPy, which is not available",
    fixed = TRUE
  )
  expect_match(said, "R is using .*/usr/bin/python3")
  expect_match(said, "keras3::install_keras()", fixed = TRUE)
})

test_that("a different version that Python has already imported is named", {
  skip_if_quick()
  skip_if_no_numpy()
  # pip leaves a folder like this.
  folder <- withr::local_tempdir()
  dir.create(file.path(folder, "lrschedules_math"))
  writeLines("", file.path(folder, "lrschedules_math", "__init__.py"))
  dir.create(file.path(folder, "lrschedules-0.0.9.dist-info"))
  writeLines(
    c("Metadata-Version: 2.1", "Name: lrschedules", "Version: 0.0.9"),
    file.path(folder, "lrschedules-0.0.9.dist-info", "METADATA")
  )
  output <- run_r(
    c(
      "folder <- commandArgs(TRUE)",
      "reticulate::import_from_path('lrschedules_math', folder)",
      "sys <- reticulate::import('sys', convert = FALSE)",
      "sys$path$insert(0L, folder)",
      "schedule <- lrschedules::learning_rate_schedule_constant(0.1)",
      "options(cli.width = 1000)",
      "writeLines(conditionMessage(tryCatch(schedule(0), error = identity)))"
    ),
    folder
  )
  ours <- as.character(utils::packageVersion("lrschedules"))
  expect_match(
    paste(output, collapse = " "),
    paste0("R's lrschedules is version ", ours, ", but Python has imported version 0.0.9"),
    fixed = TRUE
  )
})
