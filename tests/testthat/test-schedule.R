schedule <- learning_rate_schedule_exponential_decay(0.1, 1000, 0.5)

test_that("a schedule is a function that compares by value", {
  expect_true(is.function(schedule))
  expect_s3_class(schedule, "learning_rate_schedule")
  expect_identical(schedule, learning_rate_schedule_exponential_decay(0.1, 1000L, 0.5))
  expect_false(identical(schedule, learning_rate_schedule_exponential_decay(0.1, 1001, 0.5)))
})

test_that("numbers in, double vector out", {
  skip_if_no_keras()
  expect_identical(schedule(1000), 0.05)
  expect_identical(schedule(1000L), 0.05)
  expect_identical(schedule(c(0, 1000, 2000)), c(0.1, 0.05, 0.025))
  expect_identical(schedule(c(-5L, 0L)), c(0.1, 0.1))
  expect_identical(schedule(-5), 0.1)
  expect_identical(schedule(numeric()), numeric())
  expect_identical(sapply(c(0, 1000), schedule), c(0.1, 0.05))
  expect_identical(do.call(schedule, list(1000)), 0.05)
  expect_length(schedule(0:99999), 100000)
})

test_that("a vector is its elements, to the last bit of a double", {
  skip_if_no_keras()
  steps <- c(-1, 0, 1, 7, 999, 1000, 1001, 2^24 + 1, 2^31, 2^40)
  expect_equal(schedule(steps), vapply(steps, schedule, 0), tolerance = 1e-14)
})

test_that("a tensor in, a tensor out", {
  skip_if_no_keras()
  ops <- reticulate::import("keras")$ops
  rate <- schedule(ops$convert_to_tensor(1000L, dtype = "int32"))
  expect_true(ops$is_tensor(rate))
  expect_identical(reticulate::import("keras")$backend$standardize_dtype(rate$dtype), "float32")
  expect_equal(reticulate::import_builtins()$float(rate), 0.05, tolerance = 1e-7)
})

test_that("bad steps are one error that names them", {
  local_plain_messages()
  expect_snapshot(error = TRUE, {
    schedule(2.5)
    schedule(NA)
    schedule(c(1, NaN))
    schedule(c(1L, NA))
    schedule(Inf)
    schedule(2^54)
    schedule("1")
    schedule(TRUE)
    schedule(NULL)
    schedule(list(1, 2))
    schedule()
  })
})

test_that("`$` gives the configuration, and members of the Python object", {
  expect_identical(schedule$decay_steps, 1000)
  expect_identical(schedule[["name"]], "ExponentialDecay")
  expect_true(all(c("decay_steps", "get_config") %in% utils:::.DollarNames(schedule, "")))
  skip_if_no_keras()
  expect_equal(
    schedule$get_config(),
    list(
      initial_learning_rate = 0.1,
      decay_steps = 1000,
      decay_rate = 0.5,
      staircase = FALSE,
      name = "ExponentialDecay"
    )
  )
  local_plain_messages()
  expect_snapshot(error = TRUE, schedule$momentum)
})

test_that("a saved schedule prints, evaluates and trains in a new session", {
  skip_if_no_keras()
  file <- withr::local_tempfile(fileext = ".rds")
  saveRDS(schedule, file)
  expect_identical(readRDS(file), schedule)
  expect_lt(file.size(file), 1000)
  program <- c(
    "schedule <- readRDS(commandArgs(TRUE))",
    "print(schedule)",
    "stopifnot(!reticulate::py_available())",
    "stopifnot(identical(schedule(c(0, 1000)), c(0.1, 0.05)))",
    paste("rates_in_fit <-", paste(deparse(rates_in_fit), collapse = "\n")),
    "stopifnot(all.equal(rates_in_fit(schedule, 5), schedule(0:4), tolerance = 1e-6))",
    "cat('trained\\n')"
  )
  output <- run_r(program, file)
  expect_true("<learning_rate_schedule> exponential_decay" %in% output)
  expect_identical(tail(output, 1), "trained")
})

test_that("`[[` takes one string, and summary() shows five steps", {
  expect_error(schedule[[1]], "`name` must be one string, not `1`")
  skip_if_no_keras()
  expect_identical(summary(schedule)$step, c(0, 1250, 2500, 3750, 5000))
})
