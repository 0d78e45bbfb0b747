decay <- learning_rate_schedule_exponential_decay(0.8, 41, 0.5, staircase = TRUE)
halves <- function(step) 0.8 * 0.5^(step %/% 41)

test_that("every bad argument is one error that names it", {
  warmup <- list(schedule = decay, steps = 10)
  expect_bad_input(schedule_warmup, warmup, "schedule", c(NOT_A_RATE, "a"))
  expect_bad_input(schedule_warmup, warmup, "steps", NOT_STEPS)
  expect_bad_input(schedule_warmup, warmup, "from", NOT_A_RATE)
  expect_bad_input(
    schedule_warmup,
    warmup,
    "shape",
    list("quadratic", NA, 1, c("linear", "cosine"), NULL)
  )
  expect_bad_input(schedule_warmup, warmup, "power", c(NOT_POSITIVE, 2))
  expect_bad_input(schedule_warmup, warmup, "shift", NOT_A_FLAG)
  expect_bad_input(schedule_offset, list(schedule = decay, offset = 1), "offset", NOT_STEPS)
  joined <- list(schedules = list(decay, 0.1), boundaries = 10)
  expect_bad_input(schedule_join, joined, "schedules", list(NULL, list(), decay, "a", 0.1))
  expect_bad_input(
    schedule_join,
    joined,
    "boundaries",
    list(0, -1, 1.5, NA, "1", NULL, c(2, 1), c(1, 1))
  )
  then <- list(first = decay, second = 0.1, at = 10)
  expect_bad_input(schedule_then, then, "first", NOT_A_RATE)
  expect_bad_input(schedule_then, then, "second", NOT_A_RATE)
  expect_bad_input(schedule_then, then, "at", NOT_POSITIVE_STEPS)
  expect_bad_input(schedule_hold, list(schedule = decay, from = 1), "from", NOT_STEPS)
  expect_bad_input(schedule_repeat, list(schedule = decay, every = 1), "every", NOT_POSITIVE_STEPS)
  expect_bad_input(
    schedule_repeat,
    list(schedule = decay, every = 1),
    "times",
    setdiff(NOT_POSITIVE_STEPS, list(Inf))
  )
  expect_bad_input(
    schedule_stretch,
    list(schedule = decay, factor = 2),
    "factor",
    c(NOT_POSITIVE, 1e-7, 2^54)
  )
  cooldown <- list(schedule = decay, at = 10, steps = 10)
  expect_bad_input(schedule_cooldown, cooldown, "at", NOT_STEPS)
  expect_bad_input(schedule_cooldown, cooldown, "steps", NOT_POSITIVE_STEPS)
  expect_bad_input(schedule_cooldown, cooldown, "to", NOT_A_RATE)
  expect_bad_input(schedule_cooldown, cooldown, "shape", list("quadratic"))
  expect_bad_input(schedule_cooldown, cooldown, "power", c(NOT_POSITIVE, 2))
  expect_bad_input(schedule_clamp, list(schedule = decay), "min", NOT_A_RATE)
  expect_bad_input(schedule_clamp, list(schedule = decay), "max", setdiff(NOT_A_RATE, list(Inf)))
  expect_bad_input(
    schedule_accumulate,
    list(schedule = decay, gradient_accumulation_steps = 4),
    "gradient_accumulation_steps",
    NOT_POSITIVE_STEPS
  )
  expect_bad_input(schedule_noise, list(schedule = decay, sd = 1, seed = 1), "sd", NOT_A_RATE)
  expect_bad_input(schedule_noise, list(schedule = decay, sd = 1, seed = 1), "seed", NOT_STEPS)
  expect_bad_input(schedule_scale, list(schedule = decay, factor = 1), "factor", NOT_A_RATE)
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
  skip_if_no_keras()
  schedule <- decay |>
    schedule_warmup(13, from = 0.01, shape = "cosine") |>
    schedule_then(0.3, at = 50) |>
    schedule_cooldown(at = 60, steps = 20) |>
    schedule_clamp(min = 0.02)
  expect_equal(rates_in_fit(schedule, 90), schedule(0:89), tolerance = 1e-6)
})

verbs <- list(
  schedule_warmup(decay, 10, from = 0.1, shape = "cosine", shift = FALSE),
  schedule_offset(decay, 10),
  schedule_join(list(0.1, decay, 0.2), c(10, 20)),
  schedule_join(list(0.1, 0.2), 10),
  schedule_then(decay, 0.1, at = 10),
  schedule_hold(decay, 10),
  schedule_repeat(decay, 10),
  schedule_repeat(decay, 10, times = 3),
  schedule_stretch(decay, 2.5),
  schedule_cooldown(decay, 10, 20, shape = "polynomial", power = 3),
  schedule_clamp(decay),
  schedule_clamp(decay, 1e-5, 1e-3),
  schedule_scale(decay, 2),
  schedule_accumulate(decay, 4),
  schedule_noise(decay, 0.1, 1),
  decay * decay,
  decay / 3,
  3 / decay,
  decay + 0.1,
  0.1 - decay,
  0.5 * schedule_clamp(schedule_warmup(decay + decay, 3), 0.1) - 0.01
)

test_that("a schedule that goes to Python and back is identical", {
  skip_if_no_keras()
  for (schedule in verbs) {
    expect_identical(reticulate::py_to_r(reticulate::r_to_py(schedule)), schedule)
  }
})

test_that("a saved schedule loads in a new process before Python starts", {
  skip_if_no_keras()
  file <- withr::local_tempfile(fileext = ".rds")
  saveRDS(verbs, file)
  output <- run_r(
    '
    verbs <- readRDS(commandArgs(TRUE))
    for (schedule in verbs) cat(format(schedule), "\n")
    stopifnot(!reticulate::py_available())
    cat("rates", sprintf("%.17g", vapply(verbs, function(schedule) schedule(15), 0)))
  ',
    file
  )
  rates <- strsplit(grep("^rates ", output, value = TRUE), " ")[[1]][-1]
  expect_identical(as.double(rates), vapply(verbs, function(schedule) schedule(15), 0))
})

test_that("schedules that Keras made are composed, and become plain data", {
  skip_if_no_keras()
  keras <- reticulate::import("keras", convert = FALSE)
  piecewise <- keras$optimizers$schedules$PiecewiseConstantDecay(list(10L), list(0.5, 0.25))
  schedule <- piecewise |> schedule_warmup(5) |> schedule_clamp(max = 0.4)
  expect_identical(schedule(c(0, 5, 15, 16)), c(0, 0.4, 0.4, 0.25))
  expect_equal(rates_in_fit(schedule, 20), schedule(0:19), tolerance = 1e-6)
  expect_identical(reticulate::py_to_r(reticulate::r_to_py(schedule)), schedule)
  expect_identical(unserialize(serialize(schedule, NULL)), schedule)
})

test_that("schedules of keras3's functions are composed", {
  skip_if_no_keras()
  skip_if_not_installed("keras3")
  schedule <- schedule_offset(keras3::learning_rate_schedule_cosine_decay(0.1, 100), 10)
  expect_equal(schedule(c(0, 10, 60, 200)), c(0.1, 0.1, 0.05, 0), tolerance = 1e-6)
})
