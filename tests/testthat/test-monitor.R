# Step i trains weight i alone with gradient 1, so that SGD leaves minus the rate of step i there:
# through Python's keras alone, and so beside Debian's packages too.
one_hot_model <- function(rate, steps) {
  keras <- reticulate::import("keras", convert = FALSE)
  reticulate::py_run_string("def lrschedules_test_loss(y, prediction): return prediction")
  model <- keras$Sequential(list(
    keras$Input(reticulate::tuple(steps)),
    keras$layers$Dense(1L, use_bias = FALSE, kernel_initializer = "zeros")
  ))
  model$compile(
    optimizer = keras$optimizers$SGD(rate),
    loss = reticulate::py_eval("lrschedules_test_loss", convert = FALSE)
  )
  model
}

train_steps <- function(model, first, last, callbacks, steps = 60L) {
  numpy <- reticulate::import("numpy", convert = FALSE)
  size <- as.integer(last - first + 1)
  model$fit(
    numpy$eye(size, steps, k = as.integer(first)),
    numpy$zeros(reticulate::tuple(size, 1L)),
    batch_size = 1L,
    shuffle = FALSE,
    verbose = 0L,
    callbacks = callbacks
  )
}

used_rates <- function(model) -unlist(reticulate::py_to_r(model$get_weights()[0]$ravel()$tolist()))

stairs <- learning_rate_schedule_exponential_decay(1, 41, 0.5, staircase = TRUE)

test_that("the record has the rates that the weights show, also after a change", {
  skip_if_quick()
  skip_if_no_keras()
  monitor <- callback_learning_rate_monitor()
  model <- one_hot_model(stairs, 60L)
  train_steps(model, 0, 44, list(monitor))
  scale_learning_rate(model, 0.5)
  history <- train_steps(model, 45, 59, list(monitor))
  record <- as.data.frame(monitor)
  expect_s3_class(record, "data.frame")
  expect_identical(names(record), c("step", "epoch", "fit_epoch", "learning_rate"))
  expect_equal(record$step, as.double(0:59))
  expect_equal(record$learning_rate, used_rates(model), tolerance = 1e-6)
  expect_equal(record$learning_rate, stairs(0:59) * rep(c(1, 0.5), c(45, 15)))
  # As the last `fit()` said.
  expect_equal(record$epoch, record$step / 15)
  expect_equal(unlist(reticulate::py_to_r(history$history)$learning_rate), 0.25)
})

test_that("keras3's fit() takes a monitor, and its history has the rate", {
  skip_if_quick()
  skip_if_not_installed("keras3")
  skip_if_no_keras()
  model <- keras3::keras_model_sequential(input_shape = 1) |> keras3::layer_dense(1)
  keras3::compile(model, keras3::optimizer_sgd(learning_rate = stairs), loss = "mse")
  x <- matrix(1, 40)
  monitor <- callback_learning_rate_monitor()
  log <- withr::local_tempfile()
  fit <- function(...) keras3::fit(model, x, x, batch_size = 4, verbose = 0, ...)
  history <- fit(epochs = 5, callbacks = list(monitor, keras3::callback_csv_logger(log)))
  expect_equal(history$metrics$learning_rate, c(1, 1, 1, 1, 0.5))
  expect_equal(read.csv(log)$learning_rate, c(1, 1, 1, 1, 0.5))
  fit(epochs = 6, initial_epoch = 6, callbacks = monitor)
  record <- as.data.frame(monitor)
  expect_equal(record$learning_rate, stairs(0:59))
  expect_equal(record$fit_epoch, rep(c(1:5, 6), each = 10))
  expect_equal(record$epoch, 0:59 / 10)
})

test_that("an interrupt keeps the steps of the epoch that was begun", {
  skip_if_quick()
  skip_if_no_keras()
  reticulate::py_run_string(
    "
import keras
class LrschedulesTestInterrupt(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        if batch == 20:
            raise KeyboardInterrupt
"
  )
  monitor <- callback_learning_rate_monitor()
  model <- one_hot_model(stairs, 60L)
  interrupt <- reticulate::py_eval("LrschedulesTestInterrupt()", convert = FALSE)
  tryCatch(
    train_steps(model, 0, 59, list(monitor, interrupt)),
    error = function(cnd) NULL,
    interrupt = function(cnd) NULL
  )
  expect_equal(as.data.frame(monitor)$step, 0:20)
})

test_that("a saved monitor prints and draws in a session without Python, and is no callback", {
  skip_if_quick()
  skip_if_no_keras()
  monitor <- callback_learning_rate_monitor()
  train_steps(one_hot_model(stairs, 60L), 0, 59, list(monitor))
  file <- withr::local_tempfile(fileext = ".rds")
  # The record is there without a look at it.
  saveRDS(monitor, file)
  output <- run_r(
    "library(lrschedules)
    monitor <- readRDS(commandArgs(TRUE))
    print(monitor)
    stopifnot(nrow(as.data.frame(monitor)) == 60)
    pdf(NULL)
    plot(monitor)
    lines(monitor)
    print(ggplot2::autoplot(monitor))
    stopifnot(!reticulate::py_available())
    message <- tryCatch(reticulate::r_to_py(monitor), error = conditionMessage)
    cat(grepl('only its record is', message))",
    file
  )
  expect_identical(tail(output, 1), "TRUE")
  expect_identical(output[[1]], "<learning_rate_monitor> 60 training steps, 0 to 59")
})

recorded <- function(step, learning_rate, size = NULL) {
  lrschedules:::new_record(step, learning_rate, rep(1, length(step)), size)
}

test_that("a monitor prints what it recorded", {
  skip_if_no_keras()
  local_plain_messages()
  monitor <- callback_learning_rate_monitor()
  expect_snapshot({
    monitor
    cat(lrschedules:::format_record(recorded(0:59, rep(c(1, 0.5), c(41, 19)))))
  })
  expect_snapshot(error = TRUE, {
    plot(monitor)
    as.data.frame(monitor, 1:3)
  })
})

test_that("of a long record the lowest and highest rates of each part are drawn", {
  rates <- rep(0.1, 1e5)
  rates[54321] <- 5
  rates[12345] <- 0.001
  record <- recorded(seq_along(rates) - 1, rates)
  shown <- lrschedules:::shown_rows(record)
  expect_lte(nrow(shown), 4000)
  expect_identical(range(shown$learning_rate), c(0.001, 5))
  expect_false(is.unsorted(shown$step, strictly = TRUE))
  expect_identical(range(shown$step), c(0, 99999))
})

test_that("a record is drawn over a plan, and begins a new line where the count was set back", {
  record <- recorded(c(0:79, 20:59), c(stairs(0:79), rep(0.8, 40)), 20)
  expect_picture("record", function() plot(record, main = "Recorded", las = 1))
  expect_picture("record over plan", function() {
    plot(stairs, steps = 0:119, steps_per_epoch = 20)
    lines(record, lwd = 2)
  })
  expect_picture("autoplot record", ggplot2::autoplot(record))
})
