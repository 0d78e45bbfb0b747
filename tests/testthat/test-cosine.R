test_that("the messages read well", {
  local_plain_messages()
  expect_snapshot(error = TRUE, {
    learning_rate_schedule_cosine_decay(0.1)
    learning_rate_schedule_cosine_decay_restarts(0.1, 1000, t_mul = 0.5)
    learning_rate_schedule_cosine_decay_restarts(0.1, 1000, t_mul = 1e+16)
    learning_rate_schedule_cosine_decay_restarts(0.1, 1000, t_mul = 1.0000001)
    learning_rate_schedule_cosine_decay_restarts(0.1, 1000, m_mul = 2, alpha = 1)
    learning_rate_schedule_linear_cosine_decay(0.1, 1000, beta = -1)
    learning_rate_schedule_noisy_linear_cosine_decay(0.1, 1000, seed = 0.5)
  })
})

wave <- function(q) (1 + cos(pi * q)) / 2

test_that("the rates are those of the formulas", {
  skip_if_no_numpy()
  steps <- c(-1:5, 40:42, 81:83, 123, 1000, 123456)
  s <- pmax(steps, 0)
  cosine <- learning_rate_schedule_cosine_decay(0.1, 41, alpha = 0.1)
  expect_equal(cosine(steps), 0.1 * (0.9 * wave(pmin(s, 41) / 41) + 0.1), tolerance = 1e-12)
  warm <- learning_rate_schedule_cosine_decay(0.1, 41, warmup_target = 1, warmup_steps = 41)
  expect_equal(
    warm(steps),
    ifelse(s < 41, 0.1 + 0.9 * s / 41, wave(pmin(s - 41, 41) / 41)),
    tolerance = 1e-12
  )
  linear <- learning_rate_schedule_linear_cosine_decay(0.1, 1000, num_periods = 2, alpha = 0.2)
  q <- pmin(s, 1000) / 1000
  expect_equal(linear(steps), 0.1 * ((0.2 + 1 - q) * wave(4 * q) + 0.001), tolerance = 1e-12)
  equal <- learning_rate_schedule_cosine_decay_restarts(1, 41, t_mul = 1, m_mul = 0.5)
  expect_equal(equal(0:400), 0.5^(0:400 %/% 41) * wave(0:400 %% 41 / 41), tolerance = 1e-12)
  growing <- learning_rate_schedule_cosine_decay_restarts(2, 10, alpha = 0.1)
  cycle <- floor(log2(0:400 / 10 + 1))
  expect_equal(
    growing(0:400),
    2 * (0.9 * wave((0:400 - 10 * (2^cycle - 1)) / (10 * 2^cycle)) + 0.1),
    tolerance = 1e-12
  )
})

test_that("each restart has the full rate", {
  skip_if_no_numpy()
  equal <- learning_rate_schedule_cosine_decay_restarts(1, 41, t_mul = 1)
  expect_identical(equal(41 * 0:1000), rep(1, 1001))
  growing <- learning_rate_schedule_cosine_decay_restarts(1, 10, t_mul = 1.1)
  expect_identical(growing(c(0, 10, 21)), c(1, 1, 1))
  expect_equal(growing(34), wave(0.9 / 13.31), tolerance = 1e-12)
})

test_that("a long cosine is not 0 before its end", {
  skip_if_no_numpy()
  schedule <- learning_rate_schedule_cosine_decay(1, 1e5)
  expect_equal(schedule(99990:1e5), sin(pi / 2 * 10:0 / 1e5)^2, tolerance = 1e-9)
  expect_true(all(schedule(99990:99999) > 0))
})

test_that("noise is a function of the seed and the step, and never makes a rate negative", {
  skip_if_no_numpy()
  noisy <- function(seed) {
    learning_rate_schedule_noisy_linear_cosine_decay(1, 100, seed = seed)(0:200)
  }
  expect_identical(noisy(1), noisy(1))
  expect_false(identical(noisy(1), noisy(2)))
  expect_true(all(noisy(1) >= 0))
  quiet <- learning_rate_schedule_noisy_linear_cosine_decay(1, 100, initial_variance = 0)
  expect_identical(quiet(0:200), learning_rate_schedule_linear_cosine_decay(1, 100)(0:200))
})

test_that("the rate that is read is the rate that trains", {
  skip_if_quick()
  skip_if_no_keras()
  for (schedule in list(
    learning_rate_schedule_cosine_decay(0.1, 41, warmup_target = 1, warmup_steps = 20),
    learning_rate_schedule_cosine_decay_restarts(1, 41, t_mul = 1),
    learning_rate_schedule_linear_cosine_decay(0.1, 41),
    learning_rate_schedule_noisy_linear_cosine_decay(0.1, 41, seed = 3)
  )) {
    expect_equal(rates_in_fit(schedule, 90), schedule(0:89), tolerance = 1e-6)
    expect_identical(reticulate::py_to_r(reticulate::r_to_py(schedule)), schedule)
  }
})

test_that("the formals are keras3's own", {
  skip_if_not_installed("keras3")
  for (name in c("cosine_decay", "cosine_decay_restarts")) {
    name <- paste0("learning_rate_schedule_", name)
    expect_identical(
      formals(getExportedValue("lrschedules", name)),
      formals(getExportedValue("keras3", name))
    )
  }
})
