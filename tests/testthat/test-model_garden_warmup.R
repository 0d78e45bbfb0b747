linear <- learning_rate_schedule_linear_warmup
polynomial <- learning_rate_schedule_polynomial_warmup

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
  skip_if_quick()
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

test_that("nested schedules print as a tree, and as one line", {
  local_plain_messages()
  expect_snapshot({
    nested()
    format(nested())
  })
})
