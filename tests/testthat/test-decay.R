good <- list(initial_learning_rate = 0.1, decay_steps = 1000, decay_rate = 0.5)

test_that("every bad argument is one error that names it", {
  exponential <- learning_rate_schedule_exponential_decay
  expect_bad_input(exponential, good, "initial_learning_rate", NOT_A_RATE)
  expect_bad_input(exponential, good, "decay_steps", NOT_POSITIVE_STEPS)
  expect_bad_input(exponential, good, "decay_rate", NOT_POSITIVE)
  expect_bad_input(exponential, good, "staircase", NOT_A_FLAG)
  expect_bad_input(exponential, good, "name", NOT_A_LABEL)
})

test_that("the messages read well", {
  local_plain_messages()
  expect_snapshot(error = TRUE, {
    learning_rate_schedule_exponential_decay(-1, 1000, 0.5)
    learning_rate_schedule_exponential_decay(0.1, 10.7, 0.5)
    learning_rate_schedule_exponential_decay(0.1, 1000, NA)
    learning_rate_schedule_exponential_decay("0.1", 1000, 0.5)
    learning_rate_schedule_exponential_decay(c(.1, .2), 1000, 0.5)
    learning_rate_schedule_exponential_decay(0.1, 1000, 0.5, "no")
    learning_rate_schedule_exponential_decay(0.1, 1000)
    learning_rate_schedule_exponential_decay(0.1, 1000, 0.5, name = 1)
  })
})

test_that("whole steps up to 2^53 are right, as integers and as doubles", {
  for (steps in list(1L, 100000, 1e5, 3e9, 2^53)) {
    schedule <- learning_rate_schedule_exponential_decay(0.1, steps, 0.5)
    expect_identical(schedule$decay_steps, as.double(steps))
  }
})

test_that("the rates are those of the formula", {
  skip_if_no_keras()
  smooth <- do.call(learning_rate_schedule_exponential_decay, good)
  steps <- c(0:5, 999:1001, 2000, 123456)
  expect_equal(smooth(steps), 0.1 * 0.5^(steps / 1000), tolerance = 1e-12)
  stairs <- learning_rate_schedule_exponential_decay(0.1, 41, 0.5, staircase = TRUE)
  expect_identical(stairs(c(-1, 0, 40, 41, 42, 82)), 0.1 * c(1, 1, 1, 0.5, 0.5, 0.25))
  huge <- learning_rate_schedule_exponential_decay(1, 3e9, 0.5, staircase = TRUE)
  expect_identical(huge(c(3e9 - 1, 3e9)), c(1, 0.5))
})

test_that("the rate that is read is the rate that trains", {
  skip_if_no_keras()
  schedule <- learning_rate_schedule_exponential_decay(0.1, 41, 0.5, staircase = TRUE)
  expect_equal(rates_in_fit(schedule, 90), schedule(0:89), tolerance = 1e-6)
})

test_that("the formals are keras3's own", {
  skip_if_not_installed("keras3")
  expect_identical(
    formals(learning_rate_schedule_exponential_decay),
    formals(keras3::learning_rate_schedule_exponential_decay)
  )
})
