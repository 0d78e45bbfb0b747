x <- matrix(sin(seq_len(300)), 100)
y <- x[, 1] - 2 * x[, 2]
schedule <- learning_rate_schedule_cosine_decay(0.05, 200)

new_model <- function(rate = schedule, inputs = 1) {
  keras3::set_random_seed(1)
  shapes <- lapply(seq_len(inputs), function(i) keras3::keras_input(3))
  joined <- if (inputs > 1) keras3::layer_concatenate(shapes) else shapes[[1]]
  output <- joined |>
    keras3::layer_dense(8, activation = "relu") |>
    keras3::layer_batch_normalization() |>
    keras3::layer_dropout(0.2) |>
    keras3::layer_dense(1)
  model <- keras3::keras_model(if (inputs > 1) shapes else shapes[[1]], output)
  keras3::compile(model, keras3::optimizer_adam(learning_rate = rate), "mse", metrics = "mae")
  model
}

# Everything that a training changes.
trained <- function(model) {
  history <- keras3::fit(model, x, y, epochs = 2, batch_size = 10, verbose = 0)
  list(history$metrics, keras3::get_weights(model), optimizer_step(model))
}

test_that("a rate is found, and training continues as if there had been no test", {
  skip_if_quick()
  skip_if_not_installed("keras3")
  skip_if_no_keras()
  for (rate in list(0.05, schedule)) {
    model <- new_model(rate)
    found <- find_learning_rate(model, x, y, batch_size = 10, confirm = 40)
    expect_s3_class(found, "range_test")
    expect_length(found$rates, length(found$losses))
    expect_equal(found$rates, 1e-7 * 1e8^((seq_along(found$rates) - 1) / 99))
    expect_named(found$suggestions, c("minimum", "edge", "valley", "slide", "steep"))
    expect_true(found$peak > 1e-4 && found$peak < 10 && found$constant > 0)
    expect_true(all(found$equal_peaks > 0))
    trainings <- found$trainings
    expect_setequal(trainings$schedule, c("one_cycle", "constant"))
    expect_setequal(trainings$steps, c(10, 40))
    expect_lte(sum(trainings$steps_taken), 11 * 40)
    # A loss can also diverge at the last step.
    stopped <- trainings$steps_taken < trainings$steps
    expect_identical(trainings$final_loss[stopped], rep(Inf, sum(stopped)))
    expect_identical(trained(model), trained(new_model(rate)))
  }
  expect_identical(optimizer_schedule(model), schedule)
  # The peak can be passed directly to a schedule.
  one_cycle <- learning_rate_schedule_one_cycle(found$peak, 200)
  expect_equal(max(one_cycle(0:200)), found$peak)
})

test_that("data are taken as fit() takes them", {
  skip_if_quick()
  skip_if_not_installed("keras3")
  skip_if_no_keras()
  find <- function(..., confirm = 0) {
    find_learning_rate(..., steps = 20, end = 0.1, confirm = confirm)
  }
  model <- new_model()
  taken <- 0
  batches <- function() {
    taken <<- taken + 1
    if (taken <= 12) list(x[1:10, ], y[1:10])
  }
  found <- find(model, batches, confirm = 20)
  expect_length(found$losses, 12)
  expect_identical(found$ended, "data")
  expect_identical(found$peak, NA_real_)
  expect_match(found$reasons$peak, "the generator ended during the sweep")
  expect_identical(nrow(found$trainings), 0L)
  endless <- function() list(x[1:10, ], y[1:10])
  expect_gt(nrow(find(model, endless, confirm = 20)$trainings), 5)
  mae <- find(model, x, y, batch_size = 100, monitor = "mae")
  # The loss is the square of the error.
  expect_true(all(mae$losses^2 < find(model, x, y, batch_size = 100)$losses))

  reticulate::py_run_string(
    "
import keras
class LrschedulesTestBatches(keras.utils.PyDataset):
    def __init__(self, x, y):
        super().__init__()
        self.x, self.y = x, y
    def __len__(self):
        return 4
    def __getitem__(self, index):
        return self.x[:10], self.y[:10]
"
  )
  array <- function(x) reticulate::np_array(x, "float32")
  dataset <- reticulate::py$LrschedulesTestBatches(array(x), array(y))
  expect_length(find(model, dataset)$losses, 20)
  if (keras3::config_backend() == "tensorflow") {
    tf <- reticulate::import("tensorflow", convert = FALSE)
    dataset <- tf$data$Dataset$from_tensor_slices(reticulate::tuple(array(x), array(y)))
    expect_length(find(model, dataset$batch(10L))$losses, 20)
  }

  both <- find(new_model(inputs = 2), list(x, x), y, batch_size = 10)
  expect_length(both$losses, 20)
  expect_length(find(new_model(inputs = 2), function() list(list(x, x), y))$losses, 20)

  # The class weights are used: with weights of 0 the loss is 0.
  classes <- factor(ifelse(y > 0, "b", "a"))
  weighted <- find(model, x, classes, class_weight = list("0" = 0, "1" = 0))
  expect_identical(unique(weighted$losses), 0)
  weighted <- find(model, x, y, sample_weight = rep(0, 100))
  expect_identical(unique(weighted$losses), 0)
  expect_gt(min(find(model, x, classes, class_weight = c("0" = 1, "1" = 2))$losses), 0)
})

test_that("an error in a batch comes through, and leaves nothing", {
  skip_if_quick()
  skip_if_not_installed("keras3")
  skip_if_no_keras()
  local_plain_messages()
  model <- new_model()
  taken <- 0
  batches <- function() {
    taken <<- taken + 1
    if (taken > 7) {
      stop("the file ends here")
    }
    list(x[1:10, ], y[1:10])
  }
  expect_snapshot(error = TRUE, find_learning_rate(model, batches))
  expect_error(find_learning_rate(model, x[, 1:2], y), "Python raised an error")
  expect_identical(trained(model), trained(new_model()))
})

test_that("Ctrl-C ends it, and leaves nothing", {
  skip_if_quick()
  skip_if_not_installed("keras3")
  skip_if_not_installed("callr")
  skip_on_os("windows")
  skip_if_no_keras()
  started <- withr::local_tempfile()
  ended <- withr::local_tempfile()
  program <- function(x, y, started, ended) {
    library(lrschedules)
    training <- function(disturb) {
      keras3::set_random_seed(1)
      model <- keras3::keras_model_sequential(input_shape = 3) |>
        keras3::layer_dropout(0.2) |>
        keras3::layer_dense(1)
      schedule <- learning_rate_schedule_cosine_decay(0.05, 200)
      keras3::compile(model, keras3::optimizer_adam(schedule), "mse")
      how <- if (disturb) {
        tryCatch(
          {
            find_learning_rate(model, x, y, steps = 200, confirm = 0)
            writeLines("", started)
            find_learning_rate(model, x, y, steps = 1e6, end = 1e-6)
            "to the end"
          },
          interrupt = function(cnd) {
            writeLines("", ended)
            "interrupted"
          }
        )
      }
      keras3::fit(model, x, y, verbose = 0)
      list(how, keras3::get_weights(model), optimizer_step(model))
    }
    list(training(TRUE), training(FALSE))
  }
  process <- callr::r_bg(program, list(x, y, started, ended), libpath = .libPaths())
  withr::defer(process$kill())
  wait_for <- function(file, seconds) {
    deadline <- Sys.time() + seconds
    while (process$is_alive() && !file.exists(file) && Sys.time() < deadline) {
      Sys.sleep(0.1)
    }
  }
  wait_for(started, STANDSTILL)
  Sys.sleep(1)
  # Keras loses an interrupt that comes while it converts the loss of a batch: try again, as users do.
  for (attempt in 1:5) {
    process$interrupt()
    wait_for(ended, 20)
    if (file.exists(ended)) {
      break
    }
  }
  process$wait(1000 * STANDSTILL)
  results <- process$get_result()
  expect_identical(results[[1]][[1]], "interrupted")
  expect_identical(results[[1]][-1], results[[2]][-1])
})

# A range test saved by a version without short trainings.
without_trainings <- structure(
  list(
    rates = 1e-5 * 10^(0:59 / 10),
    losses = c(2 + sin(0:9) / 20, 2 - plogis(seq(-5, 3, length.out = 40)) * 1.5, 0.6 * 1.6^(0:9)),
    smoothed_losses = c(rep(2, 10), seq(2, 1, length.out = 44), 1.1, 1.4, 2, 3, 4, 9),
    suggestions = list(steep = 0.02, minimum = 0.1, edge = 0.25, valley = 0.003, slide = NA_real_),
    reasons = list(
      slide = "it needs 16 rates besides the first tenth and the last five, and there are 9"
    ),
    ended = "diverged",
    steps = 70
  ),
  class = "range_test"
)

# A range test as find_learning_rate() returns it now.
found <- without_trainings
found$peak <- 0.2
found$constant <- 0.05
found$equal_peaks <- 0.2
found$trainings <- data.frame(
  schedule = rep(c("one_cycle", "constant"), c(8, 3)),
  rate = c(0.05, 0.1, 0.2, 0.4, 0.8, 0.1, 0.2, 0.4, 0.025, 0.05, 0.1),
  steps = rep(c(25, 100), c(5, 6)),
  steps_taken = c(25, 25, 25, 25, 3, rep(100, 6)),
  final_loss = c(1.4, 1.2, 1.1, 1.3, Inf, 0.6, 0.5, 0.7, 0.72, 0.61, 0.9)
)
found$confirm <- 100
found$monitor <- "loss"

test_that("it prints the rates, or why there is none, without Python", {
  local_plain_messages()
  expect_snapshot(found)
  found$equal_peaks <- c(0.1, 0.2, 0.4)
  expect_snapshot(found)
  found$ended <- "data"
  found$peak <- NA_real_
  found$constant <- NA_real_
  found$equal_peaks <- double()
  found$trainings <- found$trainings[0, ]
  why <- "no short trainings were asked for (`confirm` is 0)"
  found$reasons <- list(peak = why, constant = why, steep = "the loss falls nowhere")
  found$suggestions$steep <- NA_real_
  expect_snapshot(found)
})

test_that("a range test saved without short trainings prints and is drawn", {
  local_plain_messages()
  expect_snapshot(without_trainings)
  grDevices::pdf(NULL)
  withr::defer(grDevices::dev.off())
  expect_identical(plot(without_trainings), as.data.frame(without_trainings))
  skip_if_not_installed("ggplot2")
  expect_error(print(ggplot2::autoplot(without_trainings)), NA)
})

test_that("it is plain data, and a data frame", {
  file <- withr::local_tempfile()
  saveRDS(found, file)
  expect_identical(readRDS(file), found)
  table <- as.data.frame(found)
  expect_named(table, c("learning_rate", "loss", "smoothed_loss"))
  expect_identical(table$loss, found$losses)

  skip_if_quick()
  file <- shQuote(file, "cmd")
  output <- run_r(paste0(
    "library(lrschedules); found <- readRDS(",
    file,
    "); print(found); ",
    "grDevices::pdf(NULL); plot(found); cat(reticulate::py_available())"
  ))
  expect_identical(output[[length(output)]], "FALSE")
})

test_that("its pictures show the losses, the short trainings and the rates", {
  skip_if_not_installed("vdiffr")
  vdiffr::expect_doppelganger("range test", function() plot(found, main = "A range test"))
  vdiffr::expect_doppelganger("autoplot range test", ggplot2::autoplot(found))
  found$trainings <- NULL
  vdiffr::expect_doppelganger("sweep alone", function() plot(found))
})

test_that("no mark crosses the label of a different mark", {
  skip_if_not_installed("testthat", "3.1.7") # local_mocked_bindings()
  grDevices::pdf(NULL, width = 7, height = 4)
  withr::defer(grDevices::dev.off())
  for (rates in list(c(0.2, 0.05), c(0.06, 0.05), c(2e-5, 4e-5), c(2, 1e-4), c(0.25, 0.25))) {
    found$peak <- rates[[1]]
    found$constant <- rates[[2]]
    drawn <- list(marks = list(), labels = list())
    testthat::local_mocked_bindings(
      draw_mark = function(mark, to) {
        x <- graphics::grconvertX(mark$rate, "user", "inches")
        drawn$marks <<- c(drawn$marks, list(c(x, graphics::grconvertY(to, "user", "inches"))))
      },
      draw_label = function(mark, at, to_left) {
        width <- graphics::strwidth(mark$label, units = "inches", cex = 0.8)
        gap <- 0.3 * graphics::par("cin")[[1]]
        x <- graphics::grconvertX(mark$rate, "user", "inches")
        left <- if (to_left) x - gap - width else x + gap
        y <- graphics::grconvertY(at, "user", "inches")
        half <- graphics::strheight(mark$label, units = "inches", cex = 0.8) / 2
        drawn$labels <<- c(drawn$labels, list(c(left, left + width, y - half, y + half)))
      },
      draw_trainings = function(...) NULL,
      .package = "lrschedules"
    )
    plot(found)
    expect_length(drawn$labels, 3)
    for (label in drawn$labels) {
      crossed <- vapply(
        drawn$marks,
        function(mark) mark[[1]] > label[[1]] && mark[[1]] < label[[2]] && mark[[2]] > label[[3]],
        NA
      )
      expect_false(any(crossed))
    }
    heights <- sort(vapply(drawn$labels, function(label) label[[3]], 0))
    tops <- sort(vapply(drawn$labels, function(label) label[[4]], 0))
    expect_true(all(heights[-1] > tops[-3]))
    # The losses stay below the lowest label.
    expect_gt(heights[[1]], graphics::grconvertY(losses_shown(found)[[2]], "user", "inches"))
  }
})

test_that("the line of the picture does not lag behind the losses", {
  falls <- without_trainings
  falls$losses <- 2 / (1 + exp((seq_len(60) - 30) / 3)) + 0.04
  trend <- trend_of(falls)
  expect_lt(max(abs(trend$loss - falls$losses)), 0.1)
  expect_lt(trend$loss[[50]], 0.1)
  # The last losses rise out of the picture without changing the line before them.
  falls$losses[58:60] <- c(5, 50, 1e6)
  expect_lt(max(abs(trend_of(falls)$loss[1:50] - falls$losses[1:50])), 0.1)
})

test_that("a range test without finite losses is drawn", {
  found$losses[] <- NaN
  found$smoothed_losses[] <- NaN
  found$suggestions[] <- NA_real_
  found$peak <- NA_real_
  found$constant <- NA_real_
  found$trainings$final_loss <- Inf
  grDevices::pdf(NULL)
  withr::defer(grDevices::dev.off())
  expect_identical(plot(found), as.data.frame(found))
  skip_if_not_installed("ggplot2")
  expect_error(suppressWarnings(print(ggplot2::autoplot(found))), NA)
})

test_that("the columns of a data frame are inputs if the model has inputs of these names", {
  skip_if_quick()
  # Without it reticulate is older, and takes no arrays to NumPy 2.
  skip_if_not_installed("keras3")
  skip_if_no_keras()
  keras <- reticulate::import("keras", convert = FALSE)
  inputs <- lapply(c("a", "b"), function(name) keras$Input(reticulate::tuple(1L), name = name))
  dense <- function(x) reticulate::py_call(keras$layers$Dense(1L), x)
  model <- keras$Model(inputs, dense(keras$layers$concatenate(inputs)))
  model$compile("sgd", "mse")
  data <- data.frame(a = x[, 1], b = x[, 2])
  found <- find_learning_rate(model, data, y, steps = 10, batch_size = 10)
  expect_length(found$rates, 10)
  one <- reticulate::import("keras")$Model(inputs[[1]], dense(inputs[[1]]))
  one$compile("sgd", "mse")
  expect_error(find_learning_rate(one, data["a"], y), "`x` must be an array or a matrix")
  unbuilt <- keras$Sequential(list(keras$layers$Dense(1L)))
  unbuilt$compile("sgd", "mse")
  expect_error(find_learning_rate(unbuilt, data, y), "`x` must be an array or a matrix")
})

test_that("bad input is an error that names it", {
  skip_if_quick()
  local_plain_messages()
  expect_snapshot(error = TRUE, find_learning_rate(1, x))
  expect_snapshot(error = TRUE, find_learning_rate())
  skip_if_no_keras()
  keras <- reticulate::import("keras", convert = FALSE)
  model <- keras$Sequential(list(keras$Input(reticulate::tuple(1L)), keras$layers$Dense(1L)))
  expect_snapshot(error = TRUE, find_learning_rate(model, x))
  model$compile("sgd", "mse")
  expect_snapshot(error = TRUE, {
    find_learning_rate(model)
    find_learning_rate(model, x, start = 1, end = 0.1)
    find_learning_rate(model, function() NULL, batch_size = 8)
    find_learning_rate(model, x, class_weight = list(a = 1))
    find_learning_rate(model, as.data.frame(x), y)
    find_learning_rate(model, x, data.frame(y = y))
  })
  expect_error(find_learning_rate(model, x, y, stpes = 10), class = "rlib_error_dots_nonempty")
  good <- list(model = model, x = x)
  numbers <- list(NA, -1, 0, Inf, NaN, "1", c(1, 2), NULL)
  expect_bad_input(find_learning_rate, good, "start", numbers)
  expect_bad_input(find_learning_rate, good, "end", numbers)
  expect_bad_input(find_learning_rate, good, "steps", c(numbers, 9, 10.5, 2e6))
  expect_bad_input(find_learning_rate, good, "confirm", c(numbers[-3], 19, 20.5, 2e6))
  expect_bad_input(find_learning_rate, good, "monitor", list(NA, 1, c("a", "b"), NULL))
  expect_bad_input(find_learning_rate, good, "batch_size", c(numbers, 1.5))
  expect_bad_input(find_learning_rate, good, "verbose", list(NA, "no", 1, NULL))
  expect_bad_input(find_learning_rate, good, "optimizer", list(NA, 1, "", c("a", "b"), list()))
  error <- conditionMessage(error_of(find_learning_rate(
    model,
    reticulate::tuple(),
    optimizer = "tail"
  )))
  expect_match(error, "^`optimizer` must be the name of one of the model's optimizers: 'optimizer'")
  weights <- list(1, list(), "a", list("0" = "a"), list("-1" = 1), list("0.5" = 1), list("0" = -1))
  expect_bad_input(find_learning_rate, good, "class_weight", weights)
})
