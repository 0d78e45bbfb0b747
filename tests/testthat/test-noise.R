decay <- learning_rate_schedule_exponential_decay(0.8, 41, 0.5, staircase = TRUE)

test_that("noise is the same at each evaluation, and never negative", {
  skip_if_no_numpy()
  noisy <- schedule_noise(decay, sd = 2, seed = 1)
  expect_identical(noisy(0:500), noisy(0:500))
  expect_identical(schedule_noise(decay, sd = 0, seed = 1)(0:500), decay(0:500))
  expect_true(all(noisy(0:500) >= 0) && any(noisy(0:500) == 0))
})
