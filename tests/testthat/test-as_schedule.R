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
    as_learning_rate_schedule(data.frame())
    as_learning_rate_schedule(data.frame(step = 2:1, learning_rate = 0.1))
    as_learning_rate_schedule(data.frame(step = 1:2, learning_rate = c(0.1, -1)))
    as_learning_rate_schedule(data.frame(step = 1:2, learning_rate = 0.1), interpolation = "spline")
  })
  expect_error(as_learning_rate_schedule(0.1, evry = 2), class = "rlib_error_dots_nonempty")
})

test_that("a Python schedule becomes plain data, Keras's own class the one of this package", {
  skip_if_no_keras()
  keras <- reticulate::import("keras", convert = FALSE)
  schedules <- keras$optimizers$schedules
  ours <- learning_rate_schedule_exponential_decay(0.1, 10, 0.5)
  expect_identical(as_learning_rate_schedule(reticulate::r_to_py(ours)), ours)
  of_keras <- list(
    schedules$ExponentialDecay(1, 41L, 0.5, TRUE),
    schedules$InverseTimeDecay(0.1, 10L, 0.5),
    schedules$PolynomialDecay(0.1, 10L, 0.01, 2, TRUE),
    schedules$PiecewiseConstantDecay(list(10L), list(0.5, 0.25)),
    schedules$CosineDecay(0.1, 100L, warmup_target = 1, warmup_steps = 5L),
    schedules$CosineDecayRestarts(0.1, 100L)
  )
  expected <- list(
    learning_rate_schedule_exponential_decay(1, 41, 0.5, staircase = TRUE),
    learning_rate_schedule_inverse_time_decay(0.1, 10, 0.5),
    learning_rate_schedule_polynomial_decay(0.1, 10, 0.01, 2, cycle = TRUE),
    learning_rate_schedule_piecewise_constant_decay(10, c(0.5, 0.25)),
    learning_rate_schedule_cosine_decay(0.1, 100, warmup_target = 1, warmup_steps = 5),
    learning_rate_schedule_cosine_decay_restarts(0.1, 100)
  )
  for (i in seq_along(of_keras)) {
    expect_identical(as_learning_rate_schedule(of_keras[[i]]), expected[[i]])
    expect_identical(schedule_clamp(of_keras[[i]], 0.01), schedule_clamp(expected[[i]], 0.01))
    expect_identical(0.1 + of_keras[[i]], 0.1 + expected[[i]])
  }
  # An old saved value had this configuration.
  named <- lrschedules:::new_schedule(
    "KerasSchedule",
    list(
      class_name = "ExponentialDecay",
      config = list(
        initial_learning_rate = 1,
        decay_steps = 41L,
        decay_rate = 0.5,
        staircase = TRUE
      )
    )
  )
  expect_identical(as_learning_rate_schedule(reticulate::r_to_py(named)), expected[[1]])
  expect_identical(named(c(40, 41, 82)), c(1, 0.5, 0.25))
})

test_that("a staircase of Keras's class trains at the formula's rate after it is converted", {
  skip_if_quick()
  skip_if_no_keras()
  schedules <- reticulate::import("keras", convert = FALSE)$optimizers$schedules
  k <- schedules$ExponentialDecay(1, 41L, 0.5, TRUE)
  for (schedule in list(as_learning_rate_schedule(k), k * 1, schedule_join(list(k, 1), 1000))) {
    expect_identical(rates_in_fit(schedule, 42), c(rep(1, 41), 0.5))
  }
})

test_that("objects that can't be schedules are refused", {
  skip_if_no_keras()
  keras <- reticulate::import("keras", convert = FALSE)
  reticulate::py_run_string(
    "
import keras
class lrschedules_test_unknown(keras.optimizers.schedules.LearningRateSchedule):
    def __repr__(self): return 'unknown'
"
  )
  main <- reticulate::import_main(convert = FALSE)
  error <- error_of(schedule_clamp(main$lrschedules_test_unknown(), 0.1))
  expect_match(conditionMessage(error), "`schedule` can't be used as a schedule.", fixed = TRUE)
  expect_match(
    conditionMessage(error$parent),
    "lrschedules_test_unknown is not known to Keras. .*register_keras_serializable\\(\\)"
  )
  error <- error_of(0.1 * main$lrschedules_test_unknown())
  expect_match(conditionMessage(error), "`e2` can't be used as a schedule.", fixed = TRUE)
  local_plain_messages()
  expect_snapshot(error = TRUE, as_learning_rate_schedule(keras$layers$Flatten()))
})

test_that("functions that inspect a schedule take Keras's objects, and say once how these may train", {
  skip_if_quick()
  skip_if_no_keras()
  keras <- reticulate::import("keras", convert = FALSE)
  theirs <- keras$optimizers$schedules$ExponentialDecay(0.1, 41L, 0.5, TRUE)
  ours <- learning_rate_schedule_exponential_decay(0.1, 41, 0.5, staircase = TRUE)
  plan <- training_plan(steps_per_epoch = 41, epochs = 4)
  reset <- function() {
    rlang::reset_message_verbosity("lrschedules_keras_may_differ")
  }
  reset()
  withr::defer(reset())
  local_plain_messages()
  expect_snapshot(schedule_values(theirs, 0:3))
  grDevices::pdf(NULL)
  withr::defer(grDevices::dev.off())
  expect_silent({
    expect_identical(schedule_values(theirs, 0:99), ours(0:99))
    expect_identical(plot(theirs, plan = plan), plot(ours, plan = plan))
    expect_identical(lines(theirs, steps = 0:9), points(theirs, steps = 0:9))
    expect_identical(summary(theirs, plan = plan), summary(ours, plan = plan))
    expect_identical(as.data.frame(theirs), as.data.frame(ours))
    expect_identical(range(theirs), range(ours))
    expect_identical(min(theirs, ours / 2), min(ours / 2))
    expect_identical(max(theirs), max(ours))
    expect_identical(mean(theirs, plan = plan), mean(ours, plan = plan))
    expect_identical(update(theirs, decay_rate = 0.9), update(ours, decay_rate = 0.9))
    expect_identical(
      schedule_compare(a = theirs, b = ours),
      schedule_compare(a = ours, b = ours)
    )
    expect_identical(plot(list(a = theirs, b = ours)), plot(list(a = ours, b = ours)))
    expect_identical(schedule_explain(theirs, plan), schedule_explain(ours, plan))
  })
  skip_if_not_installed("ggplot2")
  expect_identical(ggplot2::autoplot(theirs)$data, ggplot2::autoplot(ours)$data)
})

test_that("a matrix and a list with the columns of a table are that table", {
  rows <- data.frame(step = c(0, 100, 250), learning_rate = c(0.1, 0.05, 0.01))
  table <- as_learning_rate_schedule(rows)
  expect_identical(as_learning_rate_schedule(as.matrix(rows)), table)
  expect_identical(as_learning_rate_schedule(as.matrix(rows)[, 2:1]), table)
  expect_identical(as_learning_rate_schedule(as.list(rows)), table)
  expect_identical(
    as_learning_rate_schedule(as.matrix(rows), interpolation = "linear"),
    as_learning_rate_schedule(rows, interpolation = "linear")
  )
  expect_identical(
    as_learning_rate_schedule(list(step = 0, learning_rate = 0.1)),
    learning_rate_schedule_constant(0.1)
  )
  expect_identical(
    as_learning_rate_schedule(matrix(c(0.1, 0.2))),
    learning_rate_schedule_tabulated(c(0.1, 0.2))
  )
  local_plain_messages()
  expect_snapshot(error = TRUE, {
    as_learning_rate_schedule(matrix(1:4, 2))
    as_learning_rate_schedule(list(step = 0:1, learning_rate = 0.1))
    as_learning_rate_schedule(list(step = 1:1280, learning_rate = 0.1))
    as_learning_rate_schedule(list(step = 0, rate = 0.1))
    as_learning_rate_schedule(as.matrix(rows), every = 5)
  })
})

test_that("the table of a long schedule does not become a staircase", {
  skip_if_no_numpy()
  schedule <- learning_rate_schedule_exponential_decay(0.1, 1000, 0.5)
  table <- as.data.frame(schedule)
  expect_lt(nrow(table), 5001)
  local_plain_messages()
  expect_snapshot(error = TRUE, as_learning_rate_schedule(table))
  again <- as_learning_rate_schedule(table, interpolation = "linear")
  expect_equal(again(0:5000), schedule(0:5000), tolerance = 1e-5)
  all <- as_learning_rate_schedule(as.data.frame(schedule, steps = 0:5000))
  expect_identical(all(0:5000), schedule(0:5000))
})

test_that("a formula is a function of the step", {
  expect_identical(
    learning_rate_schedule(~ 0.1 / (1 + .x), 5),
    learning_rate_schedule(function(step) 0.1 / (1 + step), 5)
  )
  local_plain_messages()
  expect_snapshot(error = TRUE, {
    learning_rate_schedule(~ 0.1 / .x, 5)
    learning_rate_schedule(rate ~ 0.1, 5)
    learning_rate_schedule(function(step) 0.1, 1e12)
  })
})
