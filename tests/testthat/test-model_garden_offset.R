held <- learning_rate_schedule_exponential_decay_with_offset(
  offset = 10,
  initial_learning_rate = 2,
  decay_steps = 4,
  decay_rate = 0.5,
  staircase = TRUE
)

test_that("the initial rate is held to the offset", {
  skip_if_no_keras()
  expect_identical(held(c(-1, 0, 9, 10, 13, 14, 18)), c(2, 2, 2, 2, 2, 1, 0.5))
})

with_offset <- list(
  polynomial = list(
    learning_rate_schedule_polynomial_decay_with_offset,
    list(initial_learning_rate = 1, decay_steps = 40, end_learning_rate = 0.1, power = 2),
    function(s) 0.9 * (1 - pmin(s, 40) / 40)^2 + 0.1
  ),
  cosine = list(
    learning_rate_schedule_cosine_decay_with_offset,
    list(initial_learning_rate = 0.1, decay_steps = 40, warmup_target = 1, warmup_steps = 10),
    function(s) {
      ifelse(s < 10, 0.1 + 0.9 * s / 10, (1 + cos(pi * pmin(pmax(s - 10, 0), 40) / 40)) / 2)
    }
  ),
  piecewise_constant = list(
    learning_rate_schedule_piecewise_constant_decay_with_offset,
    list(boundaries = c(3, 10), values = c(1, 0.5, 0.25)),
    function(s) ifelse(s <= 3, 1, ifelse(s <= 10, 0.5, 0.25))
  )
)

test_that("each class with an offset follows its base from the offset on", {
  skip_if_no_keras()
  steps <- c(-1, 0, 6:8, 10:12, 16:18, 46:48, 56:58, 1000)
  for (case in with_offset) {
    schedule <- do.call(case[[1]], c(list(offset = 7), case[[2]]))
    expect_equal(schedule(steps), case[[3]](pmax(steps - 7, 0)), tolerance = 1e-12)
    expect_identical(reticulate::py_to_r(reticulate::r_to_py(schedule)), schedule)
  }
})

test_that("the rate that is read is the rate that trains", {
  skip_if_quick()
  skip_if_no_keras()
  expect_equal(rates_in_fit(held, 25), held(0:24), tolerance = 1e-6)
  for (case in with_offset) {
    schedule <- do.call(case[[1]], c(list(offset = 7), case[[2]]))
    expect_equal(rates_in_fit(schedule, 70), schedule(0:69), tolerance = 1e-6)
  }
})

test_that("arguments that depend on each other are checked together", {
  cosine <- with_offset$cosine
  expect_bad_input(cosine[[1]], cosine[[2]][1:2], "warmup_steps", list(10))
  piecewise <- with_offset$piecewise_constant
  expect_bad_input(piecewise[[1]], piecewise[[2]], "values", list(1))
})
