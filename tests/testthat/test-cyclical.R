cyclical <- learning_rate_schedule_cyclical

test_that("the messages read well", {
  local_plain_messages()
  expect_snapshot(error = TRUE, {
    cyclical(0.1, 0.01, 10)
    cyclical(0.1, 1, 10, gamma = 0.9)
    cyclical(0.1, 1, 10, mode = "exp_range", gamma = 1.1)
    cyclical(0.1, 1, 10, mode = "sawtooth")
  })
})

test_that("the rates are those of the formula", {
  skip_if_no_numpy()
  s <- c(0:2, 6:8, 13:15, 20:22, 27:29, 1000)
  cycle <- floor(1 + s / 14)
  x <- abs(s / 7 - 2 * cycle + 1)
  expected <- function(scale) 0.1 + 0.9 * pmax(0, 1 - x) * scale
  expect_equal(cyclical(0.1, 1, 7)(s), expected(1), tolerance = 1e-12)
  expect_equal(
    cyclical(0.1, 1, 7, "triangular2")(s),
    expected(1 / 2^(cycle - 1)),
    tolerance = 1e-12
  )
  expect_equal(cyclical(0.1, 1, 7, "exp_range", 0.99)(s), expected(0.99^s), tolerance = 1e-12)
})

test_that("the rate that is read is the rate that trains", {
  skip_if_quick()
  skip_if_no_numpy()
  schedule <- cyclical(0.1, 1, 7, "triangular2")
  expect_equal(rates_in_fit(schedule, 60), schedule(0:59), tolerance = 1e-6)
})
