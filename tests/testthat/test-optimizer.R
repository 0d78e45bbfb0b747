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

test_that("the next step uses what was set: a schedule, a factor, a constant rate", {
  skip_if_quick()
  skip_if_not_installed("keras3")
  skip_if_no_keras()
  model <- keras3::keras_model_sequential(input_shape = 1) |> keras3::layer_dense(1)
  keras3::compile(model, keras3::optimizer_sgd(learning_rate = 0.5), loss = "mse")
  x <- matrix(1, 40)
  monitor <- callback_learning_rate_monitor()
  fit <- function(...) {
    keras3::fit(model, x, x, batch_size = 4, verbose = 0, callbacks = list(monitor, ...))
  }
  fit()
  cosine <- learning_rate_schedule_cosine_decay(0.1, 100)
  expect_identical(set_optimizer_schedule(model, cosine), model)
  expect_identical(optimizer_schedule(model), cosine)
  fit()
  scale_learning_rate(model, 0.5)
  expect_identical(scale_learning_rate(model, 0.5), model)
  expect_identical(optimizer_schedule(model), schedule_scale(cosine, 0.25))
  fit()
  # From a callback, whichever stands first.
  fit(keras3::callback_lambda(on_epoch_begin = function(epoch, logs) {
    set_optimizer_schedule(model, 0.125)
  }))
  expected <- c(rep(0.5, 10), cosine(10:19), cosine(20:29) / 4, rep(0.125, 10))
  expect_equal(as.data.frame(monitor)$learning_rate, expected, tolerance = 1e-6)

  file <- withr::local_tempfile(fileext = ".keras")
  scale_learning_rate(model, 2)
  keras3::save_model(model, file)
  expect_identical(optimizer_schedule(keras3::load_model(file))(40), 0.25)
})

test_that("what sets a rate refuses what is none", {
  expect_bad_input(set_optimizer_schedule, list(model = NULL), "schedule", NOT_A_RATE)
  expect_bad_input(scale_learning_rate, list(model = NULL), "factor", NOT_A_RATE)
})

test_that("an optimizer is copied through R, with a boundary alone in a list", {
  skip_if_no_keras()
  skip_if_not_installed("keras3")
  schedules <- list(
    schedule_then(learning_rate_schedule_constant(0.1), 0.05, at = 10),
    learning_rate_schedule_piecewise_constant_decay(10, c(0.1, 0.05)) |> schedule_warmup(5),
    learning_rate_schedule_tabulated(0.1)
  )
  for (schedule in schedules) {
    optimizer <- keras3::optimizer_sgd(learning_rate = schedule)
    again <- optimizer$from_config(optimizer$get_config())
    expect_identical(optimizer_schedule(again), schedule)
  }
  # As ?learning_rate_schedule says of reticulate.
  long <- learning_rate_schedule_cosine_decay(0.1, 2^32 + 7)
  optimizer <- keras3::optimizer_sgd(learning_rate = long)
  expect_identical(optimizer$get_config()$learning_rate$config$decay_steps, 7L)
  again <- keras3::optimizer_sgd(learning_rate = optimizer_schedule(optimizer))
  expect_identical(optimizer_schedule(again), long)
})
