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

# All that a training leaves.
trained <- function(model) {
  history <- keras3::fit(model, x, y, epochs = 2, batch_size = 10, verbose = 0)
  list(history$metrics, keras3::get_weights(model), optimizer_step(model))
}

test_that("a rate is found, and training goes on as if it had not been looked for", {
  skip_if_quick()
  skip_if_not_installed("keras3")
  skip_if_no_keras()
  for (rate in list(0.05, schedule)) {
    model <- new_model(rate)
    found <- find_learning_rate(model, x, y, batch_size = 10)
    expect_s3_class(found, "range_test")
    expect_length(found$rates, length(found$losses))
    expect_equal(found$rates, 1e-7 * 1e8^((seq_along(found$rates) - 1) / 99))
    expect_named(found$suggestions, c("steep", "minimum", "edge", "valley", "slide"))
    expect_true(all(unlist(found$suggestions) > 0))
    expect_identical(trained(model), trained(new_model(rate)))
  }
  expect_identical(optimizer_schedule(model), schedule)
  # One line makes a schedule of it.
  peak <- found$suggestions$edge
  one_cycle <- learning_rate_schedule_one_cycle(peak, 200)
  expect_equal(max(one_cycle(0:200)), peak)
})

test_that("data are taken as fit() takes them", {
  skip_if_quick()
  skip_if_not_installed("keras3")
  skip_if_no_keras()
  find <- function(...) find_learning_rate(..., steps = 20, end = 0.1)
  model <- new_model()
  taken <- 0
  batches <- function() {
    taken <<- taken + 1
    if (taken <= 12) list(x[1:10, ], y[1:10])
  }
  found <- find(model, batches)
  expect_length(found$losses, 12)
  expect_identical(found$ended, "data")

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

  # The weights count: of a class that has none, nothing is lost.
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
  expect_error(find_learning_rate(model, x[, 1:2], y), "An error was raised in Python")
  expect_identical(trained(model), trained(new_model()))
})

test_that("Ctrl-C ends it, and leaves nothing", {
  skip_if_quick()
  skip_if_not_installed("keras3")
  skip_if_not_installed("callr")
  skip_on_os("windows")
  skip_if_no_keras()
  started <- withr::local_tempfile()
  program <- function(x, y, started) {
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
            find_learning_rate(model, x, y, steps = 200)
            writeLines("", started)
            find_learning_rate(model, x, y, steps = 1e6, end = 1e-6)
            "to the end"
          },
          interrupt = function(cnd) "interrupted"
        )
      }
      keras3::fit(model, x, y, verbose = 0)
      list(how, keras3::get_weights(model), optimizer_step(model))
    }
    list(training(TRUE), training(FALSE))
  }
  process <- callr::r_bg(program, list(x, y, started), libpath = .libPaths())
  withr::defer(process$kill())
  while (process$is_alive() && !file.exists(started)) {
    Sys.sleep(0.1)
  }
  Sys.sleep(1)
  process$interrupt()
  process$wait(120000)
  results <- process$get_result()
  expect_identical(results[[1]][[1]], "interrupted")
  expect_identical(results[[1]][-1], results[[2]][-1])
})

# As find_learning_rate() gives it.
found <- structure(
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

test_that("it prints what was found and why not, without Python", {
  local_plain_messages()
  expect_snapshot(found)
  found$ended <- "data"
  found$reasons <- list(steep = "the loss falls nowhere", slide = "nothing either")
  found$suggestions$steep <- NA_real_
  expect_snapshot(found)
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

test_that("its pictures show the losses and all suggestions", {
  skip_if_not_installed("vdiffr")
  vdiffr::expect_doppelganger("range test", function() plot(found, main = "A range test"))
  vdiffr::expect_doppelganger("autoplot range test", ggplot2::autoplot(found))
})

test_that("a picture of no numbers is drawn too", {
  found$losses[] <- NaN
  found$smoothed_losses[] <- NaN
  found$suggestions[] <- NA_real_
  grDevices::pdf(NULL)
  withr::defer(grDevices::dev.off())
  expect_identical(plot(found), as.data.frame(found))
  expect_error(suppressWarnings(print(ggplot2::autoplot(found))), NA)
})

test_that("the columns of a data frame are inputs of these names, where a model has them", {
  skip_if_quick()
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
