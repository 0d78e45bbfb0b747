decay <- learning_rate_schedule_exponential_decay(0.1, 1000, 0.5, staircase = TRUE)

test_that("to_keras() gives Keras's own class, or says why not", {
  skip_if_no_keras()
  converted <- to_keras(decay)
  expect_s3_class(
    converted,
    "keras.src.optimizers.schedules.learning_rate_schedule.ExponentialDecay"
  )
  config <- reticulate::py_to_r(converted$get_config())
  expect_equal(
    config[c("initial_learning_rate", "decay_steps", "decay_rate", "staircase")],
    list(initial_learning_rate = 0.1, decay_steps = 1000, decay_rate = 0.5, staircase = TRUE)
  )
  value <- as_learning_rate_schedule(converted)
  expect_equal(value(c(0, 999, 1000)), c(0.1, 0.1, 0.05), tolerance = 1e-6)
  error <- error_of(to_keras(schedule_clamp(decay, 0.01)))
  expect_match(conditionMessage(error), "Keras has no schedule like this one")
  expect_match(conditionMessage(error$parent), "Keras has no schedule that does what Clamp does")
})

test_that("bad arguments are errors that name them", {
  expect_bad_input(to_keras, list(schedule = decay), "schedule", list(0.1, "a", NULL, sum))
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

test_that("a composition of a schedule that Keras made trains at the rates that are read", {
  skip_if_quick()
  skip_if_no_keras()
  keras <- reticulate::import("keras", convert = FALSE)$optimizers$schedules
  piecewise <- keras$PiecewiseConstantDecay(list(10L), list(0.5, 0.25))
  schedule <- piecewise |> schedule_warmup(5) |> schedule_clamp(max = 0.4)
  expect_equal(rates_in_fit(schedule, 20), schedule(0:19), tolerance = 1e-6)
})

test_that("schedules of keras3's functions are composed", {
  skip_if_no_keras()
  skip_if_not_installed("keras3")
  schedule <- schedule_offset(keras3::learning_rate_schedule_cosine_decay(0.1, 100), 10)
  expect_equal(schedule(c(0, 10, 60, 200)), c(0.1, 0.1, 0.05, 0), tolerance = 1e-6)
})
