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
