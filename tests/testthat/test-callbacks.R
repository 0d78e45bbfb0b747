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

NOT_AN_OPTIMIZER <- list(NA, NA_character_, 1, c("a", "b"), TRUE, list(), sum)

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

test_that("the check sets a count, knows a second fit(), and says what to do", {
  skip_if_quick()
  skip_if_not_installed("keras3")
  skip_if_no_keras()
  local_plain_messages()
  schedule <- learning_rate_schedule_exponential_decay(0.1, 10, 0.5)
  model <- new_model(schedule)
  check <- callback_resume_check(set = TRUE)
  fit_model(model, initial_epoch = 3, epochs = 3, callbacks = list(check))
  expect_identical(optimizer_step(model), 12)
  # A second fit() has nothing to set.
  fit_model(model, callbacks = list(callback_resume_check()))
  expect_identical(optimizer_step(model), 16)
  refused <- function(count) {
    model <- new_model(schedule)
    set_optimizer_step(model, count)
    check <- callback_resume_check()
    error <- error_of(fit_model(model, initial_epoch = 3, epochs = 3, callbacks = list(check)))
    message <- grep("Training starts", strsplit(conditionMessage(error), "\n")[[1]], value = TRUE)
    writeLines(strwrap(sub(".*Training starts", "Training starts", message[[1]])))
  }
  expect_snapshot({
    refused(0)
    refused(16)
    refused(10)
    refused(7)
  })
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
  skip_if_quick()
  few <- list(NA, -1, 1.5, Inf, "1", c(1, 2))
  expect_bad_input(set_optimizer_step, list(model = NULL), "step", c(few, list(NULL)))
  expect_bad_input(callback_resume_check, list(), "steps_per_epoch", c(few, 0))
  expect_bad_input(callback_resume_check, list(), "set", BAD$flag)
  expect_bad_input(callback_resume_check, list(), "optimizer", NOT_AN_OPTIMIZER)
  skip_if_no_keras()
  error <- error_of(optimizer_step(reticulate::py_eval("object()")))
  expect_match(conditionMessage(error), "^`model` must be compiled")
})

test_that("a plateau lowers the schedule", {
  skip_if_quick()
  skip_if_not_installed("keras3")
  skip_if_no_keras()
  schedule <- learning_rate_schedule_cosine_decay(0.1, 100)
  model <- new_model(schedule)
  monitor <- callback_learning_rate_monitor()
  # The loss never improves by 100.
  plateau <- callback_reduce_schedule_on_plateau("loss", 0.5, patience = 2, min_delta = 100)
  history <- fit_model(model, epochs = 4, callbacks = list(plateau, monitor))
  expected <- schedule(0:15) * rep(c(1, 0.5), c(12, 4))
  expect_equal(as.data.frame(monitor)$learning_rate, expected)
  expect_equal(history$metrics$learning_rate, expected[4 * 1:4])
  expect_identical(optimizer_schedule(model), schedule_scale(schedule, 0.5))
})

test_that("a plateau waits for an epoch, and a rate that is a function is refused at once", {
  skip_if_quick()
  skip_if_not_installed("keras3")
  skip_if_no_keras()
  model <- new_model(0.5)
  plateau <- callback_reduce_schedule_on_plateau(
    "loss",
    0.5,
    patience = 1,
    min_delta = 100,
    start_from_epoch = 2
  )
  history <- fit_model(model, epochs = 5, callbacks = list(plateau))
  expect_identical(history$metrics$learning_rate, c(0.5, 0.5, 0.5, 0.5, 0.25))
  model <- new_model(reticulate::py_eval("lambda: 0.5", convert = FALSE))
  plateau <- callback_reduce_schedule_on_plateau("loss")
  expect_error(
    fit_model(model, callbacks = list(plateau)),
    "learning rate is a function, which can't"
  )
  expect_identical(optimizer_step(model), 0)
})

test_that("bad arguments of a plateau are errors that name them", {
  skip_if_quick()
  f <- callback_reduce_schedule_on_plateau
  expect_bad_input(f, list(), "monitor", list(NA, 1, c("a", "b"), NULL))
  expect_bad_input(f, list(), "factor", c(NOT_A_RATE, 1, 2))
  expect_bad_input(f, list(), "patience", NOT_STEPS)
  expect_bad_input(f, list(), "cooldown", NOT_STEPS)
  expect_bad_input(f, list(), "verbose", c(without(NOT_STEPS, TRUE), 2))
  expect_bad_input(f, list(), "mode", BAD$one_of)
  expect_bad_input(f, list(), "min_delta", NOT_A_RATE)
  expect_bad_input(f, list(), "min_lr", NOT_A_RATE)
  expect_bad_input(f, list(), "start_from_epoch", NOT_STEPS)
  expect_bad_input(f, list(), "optimizer", NOT_AN_OPTIMIZER)
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

test_that("a schedule is refused by keras3's callback that calls a function of the epoch", {
  skip_if_quick()
  skip_if_not_installed("keras3")
  skip_if_no_keras()
  decay <- learning_rate_schedule_exponential_decay(0.1, 10, 0.5)
  callback <- keras3::callback_learning_rate_scheduler(decay)
  expect_error(
    fit_model(new_model(0.1), epochs = 2, callbacks = list(callback)),
    "A schedule counts training steps: pass it to the optimizer"
  )
})
