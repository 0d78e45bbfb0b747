# Scripts written for keras3 give the same results with this package attached after it. Normal runs
# imitate the search path of `library()`; the sweep runs each script in a separate session.

scripts <- function() {
  names <- setdiff(dir(test_path("scripts"), "[.]R$"), "run.R")
  test_path("scripts", names)
}

# The value of a script and the environment in which it ran.
run_script <- function(name, packages) {
  env <- globalenv()
  for (package in packages) {
    names <- getNamespaceExports(package)
    names(names) <- names
    env <- list2env(lapply(names, getExportedValue, ns = package), parent = env)
  }
  env <- new.env(parent = env)
  code <- Filter(function(line) line[[1]] != "library", parse(test_path("scripts", name)))
  value <- NULL
  for (expression in code) {
    value <- eval(expression, env)
  }
  list(value = value, env = env)
}

skip_if_no_tensorflow <- function() {
  skip_if_no_keras()
  skip_if_not_installed("keras3")
  skip_if_not(keras_backend() == "tensorflow", "the backend is not TensorFlow")
}

keras_backend <- function() reticulate::import("keras")$backend$backend()

test_that("a script with fractional steps gives what it gives with keras3 alone", {
  skip_if_quick()
  skip_if_no_keras()
  skip_if_not_installed("keras3")
  theirs <- run_script("mnist_cosine.R", "keras3")$value
  ours <- suppressMessages(run_script("mnist_cosine.R", c("keras3", "lrschedules"))$value)
  expect_equal(ours, theirs, tolerance = 1e-4)
})

test_that("a model with two optimizers of its own is recorded and checked by name", {
  skip_if_quick()
  skip_if_no_tensorflow()
  theirs <- run_script("gan.R", "keras3")$value
  run <- run_script("gan.R", c("keras3", "lrschedules"))
  expect_equal(run$value, theirs, tolerance = 1e-4)

  gan <- run$env$gan
  monitor <- callback_learning_rate_monitor()
  check <- callback_resume_check(optimizer = "d_optimizer")
  keras3::fit(
    gan,
    run$env$real,
    batch_size = 16,
    initial_epoch = 4,
    epochs = 4,
    shuffle = FALSE,
    verbose = 0,
    callbacks = list(monitor, check)
  ) |>
    expect_no_warning()
  decay <- learning_rate_schedule_exponential_decay(0.1, 5, 0.5)
  cosine <- learning_rate_schedule_cosine_decay(0.05, 20)
  record <- as.data.frame(monitor)
  expect_equal(record$step, 12:15)
  expect_equal(record$learning_rate.d_optimizer, decay(12:15))
  expect_equal(record$learning_rate.g_optimizer, cosine(12:15))

  # Without a name, one error lists the optimizers, since Keras's `gan$optimizer` never trains.
  expect_error(optimizer_step(gan), "d_optimizer.*g_optimizer")
  expect_equal(optimizer_step(gan, "g_optimizer"), 16)
})

test_that("all scripts give the same in sessions of their own", {
  skip_if(Sys.getenv("SWEEP") == "", "only in the sweep")
  skip_if_no_tensorflow()
  results <- lapply(c("keras3", "lrschedules"), function(last) {
    file <- withr::local_tempfile(fileext = ".rds")
    ended <- callr::rscript(
      test_path("scripts", "run.R"),
      c(file, last, scripts()),
      libpath = .libPaths(),
      timeout = STANDSTILL,
      show = FALSE,
      fail_on_status = FALSE
    )
    expect_equal(ended$status, 0, info = ended$stderr)
    readRDS(file)
  })
  expect_length(results[[1]], 10)
  expect_equal(results[[2]], results[[1]], tolerance = 1e-4)
})
