test_that("the steps are counted as the formula says", {
  plan <- training_plan(samples = 1000, batch_size = 32, epochs = 40)
  expect_identical(plan$steps_per_epoch, 32)
  expect_identical(plan$steps, 1280)
  expect_identical(epochs(25, plan), 800)
  expect_identical(epochs(0.5, plan), 16)
  expect_identical(fraction(0.1, plan), 128)
  expect_identical(training_plan(1000, drop_remainder = TRUE)$steps_per_epoch, 31)
  expect_identical(training_plan(1000, validation_split = 0.2)$steps_per_epoch, 25)
  expect_identical(training_plan(steps_per_epoch = 7, epochs = 3)$steps, 21)
  expect_identical(training_plan(x = matrix(0, 65, 2))$steps_per_epoch, 3)
  expect_identical(
    training_plan(x = list(matrix(0, 65, 2), array(0, c(65, 2, 2))))$steps_per_epoch,
    3
  )
  expect_identical(training_plan(x = data.frame(a = 1:64))$steps_per_epoch, 2)
  accumulated <- training_plan(1000, epochs = 2, gradient_accumulation_steps = 3)
  expect_identical(c(accumulated$steps, accumulated$updates), c(64, 21))
})

test_that("fit() runs the steps of the plan", {
  skip_if_quick()
  skip_if_no_keras()
  reticulate::py_run_string(
    "
import functools, keras, numpy as np
@functools.cache
def lrschedules_test_model(accumulation):
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(loss='mse', optimizer=keras.optimizers.SGD(
        0.0, gradient_accumulation_steps=accumulation if accumulation > 1 else None))
    return model
def lrschedules_test_steps(samples, batch_size, epochs, validation_split, accumulation):
    model = lrschedules_test_model(accumulation)
    # A schedule gets `_iterations`; with accumulation, `iterations` counts updates instead.
    before = float(model.optimizer._iterations.value)
    model.fit(np.ones((samples, 1)), np.ones((samples, 1)), batch_size=batch_size, epochs=epochs,
              validation_split=validation_split, verbose=0)
    return float(model.optimizer._iterations.value) - before
"
  )
  for (samples in c(31, 32, 33, 100)) {
    for (split in c(0, 0.1, 0.25, 1 / 3)) {
      ran <- reticulate::py$lrschedules_test_steps(as.integer(samples), 8L, 2L, split, 1L)
      expect_identical(training_plan(samples, 8, 2, validation_split = split)$steps, ran)
    }
  }
  ran <- reticulate::py$lrschedules_test_steps(100L, 8L, 2L, 0, 3L)
  expect_identical(training_plan(100, 8, 2, gradient_accumulation_steps = 3)$steps, ran)
})

test_that("a drop after 25 epochs is a drop after 25 epochs", {
  skip_if_no_keras()
  plan <- training_plan(1000, 32, 40)
  early <- learning_rate_schedule_exponential_decay(0.1, 25, 0.5, staircase = TRUE)
  right <- learning_rate_schedule_exponential_decay(0.1, epochs(25, plan), 0.5, staircase = TRUE)
  expect_identical(early(c(24, 25)), c(0.1, 0.05))
  expect_identical(right(epochs(25, plan) - 1:0), c(0.1, 0.05))
})

test_that("plans print", {
  expect_snapshot({
    training_plan(1000, 32, 40)
    training_plan(1000, 32, 40, gradient_accumulation_steps = 3)
    training_plan(1, 32, 1)
    training_plan(1, 32, 2, gradient_accumulation_steps = 2)
  })
})

test_that("bad input is an error that names it", {
  skip_if_quick()
  local_plain_messages()
  plan <- training_plan(1000)
  few <- list(NULL, NA, -1, Inf, "1", c(1, 2))
  counts <- c("batch_size", "epochs", "gradient_accumulation_steps")
  for (argument in counts) {
    expect_bad_input(training_plan, list(samples = 10), argument, c(few, 0, 1.5))
  }
  expect_bad_input(training_plan, list(samples = 10), "drop_remainder", few)
  expect_bad_input(training_plan, list(samples = 10), "validation_split", c(few, 1))
  expect_bad_input(epochs, list(plan = plan), "n", without(few, c(1, 2)))
  expect_bad_input(fraction, list(plan = plan), "fraction", c(few, 1.1))
  expect_snapshot(error = TRUE, {
    training_plan()
    training_plan(1000, steps_per_epoch = 3)
    training_plan(-1)
    training_plan(1000, 32, validation_split = 1)
    training_plan(10, 32, drop_remainder = TRUE)
    training_plan(x = matrix(0, 10), drop_remainder = TRUE)
    training_plan(40, 32, validation_split = 0.5, drop_remainder = TRUE)
    training_plan(10, 32, validation_split = 0.95)
    training_plan(x = matrix(0, 10), validation_split = 0.95)
    training_plan(steps_per_epoch = 3, drop_remainder = TRUE)
    training_plan(x = list(matrix(0, 2), matrix(0, 3)))
    training_plan(x = list(matrix(0, 2), matrix(0, 1280)))
    epochs(25)
    epochs(25, 32)
    fraction(2, plan)
  })
})

test_that("epochs() and fraction() take vectors, and nothing beyond the plan", {
  plan <- training_plan(steps_per_epoch = 10, epochs = 40)
  expect_identical(epochs(c(10, 20), plan), c(100, 200))
  expect_identical(fraction(c(0.1, 0.5), plan), c(40, 200))
  expect_identical(epochs(50, training_plan(steps_per_epoch = 10)), 500)
  schedule <- learning_rate_schedule_constant(0.1)
  local_plain_messages()
  expect_snapshot(error = TRUE, {
    epochs(50, plan)
    epochs(c(1, 41), plan)
    schedule |> epochs(10)
    schedule |> fraction(plan)
    training_plan(steps_per_epoch = 10, batch_size = 64)
  })
})

test_that("an epoch may have one update, or a part of one", {
  told <- function(steps, k) {
    format(training_plan(steps_per_epoch = steps, gradient_accumulation_steps = k))
  }
  expect_identical(told(4, 4), "4 steps (1 update) per epoch, open-ended")
  expect_identical(told(3, 4), "3 steps (0.75 updates) per epoch, open-ended")
})

test_that("a plan that is updated with an array of NumPy keeps its batch size and its split", {
  skip_if_no_numpy()
  plan <- training_plan(1000, 64, 40, validation_split = 0.5)
  array <- reticulate::import("numpy", convert = FALSE)$zeros(list(640L, 1L))
  updated <- training_plan(640, 64, 40, validation_split = 0.5)
  expect_identical(update(plan, x = array), updated)
})

test_that("a plan is changed by update() alone", {
  plan <- training_plan(1000, 32, 40, validation_split = 0.2)
  expect_identical(update(plan, epochs = 50), training_plan(1000, 32, 50, validation_split = 0.2))
  expect_identical(update(plan, batch_size = 64)$steps_per_epoch, 13)
  expect_identical(
    update(plan, steps_per_epoch = 7),
    training_plan(steps_per_epoch = 7, epochs = 40)
  )
  expect_identical(update(plan, x = matrix(0, 64, 1))$steps_per_epoch, 2)
  expect_identical(
    update(
      training_plan(steps_per_epoch = 7, epochs = 3),
      samples = 64,
      gradient_accumulation_steps = 2
    ),
    training_plan(64, epochs = 3, gradient_accumulation_steps = 2)
  )
  expect_true(update(training_plan(100), batch_size = 10)$open)
  expect_identical(
    plan[c("samples", "batch_size", "validation_split")],
    list(
      samples = 1000,
      batch_size = 32,
      validation_split = 0.2
    )
  )
  local_plain_messages()
  expect_snapshot(error = TRUE, {
    plan$epochs <- 50
    plan[["epochs"]] <- 50
    plan["epochs"] <- 50
    update(plan, steps = 50)
    update(plan, 50)
    training_plan(steps = 640, epochs = 20)
  })
  # `steps` is not an argument of training_plan().
  expect_error(plan$steps <- 50, "update(plan, epochs = ...)", fixed = TRUE)
  expect_snapshot({
    plan
    training_plan(1000, drop_remainder = TRUE)
    training_plan(steps_per_epoch = 7)
    training_plan(steps_per_epoch = 7, gradient_accumulation_steps = 2)
  })
})

test_that("data that have no rows are not counted", {
  expect_identical(training_plan(x = array(0, c(64, 2, 2)))$samples, 64)
  expect_identical(training_plan(x = list(matrix(0, 64, 2), list(a = array(0, 64))))$samples, 64)
  local_plain_messages()
  expect_snapshot(error = TRUE, {
    training_plan(x = 1000)
    training_plan(x = "data")
    training_plan(x = 1:10)
    training_plan(x = function() NULL)
    training_plan(x = list())
    training_plan(x = list(matrix(0, 2), 3))
  })
})

test_that("Python's data are counted if their number is known", {
  skip_if_no_keras()
  reticulate::py_run_string(
    "
import keras, numpy as np
class lrschedules_test_data(keras.utils.PyDataset):
    def __len__(self): return 157
    def __getitem__(self, i): return np.zeros((32, 1)), np.zeros((32, 1))
lrschedules_test_iterator = iter([1, 2])
"
  )
  main <- reticulate::import_main(convert = FALSE)
  expect_identical(training_plan(x = main$lrschedules_test_data())$steps_per_epoch, 157)
  expect_identical(training_plan(x = main$np$zeros(64L))$samples, 64)
  expect_identical(training_plan(x = list(main$np$zeros(64L), matrix(0, 64)))$samples, 64)
  local_plain_messages()
  expect_snapshot(error = TRUE, {
    training_plan(x = main$lrschedules_test_data(), batch_size = 32)
    training_plan(x = main$lrschedules_test_iterator)
    training_plan(x = reticulate::r_to_py(list(1, 2)))
    training_plan(x = main$np$zeros(64L)[[0]])
  })
  model <- main$keras$Sequential()
  expect_error(training_plan(x = model), "Use `steps_per_epoch`")
  skip_if_not(reticulate::py_module_available("tensorflow"), "TensorFlow is not available")
  data <- reticulate::import("tensorflow", convert = FALSE)$data$Dataset
  expect_identical(training_plan(x = data$range(5000L)$batch(32L))$steps_per_epoch, 157)
  expect_error(training_plan(x = data$range(5L)$`repeat`()), "Use `steps_per_epoch`")
})

test_that("a plan without epochs has no end, for everything that looks for one", {
  local_plain_messages()
  open <- training_plan(steps_per_epoch = 10)
  schedule <- learning_rate_schedule_exponential_decay(0.1, 25, 0.5)
  expect_snapshot(error = TRUE, {
    fraction(0.1, open)
    schedule_check(schedule, open)
    schedule_explain(schedule, open)
    summary(schedule, plan = open)
    range(schedule, plan = open)
    open |> epochs(5)
    open |> fraction(0.1)
  })
  skip_if_no_numpy()
  # For pictures and tables the plan gives the epochs, like steps_per_epoch.
  expect_identical(
    as.data.frame(schedule, plan = open),
    as.data.frame(schedule, steps_per_epoch = 10)
  )
  expect_identical(
    summary(schedule, plan = open, steps = 0:4),
    summary(schedule, steps_per_epoch = 10, steps = 0:4)
  )
  drawn <- function(...) {
    file <- withr::local_tempfile(fileext = ".ps")
    grDevices::postscript(file)
    plot(schedule, ...)
    grDevices::dev.off()
    lines <- readLines(file)
    lines[!grepl("^%%", lines)]
  }
  expect_identical(drawn(plan = open), drawn(steps_per_epoch = 10))
})
