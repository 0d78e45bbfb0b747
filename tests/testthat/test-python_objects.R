test_that("an object of another session, and one of Keras 2, are named as what they are", {
  skip_if_no_keras()
  keras <- reticulate::import("keras", convert = FALSE)
  file <- withr::local_tempfile()
  saveRDS(keras$optimizers$schedules$ExponentialDecay(0.1, 41L, 0.5), file)
  dead <- readRDS(file)
  reticulate::py_run_string(
    "
class LearningRateSchedule: pass
LearningRateSchedule.__module__ = 'tf_keras.src.optimizers.schedules.learning_rate_schedule'
class ExponentialDecay(LearningRateSchedule): pass
ExponentialDecay.__module__ = LearningRateSchedule.__module__
lrschedules_test_old = ExponentialDecay()
"
  )
  old <- reticulate::import_main(convert = FALSE)$lrschedules_test_old
  local_plain_messages()
  expect_snapshot(error = TRUE, {
    schedule_hold(dead, 3)
    schedule_check(dead, training_plan(100))
    as_learning_rate_schedule(dead)
    schedule_hold(old, 3)
    schedule_values(old)
  })
})
