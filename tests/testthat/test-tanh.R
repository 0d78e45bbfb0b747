tanh_decay <- learning_rate_schedule_tanh_decay

test_that("arguments that depend on each other are checked together", {
  good <- list(initial_learning_rate = 0.1, decay_steps = 10)
  expect_bad_input(tanh_decay, good, "upper", list(-7, -8))
})

test_that("the message reads well", {
  local_plain_messages()
  expect_snapshot(error = TRUE, tanh_decay(1, 10, lower = 3, upper = 1))
})

test_that("the rates are those of the formula", {
  skip_if_no_numpy()
  s <- c(0, 1, 50, 99, 100, 101, 1000)
  q <- pmin(s / 100, 1)
  expected <- 0.1 + 0.4 * (1 - tanh(-4 * (1 - q) + 2 * q)) / 2
  expect_equal(tanh_decay(0.5, 100, -4, 2, 0.1)(s), expected, tolerance = 1e-12)
})

test_that("the rate that is read is the rate that trains", {
  skip_if_quick()
  skip_if_no_numpy()
  schedule <- tanh_decay(1, 50)
  expect_equal(rates_in_fit(schedule, 60), schedule(0:59), tolerance = 1e-6)
})
