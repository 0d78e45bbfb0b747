decay <- learning_rate_schedule_exponential_decay(0.8, 41, 0.5, staircase = TRUE)
halves <- function(step) 0.8 * 0.5^(step %/% 41)

test_that("arguments that depend on each other are checked together", {
  cooldown <- list(schedule = decay, at = 10, steps = 10)
  expect_bad_input(schedule_cooldown, cooldown, "power", list(2))
})

test_that("the messages read well", {
  local_plain_messages()
  expect_snapshot(error = TRUE, {
    schedule_warmup(decay, -1)
    schedule_warmup("decay", 10)
    schedule_warmup(decay, 10, power = 2)
    schedule_warmup(decay, 10, shape = "quadratic")
    schedule_join(decay, 10)
    schedule_join(list(decay, -1), 10)
    schedule_join(list(decay, 0.1), c(10, 20))
    schedule_join(list(decay, 0.1), 0)
    schedule_clamp(decay, 1, 0.1)
    schedule_clamp(decay, max = NA)
    schedule_repeat(decay, 10, times = 1.5)
    schedule_stretch(decay, 0)
  })
})

test_that("the rates are those of the formulas", {
  skip_if_no_keras()
  steps <- c(0:200, 1e6)
  expect_equal(schedule_offset(decay, 5)(steps), halves(pmax(steps - 5, 0)), tolerance = 1e-12)
  expect_equal(schedule_hold(decay, 50)(steps), halves(pmin(steps, 50)), tolerance = 1e-12)
  expect_equal(schedule_repeat(decay, 60)(steps), halves(steps %% 60), tolerance = 1e-12)
  expect_equal(
    schedule_repeat(decay, 60, 2)(0:200),
    halves(ifelse(0:200 < 60, 0:200, 0:200 - 60)),
    tolerance = 1e-12
  )
  expect_equal(schedule_stretch(decay, 3)(steps), halves(steps %/% 3), tolerance = 1e-12)
  expect_equal(schedule_accumulate(decay, 4)(steps), halves(steps %/% 4), tolerance = 1e-12)
  expect_equal(
    schedule_clamp(decay, 0.1, 0.5)(steps),
    pmin(pmax(halves(steps), 0.1), 0.5),
    tolerance = 1e-12
  )
  expect_equal(schedule_scale(decay, 0.1)(steps), 0.1 * halves(steps), tolerance = 1e-12)
  warm <- ifelse(steps < 20, 0.1 + (0.8 - 0.1) * steps / 20, halves(pmax(steps - 20, 0)))
  expect_equal(schedule_warmup(decay, 20, from = 0.1)(steps), warm, tolerance = 1e-12)
  under <- ifelse(steps < 50, 0.4 * (steps / 50)^2, halves(steps))
  expect_equal(
    schedule_warmup(decay, 50, shape = "polynomial", power = 2, shift = FALSE)(steps),
    under,
    tolerance = 1e-12
  )
  cool <- ifelse(steps <= 50, halves(steps), 0.01 + (0.4 - 0.01) * pmax(80 - steps, 0) / 30)
  expect_equal(schedule_cooldown(decay, 50, 30, to = 0.01)(steps), cool, tolerance = 1e-12)
  joined <- ifelse(steps < 30, 0.5, ifelse(steps < 100, halves(steps - 30), 0.25))
  expect_equal(schedule_join(list(0.5, decay, 0.25), c(30, 100))(steps), joined, tolerance = 1e-12)
  expect_identical(schedule_then(decay, 0.1, 10)(9:11), c(0.8, 0.1, 0.1))
  noisy <- schedule_noise(decay, sd = 2, seed = 1)
  expect_identical(noisy(0:500), noisy(0:500))
  expect_identical(schedule_noise(decay, sd = 0, seed = 1)(0:500), decay(0:500))
  expect_true(all(noisy(0:500) >= 0) && any(noisy(0:500) == 0))
})

test_that("a pipe of verbs trains at the rates that are read", {
  skip_if_quick()
  skip_if_no_keras()
  schedule <- decay |>
    schedule_warmup(13, from = 0.01, shape = "cosine") |>
    schedule_then(0.3, at = 50) |>
    schedule_cooldown(at = 60, steps = 20) |>
    schedule_clamp(min = 0.02)
  expect_equal(rates_in_fit(schedule, 90), schedule(0:89), tolerance = 1e-6)
  keras <- reticulate::import("keras", convert = FALSE)$optimizers$schedules
  piecewise <- keras$PiecewiseConstantDecay(list(10L), list(0.5, 0.25))
  schedule <- piecewise |> schedule_warmup(5) |> schedule_clamp(max = 0.4)
  expect_equal(rates_in_fit(schedule, 20), schedule(0:19), tolerance = 1e-6)
})

test_that("a schedule that goes to Python and back is identical", {
  skip_if_no_keras()
  for (schedule in compositions()) {
    expect_identical(reticulate::py_to_r(reticulate::r_to_py(schedule)), schedule)
  }
})

test_that("schedules that Keras made are composed, and become plain data", {
  skip_if_no_keras()
  keras <- reticulate::import("keras", convert = FALSE)
  piecewise <- keras$optimizers$schedules$PiecewiseConstantDecay(list(10L), list(0.5, 0.25))
  schedule <- piecewise |> schedule_warmup(5) |> schedule_clamp(max = 0.4)
  expect_identical(schedule(c(0, 5, 15, 16)), c(0, 0.4, 0.4, 0.25))
  expect_identical(reticulate::py_to_r(reticulate::r_to_py(schedule)), schedule)
  expect_identical(unserialize(serialize(schedule, NULL)), schedule)
})

test_that("schedules of keras3's functions are composed", {
  skip_if_no_keras()
  skip_if_not_installed("keras3")
  schedule <- schedule_offset(keras3::learning_rate_schedule_cosine_decay(0.1, 100), 10)
  expect_equal(schedule(c(0, 10, 60, 200)), c(0.1, 0.1, 0.05, 0), tolerance = 1e-6)
})
