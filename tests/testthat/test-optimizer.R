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
    "Converted Keras's ExponentialDecay to the lrschedules schedule of the same name"
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
  # A callback can do it, in any order of callbacks.
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

test_that("functions that set a rate refuse invalid rates", {
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
  # See "Copies of an optimizer" in ?`learning-rate-schedules`.
  long <- learning_rate_schedule_cosine_decay(0.1, 2^32 + 7)
  optimizer <- keras3::optimizer_sgd(learning_rate = long)
  expect_identical(optimizer$get_config()$learning_rate$config$decay_steps, 7L)
  again <- keras3::optimizer_sgd(learning_rate = optimizer_schedule(optimizer))
  expect_identical(optimizer_schedule(again), long)
})

# A model whose head has a separate optimizer, and with a layer that uses the default optimizer.
model_of_two <- function(head, default) {
  keras <- reticulate::import("keras", convert = FALSE)
  skip_if_not(
    reticulate::py_has_attr(keras$optimizers, "MultiOptimizer"),
    "Keras has no MultiOptimizer"
  )
  sgd <- keras$optimizers$SGD
  map <- reticulate::py_dict(".*/head/.*", list(sgd(head)), convert = FALSE)
  several <- keras$optimizers$OptimizerMap(default_optimizer = sgd(default), optimizer_map = map)
  model <- keras$Sequential(list(
    keras$Input(reticulate::tuple(1L)),
    keras$layers$Dense(1L),
    keras$layers$Dense(1L, name = "head")
  ))
  model$compile(optimizer = keras$optimizers$MultiOptimizer(several), loss = "mse")
  model
}

train_of_two <- function(model, callbacks = list()) {
  ones <- reticulate::import("numpy", convert = FALSE)$ones(reticulate::tuple(20L, 1L))
  model$fit(ones, ones, batch_size = 2L, verbose = 0L, callbacks = callbacks)
}

test_that("several optimizers are acted on together, or one by its name", {
  skip_if_quick()
  skip_if_no_keras()
  cosine <- learning_rate_schedule_cosine_decay(0.1, 100)
  model <- model_of_two(cosine, 0.5)
  monitor <- callback_learning_rate_monitor()
  train_of_two(model, list(monitor))
  names <- c(".*/head/.*", "default")
  constant <- learning_rate_schedule_constant(0.5)
  expect_identical(optimizer_schedule(model), rlang::set_names(list(cosine, constant), names))
  expect_equal(optimizer_learning_rate(model), rlang::set_names(c(cosine(10), 0.5), names))
  expect_identical(optimizer_schedule(model, ".*/head/.*"), cosine)
  expect_identical(optimizer_learning_rate(model, "default"), 0.5)
  expect_identical(optimizer_learning_rate(model, model$optimizer$optimizers[1]), 0.5)
  expect_identical(optimizer_step(model), 10)

  record <- as.data.frame(monitor)
  columns <- c("step", "epoch", "fit_epoch", paste0("learning_rate.", names))
  expect_identical(names(record), columns)
  expect_equal(record[[4]], cosine(0:9))
  expect_identical(record[[5]], rep(0.5, 10))
  expect_identical(record$epoch, 0:9 / 10)

  scale_learning_rate(model, 0.5)
  set_optimizer_schedule(model, 0.125, optimizer = "default")
  expect_equal(optimizer_learning_rate(model), rlang::set_names(c(cosine(10) / 2, 0.125), names))
  set_optimizer_step(model, 5, "default")
  expect_identical(optimizer_step(model, "default"), 5)
  expect_identical(optimizer_step(model, ".*/head/.*"), 10)
  expect_error(optimizer_step(model), "because their step counts differ: 10 .*, 5")
  expect_error(optimizer_step(model, "tail"), "Received: optimizer='tail'", fixed = TRUE)

  # From here on the two optimizers have different steps.
  train_of_two(model, list(monitor))
  record <- as.data.frame(monitor)
  expect_identical(
    names(record),
    paste0(c("step.", "fit_epoch.", "learning_rate."), rep(names, each = 3))
  )
  expect_identical(record$step.default, c(0:9, 5:14) + 0)
  expect_identical(record$learning_rate.default, rep(c(0.5, 0.125), each = 10))
  expect_equal(record[[3]], cosine(0:19) * rep(c(1, 0.5), each = 10))
  one <- callback_learning_rate_monitor("default")
  train_of_two(model, list(one))
  expect_identical(as.data.frame(one)$step, 15:24 + 0)
})

test_that("a count beyond 2^31 is read as it was set", {
  skip_if_quick()
  skip_if_no_keras()
  keras <- reticulate::import("keras", convert = FALSE)
  skip_if_not(
    reticulate::py_to_r(keras$backend$backend()) == "tensorflow",
    "Keras counts in 32 bits"
  )
  model <- keras$Sequential(list(keras$Input(reticulate::tuple(1L)), keras$layers$Dense(1L)))
  model$compile(optimizer = keras$optimizers$SGD(0.1), loss = "mse")
  set_optimizer_step(model, 3e9)
  expect_identical(optimizer_step(model), 3e9)
})

test_that("functions that take an optimizer refuse other objects", {
  bad <- list(NA, NA_character_, "", 1, 1L, c("a", "b"), character(), list("a"), TRUE, sum)
  model <- list(model = NULL)
  expect_bad_input(optimizer_step, model, "optimizer", bad)
  expect_bad_input(optimizer_schedule, model, "optimizer", bad)
  expect_bad_input(optimizer_learning_rate, model, "optimizer", bad)
  expect_bad_input(set_optimizer_step, list(model = NULL, step = 1), "optimizer", bad)
  expect_bad_input(set_optimizer_schedule, list(model = NULL, schedule = 1), "optimizer", bad)
  expect_bad_input(scale_learning_rate, list(model = NULL, factor = 1), "optimizer", bad)
  expect_bad_input(callback_learning_rate_monitor, list(), "optimizer", bad)
})
