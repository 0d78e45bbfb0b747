x <- matrix(1, 20)

new_model <- function(schedule) {
  model <- keras3::keras_model_sequential(input_shape = 1L)
  keras3::layer_dense(model, 1)
  compile_model(model, schedule)
}

compile_model <- function(model, schedule) {
  keras3::compile(model, optimizer = keras3::optimizer_sgd(learning_rate = schedule), loss = "mse")
  model
}

fit_model <- function(model, ...) {
  keras3::fit(model, x, x, batch_size = 5, verbose = 0, ...)
}

test_that("a lost step is detected before training, and can be set", {
  skip_if_quick()
  skip_if_not_installed("keras3")
  skip_if_no_keras()
  schedule <- learning_rate_schedule_exponential_decay(0.1, 10, 0.5)
  plan <- training_plan(20, 5)
  model <- new_model(schedule)
  fit_model(model, epochs = 2, callbacks = list(callback_resume_check()))
  expect_identical(optimizer_step(model), 8)
  fit_model(model, initial_epoch = 3, epochs = 3, callbacks = list(callback_resume_check()))
  expect_identical(optimizer_step(model), epochs(3, plan))

  compile_model(model, schedule)
  expect_identical(optimizer_step(model), 0)
  expect_error(
    fit_model(model, initial_epoch = 4, epochs = 4, callbacks = list(callback_resume_check())),
    "at step 12, .* is 0"
  )
  expect_identical(optimizer_step(model), 0)
  set_optimizer_step(model, epochs(3, plan))
  fit_model(model, initial_epoch = 4, epochs = 4, callbacks = list(callback_resume_check()))
  expect_identical(optimizer_step(model), 16)
})

test_that("a model saved and loaded goes on at its step", {
  skip_if_quick()
  skip_if_not_installed("keras3")
  skip_if_no_keras()
  file <- withr::local_tempfile(fileext = ".keras")
  model <- new_model(learning_rate_schedule_exponential_decay(0.1, 10, 0.5))
  fit_model(model, epochs = 2)
  keras3::save_model(model, file)
  expect_identical(optimizer_step(keras3::load_model(file)), 8)
})

test_that("bad input is an error that names it", {
  few <- list(NA, -1, 1.5, Inf, "1", c(1, 2))
  expect_bad_input(set_optimizer_step, list(model = NULL), "step", c(few, list(NULL)))
  expect_bad_input(callback_resume_check, list(), "steps_per_epoch", c(few, 0))
  skip_if_no_keras()
  error <- error_of(optimizer_step(reticulate::py_eval("object()")))
  expect_match(conditionMessage(error), "An error was raised in Python")
  expect_match(conditionMessage(error$parent), "`model` must be compiled")
})

test_that("the schedule and the rate in an optimizer are found, by model or optimizer", {
  skip_if_quick()
  skip_if_no_keras()
  keras <- reticulate::import("keras", convert = FALSE)
  schedule <- learning_rate_schedule_exponential_decay(0.8, 5, 0.5, staircase = TRUE)
  model_with <- function(rate) {
    model <- keras$Sequential(list(keras$Input(reticulate::tuple(1L)), keras$layers$Dense(1L)))
    model$compile(optimizer = keras$optimizers$SGD(rate), loss = "mse")
    set_optimizer_step(model, 5)
    model
  }
  model <- model_with(schedule)
  for (x in list(model, model$optimizer)) {
    expect_identical(optimizer_schedule(x), schedule)
    expect_identical(optimizer_learning_rate(x), 0.4)
    expect_identical(optimizer_step(x), 5)
  }
  constant <- optimizer_schedule(model_with(0.5))
  expect_identical(constant, learning_rate_schedule_constant(0.5))
  theirs <- keras$optimizers$schedules$ExponentialDecay(0.8, 5L, 0.5, TRUE)
  rlang::reset_message_verbosity("lrschedules_keras_may_differ")
  expect_message(
    expect_identical(optimizer_schedule(model_with(theirs)), schedule),
    "Keras's ExponentialDecay was taken as lrschedules' schedule of the same name"
  )
  expect_silent(optimizer_schedule(model_with(theirs)))
  expect_identical(schedule_values(theirs, 0:10), schedule(0:10))
  reticulate::py_run_string(
    "
import keras
@keras.saving.register_keras_serializable(package='lrschedules_test')
class Halving(keras.optimizers.schedules.LearningRateSchedule):
    def __call__(self, step): return 0.5 ** keras.ops.cast(step, 'float32')
    def get_config(self): return {}
"
  )
  own <- optimizer_schedule(model_with(reticulate::import_main(convert = FALSE)$Halving()))
  expect_s3_class(own, "learning_rate_schedule")
  expect_identical(own(0:2), c(1, 0.5, 0.25))
})

test_that("keras3's callbacks that set the rate are refused by an optimizer with a schedule", {
  skip_if_quick()
  skip_if_not_installed("keras3")
  skip_if_no_keras()
  callbacks <- list(
    keras3::callback_reduce_lr_on_plateau(monitor = "loss", patience = 1, min_delta = 1e9),
    keras3::callback_learning_rate_scheduler(function(epoch, lr) lr)
  )
  for (callback in callbacks) {
    model <- new_model(learning_rate_schedule_exponential_decay(0.1, 10, 0.5))
    expect_error(fit_model(model, epochs = 4, callbacks = list(callback)), "is not settable")
  }
})
