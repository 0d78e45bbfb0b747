linear <- learning_rate_schedule_linear_warmup
polynomial <- learning_rate_schedule_polynomial_warmup

test_that("every bad argument is one error that names it", {
  good <- list(after_warmup_lr_sched = 0.1, warmup_steps = 10, warmup_learning_rate = 0)
  for (argument in c("after_warmup_lr_sched", "warmup_learning_rate")) {
    expect_bad_input(linear, good, argument, NOT_A_RATE)
  }
  expect_bad_input(linear, good, "warmup_steps", NOT_STEPS)
  expect_bad_input(linear, good, "name", NOT_A_LABEL)
  good <- list(after_warmup_lr_sched = 0.1, warmup_steps = 10)
  expect_bad_input(polynomial, good, "after_warmup_lr_sched", NOT_A_RATE)
  expect_bad_input(polynomial, good, "warmup_steps", NOT_STEPS)
  expect_bad_input(polynomial, good, "power", NOT_A_RATE)
})

test_that("the rates are those of the formula", {
  skip_if_no_keras()
  decay <- learning_rate_schedule_exponential_decay(1, 41, 0.5, staircase = TRUE)
  after <- function(step) 0.5^(step %/% 41)
  steps <- c(-1, 0, 1, 2, 40, 41, 49, 50, 51, 82, 1000)
  s <- pmax(steps, 0)
  line <- ifelse(s < 50, 0.1 + s / 50 * (after(50) - 0.1), after(s))
  expect_equal(linear(decay, 50, 0.1)(steps), line, tolerance = 1e-12)
  rise <- ifelse(s < 50, after(50) * (pmax(s, 1) / 50)^2, after(s))
  expect_equal(polynomial(decay, 50, power = 2)(steps), rise, tolerance = 1e-12)
  expect_identical(linear(decay, 0, 0.1)(s), decay(s))
  expect_identical(polynomial(0.3, 10)(c(0, 1, 10)), c(0.03, 0.03, 0.3))
})

test_that("the rate that is read is the rate that trains", {
  skip_if_no_keras()
  decay <- learning_rate_schedule_exponential_decay(1, 41, 0.5, staircase = TRUE)
  for (schedule in list(linear(decay, 20, 0.1), polynomial(decay, 20))) {
    expect_equal(rates_in_fit(schedule, 60), schedule(0:59), tolerance = 1e-6)
  }
})

nested <- function() {
  polynomial(
    linear(learning_rate_schedule_piecewise_constant_decay(c(100, 200), c(1, 0.5, 0.1)), 10, 0),
    5
  )
}

test_that("nested schedules cross to Python and back unchanged", {
  skip_if_no_keras()
  schedule <- nested()
  expect_identical(reticulate::py_to_r(reticulate::r_to_py(schedule)), schedule)
  python <- reticulate::import("keras", convert = FALSE)$optimizers$schedules
  loaded <- python$deserialize(python$serialize(schedule))
  expect_identical(reticulate::py_to_r(loaded), schedule)
  expect_identical(schedule$after_warmup_lr_sched$after_warmup_lr_sched$boundaries, c(100, 200))
})

test_that("a nested schedule is the same in a new process", {
  skip_if_no_keras()
  file <- withr::local_tempfile(fileext = ".rds")
  saveRDS(nested(), file)
  rates <- run_r(
    c(
      "schedule <- readRDS(commandArgs(TRUE))",
      "library(lrschedules)",
      "cat(format(schedule(c(0, 3, 5, 100, 101)), digits = 15))"
    ),
    file
  )
  expect_identical(
    tail(rates, 1),
    paste(format(nested()(c(0, 3, 5, 100, 101)), digits = 15), collapse = " ")
  )
})

test_that("nested schedules print as a tree, and as one line", {
  local_plain_messages()
  expect_snapshot({
    nested()
    format(nested())
  })
})
