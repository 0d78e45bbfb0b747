decay <- learning_rate_schedule_exponential_decay(0.8, 41, 0.5, staircase = TRUE)
halves <- function(step) 0.8 * 0.5^(step %/% 41)

test_that("arithmetic gives the rates of arithmetic", {
  skip_if_no_keras()
  other <- learning_rate_schedule_exponential_decay(0.5, 7, 0.9)
  steps <- 0:100
  a <- halves(steps)
  b <- 0.5 * 0.9^(steps / 7)
  expect_equal((2 * decay)(steps), 2 * a)
  expect_equal((decay * 2)(steps), 2 * a)
  expect_equal((decay * other)(steps), a * b)
  expect_equal((decay / 3)(steps), a / 3)
  expect_equal((0.1 / decay)(steps), 0.1 / a)
  expect_equal((decay / other)(steps), a / b)
  expect_equal((decay + 0.1)(steps), a + 0.1)
  expect_equal((decay + other + 1L)(steps), a + b + 1)
  expect_equal((decay - other)(steps), pmax(a - b, 0))
  expect_equal((0.5 - decay)(steps), pmax(0.5 - a, 0))
  expect_identical(+decay, decay)
  expect_identical((decay / (decay - 0.4))(41), 1e38)
  expect_equal(schedule_scale(decay, 0.1)(steps), 0.1 * a, tolerance = 1e-12)
  clamped <- pmin(pmax(a, 0.1), 0.5)
  expect_equal(schedule_clamp(decay, 0.1, 0.5)(steps), clamped, tolerance = 1e-12)
})

test_that("arithmetic of anything else is an error", {
  local_plain_messages()
  expect_snapshot(error = TRUE, {
    decay * -1
    "0.5" * decay
    decay + c(1, 2)
    decay - NA
    decay / 0
    decay^2
    decay == decay
    -decay
  })
})

test_that("invalid bounds are an error", {
  local_plain_messages()
  expect_snapshot(error = TRUE, {
    schedule_clamp(decay, 1, 0.1)
    schedule_clamp(decay, max = NA)
  })
})

test_that("schedules that Keras made are operands on both sides", {
  skip_if_no_keras()
  keras <- reticulate::import("keras")$optimizers$schedules
  piecewise <- keras$PiecewiseConstantDecay(list(10L), list(0.5, 0.25))
  steps <- c(0, 10, 11, 50)
  rates <- c(0.5, 0.5, 0.25, 0.25)
  expect_equal((decay * piecewise)(steps), decay(steps) * rates)
  expect_equal((piecewise * decay)(steps), decay(steps) * rates)
  expect_equal((piecewise - decay)(steps), pmax(rates - decay(steps), 0))
  expect_equal((piecewise / 2)(steps), rates / 2)
  expect_error(piecewise < decay, "not defined for schedules")
  skip_if_not_installed("reticulate", "1.30")
  expect_identical(piecewise == piecewise, TRUE)
})

test_that("a long sum or product is one level, and nested scales become one", {
  a <- learning_rate_schedule_exponential_decay(0.1, 10, 0.5)
  parts <- function(x) attr(x, "spec")$config$schedules
  expect_identical(parts(a + 0.1 + (a + a)), list(a, 0.1, a, a))
  expect_identical(parts(a * a * (a * a)), list(a, a, a, a))
  expect_identical(2 * (3 * a), schedule_scale(a, 6))
  expect_identical(a |> schedule_offset(10) |> schedule_offset(5), schedule_offset(a, 15))
  expect_identical(schedule_scale(schedule_scale(a, 1e200), 1e200)$factor, 1e200)
})

test_that("schedules can be a hundred deep and made of ten thousand", {
  a <- learning_rate_schedule_constant(0.1)
  deep <- Reduce(schedule_hold, 1:99, a)
  wide <- function(n) schedule_join(rep(list(a), n), seq_len(n - 1))
  expect_s3_class(wide(9999), "learning_rate_schedule")
  doubled <- function() {
    for (i in 1:16) {
      a <- a + a
    }
  }
  local_plain_messages()
  expect_snapshot(error = TRUE, {
    schedule_hold(deep, 1)
    wide(10000)
    doubled()
  })
})

test_that("`==` is an error that names identical() and all.equal()", {
  decay <- learning_rate_schedule_exponential_decay(0.1, 1000, 0.5)
  expect_error(decay == decay, "identical(a, b)", fixed = TRUE)
  expect_error(decay != 0.1, "identical(a, b)", fixed = TRUE)
  expect_error(decay < 0.1, "^`<` is not defined for schedules; `\\*`, `/`, `\\+` and `-` are[.]$")
})
