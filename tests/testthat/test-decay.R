test_that("the messages read well", {
  local_plain_messages()
  expect_snapshot(error = TRUE, {
    learning_rate_schedule_exponential_decay(-1, 1000, 0.5)
    learning_rate_schedule_exponential_decay(0.1, 1000, NA)
    learning_rate_schedule_exponential_decay("0.1", 1000, 0.5)
    learning_rate_schedule_exponential_decay(c(.1, .2), 1000, 0.5)
    learning_rate_schedule_exponential_decay(0.1, 1000, 0.5, "no")
    learning_rate_schedule_exponential_decay(0.1, 1000)
    learning_rate_schedule_exponential_decay(0.1, 1000, 0.5, name = 1)
    learning_rate_schedule_inverse_time_decay(0.1, 1000, -0.5)
    learning_rate_schedule_natural_exp_decay(0.1, 1000)
    learning_rate_schedule_polynomial_decay(0.1, 1000, power = -1)
    learning_rate_schedule_polynomial_decay(0.1, 1000, cycle = NULL)
  })
})

test_that("whole steps up to 2^53 are right, as integers and as doubles", {
  for (steps in list(1L, 100000, 1e5, 3e9, 2^53)) {
    schedule <- learning_rate_schedule_exponential_decay(0.1, steps, 0.5)
    expect_identical(schedule$decay_steps, as.double(steps))
  }
})

test_that("the rates are those of the formula", {
  skip_if_no_numpy()
  smooth <- learning_rate_schedule_exponential_decay(0.1, 1000, 0.5)
  steps <- c(0:5, 999:1001, 2000, 123456)
  expect_equal(smooth(steps), 0.1 * 0.5^(steps / 1000), tolerance = 1e-12)
  stairs <- learning_rate_schedule_exponential_decay(0.1, 41, 0.5, staircase = TRUE)
  expect_identical(stairs(c(-1, 0, 40, 41, 42, 82)), 0.1 * c(1, 1, 1, 0.5, 0.5, 0.25))
  huge <- learning_rate_schedule_exponential_decay(1, 3e9, 0.5, staircase = TRUE)
  expect_identical(huge(c(3e9 - 1, 3e9)), c(1, 0.5))
})

test_that("the rates of the other decays are those of their formulas", {
  skip_if_no_numpy()
  steps <- c(-1:5, 40:42, 81:83, 123, 1000, 123456)
  s <- pmax(steps, 0)
  inverse <- learning_rate_schedule_inverse_time_decay(0.1, 41, 0.5)
  expect_equal(inverse(steps), 0.1 / (1 + 0.5 * s / 41), tolerance = 1e-12)
  inverse <- learning_rate_schedule_inverse_time_decay(0.1, 41, 0.5, staircase = TRUE)
  expect_equal(inverse(steps), 0.1 / (1 + 0.5 * s %/% 41), tolerance = 1e-12)
  natural <- learning_rate_schedule_natural_exp_decay(0.1, 41, 0.5)
  expect_equal(natural(steps), 0.1 * exp(-0.5 * s / 41), tolerance = 1e-12)
  natural <- learning_rate_schedule_natural_exp_decay(0.1, 41, 0.5, staircase = TRUE)
  expect_equal(natural(steps), 0.1 * exp(-0.5 * s %/% 41), tolerance = 1e-12)
  polynomial <- learning_rate_schedule_polynomial_decay(0.1, 41, 0.01, power = 2)
  expect_equal(polynomial(steps), 0.09 * (1 - pmin(s, 41) / 41)^2 + 0.01, tolerance = 1e-12)
  cycle <- learning_rate_schedule_polynomial_decay(1, 41, 0, cycle = TRUE)
  expect_equal(cycle(steps), 1 - s / (41 * pmax(1, ceiling(s / 41))), tolerance = 1e-12)
  expect_identical(cycle(41 * 1:200), rep(0, 200))
})

test_that("the rate that is read is the rate that trains", {
  skip_if_quick()
  skip_if_no_keras()
  schedule <- learning_rate_schedule_exponential_decay(0.1, 41, 0.5, staircase = TRUE)
  expect_equal(rates_in_fit(schedule, 90), schedule(0:89), tolerance = 1e-6)
  for (schedule in list(
    learning_rate_schedule_inverse_time_decay(0.1, 41, 0.5, staircase = TRUE),
    learning_rate_schedule_natural_exp_decay(0.1, 41, 0.5, staircase = TRUE),
    learning_rate_schedule_polynomial_decay(1, 41, 0, cycle = TRUE)
  )) {
    expect_equal(rates_in_fit(schedule, 90), schedule(0:89), tolerance = 1e-6)
    expect_identical(reticulate::py_to_r(reticulate::r_to_py(schedule)), schedule)
  }
})

test_that("the formals are keras3's own", {
  skip_if_not_installed("keras3")
  for (name in c("exponential_decay", "inverse_time_decay", "polynomial_decay")) {
    name <- paste0("learning_rate_schedule_", name)
    expect_identical(
      formals(getExportedValue("lrschedules", name)),
      formals(getExportedValue("keras3", name))
    )
  }
})
