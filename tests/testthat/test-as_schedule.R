test_that("a function of the step becomes a table", {
  skip_if_no_keras()
  schedule <- learning_rate_schedule(function(step) 0.1 / sqrt(1 + step), steps = 50)
  expect_identical(schedule(0:49), 0.1 / sqrt(1:50))
  expect_identical(schedule(c(-1, 1000)), c(0.1, 0.1 / sqrt(50)))
})

test_that("a function that takes vectors is called with a vector, any other step by step", {
  n <- 100
  stairs <- function(step) if (step < 10) 0.1 else 0.01
  expect_identical(learning_rate_schedule(stairs, n)$values, rep(c(0.1, 0.01), c(10, 90)))
  collapsing <- function(step) 0.1 / max(step, 1)
  expect_identical(learning_rate_schedule(collapsing, n)$values, 0.1 / c(1, 1:99))
  mixing <- function(step) (step + 1) / max(step + 1)
  expect_identical(learning_rate_schedule(mixing, n)$values, rep(1, 100))
  calls <- 0
  counting <- function(step) {
    calls <<- calls + 1
    0.1 + 0 * step
  }
  learning_rate_schedule(counting, 1e5)
  expect_lt(calls, 20)
  constant <- function(step) 0.1
  expect_identical(learning_rate_schedule(constant, 3)$values, c(0.1, 0.1, 0.1))
  expect_identical(learning_rate_schedule(function(step) 1L, 1)$values, 1)
})

test_that("a function that does not give one rate a step is an error", {
  local_plain_messages()
  expect_snapshot(error = TRUE, {
    learning_rate_schedule(function(step) 1 - step, 5)
    learning_rate_schedule(function(step) if (step == 3) NA_real_ else 0.1, 5)
    learning_rate_schedule(function(step) 1 / (step - 2), 5)
    learning_rate_schedule(function(step) c(0.1, 0.2), 5)
    learning_rate_schedule(function(step) "0.1", 5)
    learning_rate_schedule(function(step) NULL, 5)
    learning_rate_schedule(function(step) stop("no rate"), 5)
    learning_rate_schedule(0.1, 5)
    learning_rate_schedule(function(step) 0.1, 1.5)
    learning_rate_schedule(function(step) 0.1)
  })
})

test_that("numbers, vectors, lists and data frames become schedules", {
  constant <- learning_rate_schedule_constant(0.1)
  expect_identical(as_learning_rate_schedule(constant), constant)
  expect_identical(as_learning_rate_schedule(0.1), constant)
  expect_identical(as_learning_rate_schedule(1L), learning_rate_schedule_constant(1))
  table <- learning_rate_schedule_tabulated(c(0.1, 0.2, 0.3), every = 5)
  expect_identical(as_learning_rate_schedule(c(0.1, 0.2, 0.3), every = 5), table)
  expect_identical(as_learning_rate_schedule(list(0.1, 0.2, 0.3), every = 5), table)
  rows <- data.frame(step = c(0, 5, 10), learning_rate = c(0.1, 0.2, 0.3))
  expect_identical(as_learning_rate_schedule(rows), table)
  expect_identical(as_learning_rate_schedule(rows[1, ]), constant)
  expect_identical(
    as_learning_rate_schedule(transform(rows, step = c(0, 5, 11))),
    learning_rate_schedule_piecewise_constant_decay(c(5, 11), c(0.1, 0.2, 0.3), boundary = "right")
  )
  expect_identical(
    as_learning_rate_schedule(rows, interpolation = "linear"),
    learning_rate_schedule_piecewise_interpolate(c(0, 5, 10), c(0.1, 0.2, 0.3))
  )
})

test_that("a table of a schedule is that schedule", {
  skip_if_no_keras()
  schedule <- learning_rate_schedule_exponential_decay(0.1, 10, 0.5)
  again <- as_learning_rate_schedule(as.data.frame(schedule, steps = 0:50))
  expect_identical(again(0:50), schedule(0:50))
  irregular <- data.frame(step = c(3, 5, 11), learning_rate = c(0.1, 0.2, 0.3))
  expect_identical(
    as_learning_rate_schedule(irregular)(c(0, 3, 4, 5, 10, 11, 99)),
    c(.1, .1, .1, .2, .2, .3, .3)
  )
  expect_equal(
    as_learning_rate_schedule(irregular, interpolation = "linear")(c(0, 4, 8, 99)),
    c(.1, .15, .25, .3)
  )
})

test_that("other objects are errors", {
  local_plain_messages()
  expect_snapshot(error = TRUE, {
    as_learning_rate_schedule("0.1")
    as_learning_rate_schedule(-1)
    as_learning_rate_schedule(c(0.1, NA))
    as_learning_rate_schedule(numeric())
    as_learning_rate_schedule(list(0.1, "a"))
    as_learning_rate_schedule(NULL)
    as_learning_rate_schedule(function(step) 0.1)
    as_learning_rate_schedule(factor(1))
    as_learning_rate_schedule(data.frame(step = 1:2))
    as_learning_rate_schedule(data.frame(step = 2:1, learning_rate = 0.1))
    as_learning_rate_schedule(data.frame(step = 1:2, learning_rate = c(0.1, -1)))
    as_learning_rate_schedule(data.frame(step = 1:2, learning_rate = 0.1), interpolation = "spline")
  })
  expect_error(as_learning_rate_schedule(0.1, evry = 2), class = "rlib_error_dots_nonempty")
})

test_that("a Python schedule becomes plain data of its own class", {
  skip_if_no_keras()
  keras <- reticulate::import("keras", convert = FALSE)
  schedules <- keras$optimizers$schedules
  ours <- learning_rate_schedule_exponential_decay(0.1, 10, 0.5)
  expect_identical(as_learning_rate_schedule(reticulate::r_to_py(ours)), ours)
  for (schedule in list(
    schedules$ExponentialDecay(0.1, 10L, 0.5, TRUE),
    schedules$PiecewiseConstantDecay(list(10L), list(0.5, 0.25)),
    schedules$CosineDecay(0.1, 100L, warmup_target = 1, warmup_steps = 5L),
    schedules$CosineDecayRestarts(0.1, 100L)
  )) {
    value <- as_learning_rate_schedule(schedule)
    rate <- function(step) {
      tensor <- reticulate::py_call(schedule, step)
      reticulate::py_to_r(reticulate::import_builtins(convert = FALSE)$float(tensor))
    }
    expect_equal(value(c(0, 3, 50)), c(rate(0L), rate(3L), rate(50L)))
    expect_identical(unserialize(serialize(value, NULL)), value)
    expect_identical(as_learning_rate_schedule(reticulate::r_to_py(value)), value)
  }
  expect_snapshot_output(print(as_learning_rate_schedule(schedules$CosineDecay(0.1, 100L))))
  local_plain_messages()
  expect_snapshot(error = TRUE, as_learning_rate_schedule(keras$layers$Flatten()))
})
