good <- list(offset = 3, initial_learning_rate = 0.1, decay_steps = 1000, decay_rate = 0.5)

test_that("every bad argument is one error that names it", {
  constructor <- learning_rate_schedule_exponential_decay_with_offset
  expect_bad_input(constructor, good, "offset", NOT_STEPS)
  expect_bad_input(constructor, good, "initial_learning_rate", NOT_A_RATE)
  expect_bad_input(constructor, good, "decay_steps", NOT_POSITIVE_STEPS)
  expect_bad_input(constructor, good, "decay_rate", NOT_POSITIVE)
  expect_bad_input(constructor, good, "staircase", NOT_A_FLAG)
})

test_that("the initial rate is held to the offset", {
  skip_if_no_keras()
  schedule <- learning_rate_schedule_exponential_decay_with_offset(
    offset = 10, initial_learning_rate = 2, decay_steps = 4, decay_rate = 0.5, staircase = TRUE
  )
  expect_identical(schedule(c(-1, 0, 9, 10, 13, 14, 18)), c(2, 2, 2, 2, 2, 1, 0.5))
  expect_equal(rates_in_fit(schedule, 25), schedule(0:24), tolerance = 1e-6)
})
