# Evaluating and showing a schedule needs only Python and NumPy; optimizers, tensors and Keras's objects
# need Keras. These tests check what a session has loaded.

# A folder for PYTHONPATH that makes Keras and its backends unavailable.
without_keras <- function(env = parent.frame()) {
  folder <- withr::local_tempdir(.local_envir = env)
  for (module in c("keras", "tensorflow", "jax", "torch")) {
    writeLines(
      sprintf("raise ModuleNotFoundError(\"No module named '%s'\")", module),
      file.path(folder, paste0(module, ".py"))
    )
  }
  folder
}

test_that("without Keras every schedule prints, evaluates, plots, compares, checks and is kept", {
  skip_if_quick()
  skip_if_no_keras()
  withr::local_envvar(PYTHONPATH = without_keras())
  seen <- run_r(
    '
    library(lrschedules)
    source(commandArgs(TRUE))
    of_ours <- grep("^v1_", constructors(), value = TRUE, invert = TRUE)
    schedules <- lapply(of_ours, function(name) do.call(constructor(name), good(name)))
    schedules <- c(schedules, compositions(), learning_rate_schedule(function(step) 0.1, 50))
    plan <- training_plan(steps_per_epoch = 50, epochs = 4)
    file <- tempfile()
    grDevices::pdf(NULL)
    for (s in schedules) {
      stopifnot(
        length(capture.output(print(s))) > 0,
        is.finite(s(c(0, 1, 10, 123))),
        all(range(s) >= 0),
        nrow(as.data.frame(s)) > 1,
        is.list(s$get_config()),
        inherits(summary(s, plan = plan), "learning_rate_schedule_summary"),
        is.data.frame(schedule_compare(a = s, b = 0.5 * s, steps = 0:9)),
        is.data.frame(schedule_check(s, plan)),
        is.data.frame(schedule_explain(s, plan)),
        identical(eval(parse(text = schedule_code(s, plan))), s)
      )
      design <- lrschedules:::new_design(s, plan)
      stopifnot(
        identical(design$schedule, s),
        is.data.frame(lrschedules:::draw_design(design)$now),
        is.list(lrschedules:::findings_of_design(design))
      )
      plot(s)
      plot(s, plan = plan)
      schedule_write(s, file)
      stopifnot(identical(schedule_read(file), s))
    }
    cat(length(schedules), "schedules\n")
    writeLines(conditionMessage(tryCatch(reticulate::r_to_py(s), error = identity)))
    writeLines(conditionMessage(tryCatch(callback_learning_rate_monitor(), error = identity)))
    cat(has_numpy(), has_keras(), "\n")
    ',
    normalizePath("helper.R")
  )
  expect_gt(as.integer(sub(" schedules", "", grep("schedules$", seen, value = TRUE))), 60)
  expect_match(
    seen,
    "A schedule in an optimizer needs the Python package keras, which is not",
    all = FALSE
  )
  expect_match(
    seen,
    "`callback_learning_rate_monitor()` needs the Python",
    fixed = TRUE,
    all = FALSE
  )
  expect_identical(trimws(seen[[length(seen)]]), "TRUE FALSE")
})

test_that("looking at a schedule does not import Keras, and an optimizer does", {
  skip_if_quick()
  skip_if_no_keras()
  seen <- run_r(
    '
    library(lrschedules)
    loaded <- function() {
      modules <- reticulate::import_builtins()$list(reticulate::import("sys")$modules)
      cat(intersect(c("keras", "lrschedules", "lrschedules_math"), modules), "\n")
    }
    s <- learning_rate_schedule_cosine_decay(0.1, 900) |> schedule_warmup(100)
    invisible(s(0:10)); invisible(summary(s)); invisible(2 * s)
    loaded()
    invisible(reticulate::r_to_py(s))
    loaded()
    '
  )
  expect_identical(trimws(seen), c("lrschedules_math", "keras lrschedules lrschedules_math"))
})

test_that("a schedule that holds a class of the user's own is evaluated by that class", {
  skip_if_no_keras()
  own <- schedule_of_own_class()
  held <- schedule_warmup(own, 10)
  expect_equal(held(c(0, 5, 10, 100)), c(0, 0.125, 0.25, 0.25))
  file <- withr::local_tempfile()
  schedule_write(held, file)
  expect_identical(schedule_read(file), held)
  plan <- training_plan(steps_per_epoch = 50, epochs = 4)
  expect_identical(nrow(schedule_check(held, plan)), 0L)
  expect_identical(nrow(schedule_explain(held, plan)), 2L)
})

test_that("with a Python that reticulate makes, looking installs NumPy alone, and training Keras", {
  skip_if_quick()
  skip_on_cran()
  skip_if_no_keras()
  skip_if_not("py_require" %in% getNamespaceExports("reticulate"), "reticulate can't make a Python")
  uv <- Sys.getenv("LRSCHEDULES_UV")
  skip_if_not(file.exists(uv), "LRSCHEDULES_UV does not name a file")
  base <- file.path(reticulate::import("sys")$base_prefix, "bin")
  withr::local_envvar(
    # uv runs every Python on the path.
    PATH = paste(c(base, "/usr/bin", "/bin"), collapse = ":"),
    RETICULATE_PYTHON = NA,
    VIRTUAL_ENV = NA,
    PYTHONPATH = NA,
    RETICULATE_UV = uv,
    UV_PYTHON_DOWNLOADS = "never",
    KERAS_BACKEND = "jax"
  )
  seen <- run_r(
    '
    arguments <- commandArgs(TRUE)
    reticulate::py_require(python_version = arguments[[1]])
    library(lrschedules)
    source(arguments[[2]])
    answers <- function() cat("answers:", has_numpy(), has_keras(), "\n")
    answers()
    stairs <- learning_rate_schedule_exponential_decay(0.1, 3, 0.5, staircase = TRUE)
    cat("rates:", stairs(c(0, 2, 3)), "\n")
    metadata <- reticulate::import("importlib.metadata")
    installed <- reticulate::iterate(metadata$distributions(), function(d) d$name)
    cat("installed:", unlist(installed), "\n")
    answers()
    object <- reticulate::r_to_py(stairs)
    cat("trained:", format(rates_in_fit(object, 5)), "\n")
    answers()
    ',
    as.character(reticulate::py_version())[[1]],
    normalizePath("helper.R")
  )
  line <- function(label) sub(".*: ", "", trimws(grep(label, seen, value = TRUE)))
  expect_identical(line("^rates:"), "0.1 0.1 0.05")
  expect_identical(line("^installed:"), "numpy")
  expect_identical(line("^trained:"), "0.10 0.10 0.10 0.05 0.05")
  expect_identical(line("^answers:"), c("FALSE FALSE", "TRUE FALSE", "TRUE TRUE"))
})
