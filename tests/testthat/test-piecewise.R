constant <- learning_rate_schedule_piecewise_constant_decay
interpolate <- learning_rate_schedule_piecewise_interpolate
step_cosine <- learning_rate_schedule_step_cosine_decay_with_offset

test_that("arguments that depend on each other are checked together", {
  good <- list(boundaries = c(1, 2), values = c(1, 0.5))
  for (constructor in list(constant, interpolate, step_cosine)) {
    expect_bad_input(constructor, good, "values", list(1, c(1, 2, 3, 4)))
  }
})

test_that("the messages read well", {
  local_plain_messages()
  expect_snapshot(error = TRUE, {
    constant(c(2, 1), c(1, 0.5, 0.1))
    constant(c(1, 1), c(1, 0.5, 0.1))
    constant(c(1, 2), c(1, 0.5))
    constant(1:1280, 1)
    constant(1, c(1, NA))
    constant(1, c(1, 0.5), boundary = "middle")
    interpolate(c(1, 2), c(1, 0.5, 0.1))
  })
})

test_that("a boundary step keeps the value to its left, or has the next one", {
  skip_if_no_numpy()
  steps <- c(-1, 0, 2, 3, 4, 5, 6)
  expect_identical(constant(c(3, 5), c(1, 0.5, 0.1))(steps), c(1, 1, 1, 1, 0.5, 0.5, 0.1))
  expect_identical(
    constant(c(3, 5), c(1, 0.5, 0.1), boundary = "right")(steps),
    c(1, 1, 1, 0.5, 0.5, 0.1, 0.1)
  )
  expect_identical(constant(3, list(1, 0.5))(3:4), c(1, 0.5))
})

test_that("the rates are those of the formula", {
  skip_if_no_numpy()
  steps <- c(0, 9, 10, 11, 15, 19, 20, 21, 100)
  q <- pmin(pmax((steps - 10) / 10, 0), 1)
  expect_equal(interpolate(c(10, 20), c(1, 0.1))(steps), 1 + (0.1 - 1) * q, tolerance = 1e-12)
  cosine <- 0.1 + (1 - 0.1) * (1 + cos(pi * q)) / 2
  expect_equal(interpolate(c(10, 20), c(1, 0.1), "cosine")(steps), cosine, tolerance = 1e-12)
  expect_equal(step_cosine(c(3, 13), c(1, 0.1), offset = 7)(steps), cosine, tolerance = 1e-12)
  expect_identical(interpolate(10, 0.3)(c(0, 10, 20)), rep(0.3, 3))
})

test_that("the rate that is read is the rate that trains", {
  skip_if_quick()
  skip_if_no_numpy()
  schedules <- list(
    constant(c(3, 41), c(1, 0.5, 0.1)),
    interpolate(c(3, 41), c(1, 0.1)),
    step_cosine(c(3, 41), c(1, 0.1), offset = 5)
  )
  for (schedule in schedules) {
    expect_equal(rates_in_fit(schedule, 60), schedule(0:59), tolerance = 1e-6)
  }
})

test_that("the first formals are keras3's own", {
  skip_if_not_installed("keras3")
  theirs <- formals(keras3::learning_rate_schedule_piecewise_constant_decay)
  expect_identical(as.list(formals(constant))[seq_along(theirs)], as.list(theirs))
})
