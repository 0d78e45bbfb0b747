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
    schedule_warmup(decay, 10, to = -1)
  })
})

test_that("the rates are those of the formulas", {
  skip_if_no_numpy()
  steps <- c(0:200, 1e6)
  warm <- ifelse(steps < 20, 0.1 + (0.8 - 0.1) * steps / 20, halves(pmax(steps - 20, 0)))
  expect_equal(schedule_warmup(decay, 20, from = 0.1)(steps), warm, tolerance = 1e-12)
  under <- ifelse(steps < 50, 0.4 * (steps / 50)^2, halves(steps))
  expect_equal(
    schedule_warmup(decay, 50, shape = "polynomial", power = 2, shift = FALSE)(steps),
    under,
    tolerance = 1e-12
  )
  above <- ifelse(steps < 50, 0.1 + (0.8 - 0.1) * steps / 50, halves(steps))
  expect_equal(
    schedule_warmup(decay, 50, from = 0.1, shift = FALSE, to = 0.8)(steps),
    above,
    tolerance = 1e-12
  )
  cool <- ifelse(steps <= 50, halves(steps), 0.01 + (0.4 - 0.01) * pmax(80 - steps, 0) / 30)
  expect_equal(schedule_cooldown(decay, 50, 30, to = 0.01)(steps), cool, tolerance = 1e-12)
})

test_that("a warmup without `to` is identical to one that version 0.1.0 saved", {
  warm <- schedule_warmup(decay, 20)
  expect_identical(schedule_warmup(decay, 20, to = NULL), warm)
  expect_identical(names(as.list(warm)), c("schedule", "steps", "from", "shape", "power", "shift"))
  expect_no_match(format(warm), "to =")
  expect_null(warm$to)
  expect_null(schedule_warmup(schedule_cooldown(decay, 10, 10, to = 0.1), 20)$to)
})

test_that("a warmup that rises to a rate of its own keeps it", {
  warm <- schedule_warmup(decay, 20, shift = FALSE, to = 0.5)
  expect_identical(warm$to, 0.5)
  expect_identical(eval(parse(text = format(warm))), warm)
  expect_identical(update(schedule_warmup(decay, 20, shift = FALSE), to = 0.5), warm)
  expect_identical(update(warm, to = NULL), schedule_warmup(decay, 20, shift = FALSE))
  expect_match(all.equal(warm, update(warm, to = NULL)), "`to`")
  expect_true("to" %in% .DollarNames(update(warm, to = NULL), "^to"))
  skip_if_no_keras()
  for (schedule in list(warm, update(warm, to = NULL), schedule_clamp(warm, 0.1))) {
    expect_identical(reticulate::py_to_r(reticulate::r_to_py(schedule)), schedule)
    path <- withr::local_tempfile(fileext = ".json")
    schedule_write(schedule, path)
    expect_identical(schedule_read(path), schedule)
  }
})

test_that("a pipe of verbs trains at the rates that are read", {
  skip_if_quick()
  skip_if_no_numpy()
  schedule <- decay |>
    schedule_warmup(13, from = 0.01, shape = "cosine") |>
    schedule_then(0.3, at = 50) |>
    schedule_cooldown(at = 60, steps = 20) |>
    schedule_clamp(min = 0.02)
  expect_equal(rates_in_fit(schedule, 90), schedule(0:89), tolerance = 1e-6)
})
