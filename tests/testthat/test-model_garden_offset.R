good <- list(offset = 3, initial_learning_rate = 0.1, decay_steps = 1000, decay_rate = 0.5)

test_that("every bad argument is one error that names it", {
  constructor <- learning_rate_schedule_exponential_decay_with_offset
  expect_bad_input(constructor, good, "offset", NOT_STEPS)
  expect_bad_input(constructor, good, "initial_learning_rate", NOT_A_RATE)
  expect_bad_input(constructor, good, "decay_steps", NOT_POSITIVE_STEPS)
  expect_bad_input(constructor, good, "decay_rate", NOT_POSITIVE)
  expect_bad_input(constructor, good, "staircase", NOT_A_FLAG)
})

test_that("the initial rate is held to the offset", {
  skip_if_no_keras()
  schedule <- learning_rate_schedule_exponential_decay_with_offset(
    offset = 10,
    initial_learning_rate = 2,
    decay_steps = 4,
    decay_rate = 0.5,
    staircase = TRUE
  )
  expect_identical(schedule(c(-1, 0, 9, 10, 13, 14, 18)), c(2, 2, 2, 2, 2, 1, 0.5))
  expect_equal(rates_in_fit(schedule, 25), schedule(0:24), tolerance = 1e-6)
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
    expect_equal(rates_in_fit(schedule, 70), schedule(0:69), tolerance = 1e-6)
    expect_identical(reticulate::py_to_r(reticulate::r_to_py(schedule)), schedule)
  }
})

test_that("every bad argument of theirs is one error that names it", {
  for (case in with_offset) {
    expect_bad_input(case[[1]], case[[2]], "offset", NOT_STEPS)
    expect_bad_input(case[[1]], case[[2]], "name", NOT_A_LABEL)
  }
  polynomial <- with_offset$polynomial
  expect_bad_input(polynomial[[1]], polynomial[[2]], "initial_learning_rate", NOT_A_RATE)
  expect_bad_input(polynomial[[1]], polynomial[[2]], "decay_steps", NOT_POSITIVE_STEPS)
  expect_bad_input(polynomial[[1]], polynomial[[2]], "end_learning_rate", NOT_A_RATE)
  expect_bad_input(polynomial[[1]], polynomial[[2]], "power", NOT_POSITIVE)
  expect_bad_input(polynomial[[1]], polynomial[[2]], "cycle", NOT_A_FLAG)
  cosine <- with_offset$cosine
  expect_bad_input(cosine[[1]], cosine[[2]], "alpha", NOT_A_RATE)
  expect_bad_input(cosine[[1]], cosine[[2]], "warmup_steps", NOT_STEPS)
  expect_bad_input(cosine[[1]], cosine[[2]][1:2], "warmup_steps", list(10))
  piecewise <- with_offset$piecewise_constant
  expect_bad_input(piecewise[[1]], piecewise[[2]], "boundaries", NOT_BOUNDARIES)
  expect_bad_input(piecewise[[1]], piecewise[[2]], "values", c(NOT_RATES, 1))
})
