# Step i trains only weight i, with gradient 1, so that SGD leaves minus the rate of step i there.
# Python's keras is enough, so this also runs with Debian's packages.
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
  # The number of steps per epoch comes from the last `fit()`.
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

test_that("a saved monitor prints and draws in a session without Python, but can't be a callback", {
  skip_if_quick()
  skip_if_no_keras()
  monitor <- callback_learning_rate_monitor()
  train_steps(one_hot_model(stairs, 60L), 0, 59, list(monitor))
  file <- withr::local_tempfile(fileext = ".rds")
  # The record exists even if nobody reads it.
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
    cat(grepl('its record can be read', message))",
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

test_that("a record prints decimal points whatever OutDec is", {
  withr::local_options(OutDec = ",")
  expect_match(
    lrschedules:::format_record(recorded(0:1, c(0.5, 0.25))),
    "last    0.25 at",
    fixed = TRUE
  )
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
  skip_if_no_numpy()
  record <- recorded(c(0:79, 20:59), c(stairs(0:79), rep(0.8, 40)), 20)
  expect_picture("record", function() plot(record, main = "Recorded", las = 1))
  expect_picture("record over plan", function() {
    plot(stairs, steps = 0:119, steps_per_epoch = 20)
    lines(record, lwd = 2)
  })
  expect_picture("autoplot record", ggplot2::autoplot(record))
})

test_that("what the monitor doubts is an R warning, once, that a handler may catch", {
  skip_if_quick()
  skip_if_no_keras()
  keras <- reticulate::import("keras", convert = FALSE)
  skip_if(reticulate::py_to_r(keras$backend$backend()) == "torch", "PyTorch compiles nothing")
  model <- one_hot_model(stairs, 60L)
  train_steps(model, 0, 9, list())
  model$optimizer$learning_rate <- learning_rate_schedule_constant(0.5)
  for (first in c(10, 20)) {
    monitor <- callback_learning_rate_monitor()
    said <- character()
    withCallingHandlers(
      train_steps(model, first, first + 9, list(monitor)),
      warning = function(cnd) {
        said <<- c(said, conditionMessage(cnd))
        invokeRestart("muffleWarning")
      }
    )
    expect_length(said, 1)
    expect_match(
      said,
      "^The optimizer holds a different .* `set_optimizer_schedule\\(model, schedule\\)`"
    )
  }
  expect_silent(as.data.frame(monitor))
  # Python's state is restored, even if a handler leaves fit().
  fit <- function(first) train_steps(model, first, first + 9, list(monitor))
  expect_identical(tryCatch(fit(30), warning = function(cnd) "left"), "left")
  expect_identical(tryCatch(fit(40), warning = function(cnd) "left"), "left")
  expect_identical(as.data.frame(monitor)$step, 20:49 + 0)
})

# Trains two optimizers, the second for as many steps as `second` has.
record_of_two <- function(second) {
  table <- function(step, rate) data.frame(step, fit_epoch = 1, learning_rate = rate)
  steps <- seq_along(second) - 1
  lrschedules:::record_of(
    list(table(0:59 + 0, stairs(0:59)), table(steps, second)),
    c("d_optimizer", "g_optimizer"),
    20
  )
}

test_that("a record of several optimizers prints and draws each", {
  skip_if_no_numpy()
  local_plain_messages()
  same <- record_of_two(0.25 + 0:59 / 100)
  differing <- record_of_two(0.25 + 0:29 / 100)
  expect_identical(differing$step.g_optimizer, c(0:29, rep(NA, 30)) + 0)
  expect_identical(differing$learning_rate.g_optimizer, c(0.25 + 0:29 / 100, rep(NA, 30)))
  expect_snapshot({
    head(same, 2)
    head(differing, 2)
    cat(lrschedules:::format_record(differing))
  })
  expect_snapshot(plot(same, type = "l"), error = TRUE)
  expect_picture("record of two", function() plot(same, main = "Recorded"))
  expect_picture("record of two over plan", function() {
    plot(stairs, steps = 0:79, ylim = c(0, 1))
    lines(differing)
  })
  skip_if_not_installed("ggplot2")
  lines <- ggplot2::ggplot_build(ggplot2::autoplot(differing))$data[[1]]
  expect_identical(as.vector(table(lines$colour)), c(60L, 30L))
})

test_that("a record that an earlier version saved is printed and drawn as before", {
  saved <- structure(
    data.frame(step = c(0, 1), epoch = NA_real_, fit_epoch = 1, learning_rate = c(0.5, 0.25)),
    class = c("learning_rate_record", "data.frame")
  )
  expect_identical(
    lrschedules:::format_record(saved),
    lrschedules:::format_record(recorded(c(0, 1), c(0.5, 0.25)))
  )
  expect_identical(lrschedules:::shown_of(saved)[[1]]$learning_rate, c(0.5, 0.25))
})

test_that("of a long record the first rows and their number are printed", {
  skip_if_no_numpy()
  record <- recorded(0:99, stairs(0:99), 20)
  printed <- utils::capture.output(print(record))
  expect_length(printed, 12)
  expect_identical(printed[[12]], "... and 90 more rows")
  expect_length(utils::capture.output(print(record, n = 50)), 101)
  expect_length(utils::capture.output(record[1:20, ]), 21)
  expect_error(print(record, n = 0), "`n` must be")
})

test_that("a record without rates, or without steps, can't be drawn", {
  skip_if_not_installed("ggplot2")
  record <- recorded(0:3, rep(0.1, 4))
  for (kept in list(c("step", "epoch"), c("epoch", "learning_rate"), character())) {
    part <- record[kept]
    expect_error(plot(part), "the record has no column of rates, or none of steps", fixed = TRUE)
    expect_error(lines(part), "no column of rates", fixed = TRUE)
    expect_error(ggplot2::autoplot(part), "no column of rates", fixed = TRUE)
  }
})

test_that("a tibble of a monitor is its record", {
  skip_if_no_keras()
  monitor <- callback_learning_rate_monitor()
  table <- as.data.frame(monitor, stringsAsFactors = FALSE)
  expect_identical(table, as.data.frame(monitor))
  skip_if_not_installed("tibble")
  expect_identical(names(tibble::as_tibble(monitor)), names(table))
})

test_that("after compile() in mid-training one phase is drawn after the other, by batches", {
  skip_if_no_numpy()
  record <- recorded(c(0:79, 0:59), c(stairs(0:79), rep(0.8, 60)), 20)
  grDevices::pdf(NULL)
  withr::defer(grDevices::dev.off())
  grDevices::dev.control("enable")
  plot(record)
  calls <- lapply(grDevices::recordPlot()[[1]], function(call) as.list(call[[2]]))
  names(calls) <- vapply(calls, function(call) call[[1]]$name, "")
  x <- calls$C_plotXY[[2]]$x
  expect_identical(x[!is.na(x)], 0:139 + 0)
  expect_true("batches trained" %in% unlist(calls$C_title))
  # Each beginning is also found in a long record, of which only some rows are drawn.
  long <- recorded(c(0:9999, 0:9999), rep(c(0.1, 0.2), each = 10000))
  shown <- lrschedules:::shown_of(long)
  expect_identical(lrschedules:::begins_of(shown), 10000)
  skip_if_not_installed("ggplot2")
  drawn <- ggplot2::ggplot_build(ggplot2::autoplot(record))
  expect_identical(drawn$data[[1]]$x, 0:139 + 0)
  expect_equal(drawn$data[[2]]$xintercept, 80)
  expect_false("xintercept" %in% names(ggplot2::autoplot(recorded(0:9, stairs(0:9)))$data))
})
