test_that("a Python object from another R session is an error that says so", {
  skip_if_no_keras()
  keras <- reticulate::import("keras", convert = FALSE)
  file <- withr::local_tempfile()
  saveRDS(keras$optimizers$schedules$ExponentialDecay(0.1, 41L, 0.5), file)
  dead <- readRDS(file)
  local_plain_messages()
  expect_snapshot(error = TRUE, {
    schedule_hold(dead, 3)
    schedule_check(dead, training_plan(100, epochs = 1))
    as_learning_rate_schedule(dead)
  })
})
