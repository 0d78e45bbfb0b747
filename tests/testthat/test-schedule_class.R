test_that("a class of R functions saves and loads again", {
  skip_if_quick()
  skip_if_no_keras()
  skip_if_not_installed("keras3")
  define <- '
    InverseLinear <- lrschedules::LearningRateSchedule(
      "InverseLinear",
      initialize = function(rate) self$rate <- rate,
      call = function(step) self$rate / (1 + keras3::op_cast(step, "float32")),
      get_config = function() list(rate = self$rate)
    )
  '
  eval(parse(text = define))
  schedule <- as_learning_rate_schedule(InverseLinear(rate = 0.5))
  expect_identical(schedule(c(0, 1, 3)), c(0.5, 0.25, 0.125))
  held <- schedule_hold(InverseLinear(rate = 0.5), 3)
  expect_identical(held(c(0, 1, 3, 10)), c(0.5, 0.25, 0.125, 0.125))

  folder <- withr::local_tempdir()
  saveRDS(held, file.path(folder, "held.rds"))
  keras <- reticulate::import("keras")
  model <- keras$Sequential(list(keras$Input(list(1L)), keras$layers$Dense(1L)))
  model$compile(optimizer = keras$optimizers$SGD(held), loss = "mse")
  model$save(file.path(folder, "model.keras"))
  program <- paste(
    define,
    '
    folder <- commandArgs(TRUE)
    held <- readRDS(file.path(folder, "held.rds"))
    cat("rates", held(c(0, 1, 3, 10)), "\n")
    model <- keras3::load_model(file.path(folder, "model.keras"))
    cat("same", identical(reticulate::py_get_attr(model$optimizer, "_learning_rate") |> reticulate::py_to_r(), held), "\n")
  '
  )
  output <- run_r(program, folder)
  expect_true(all(c("rates 0.5 0.25 0.125 0.125 ", "same TRUE ") %in% output))
})

test_that("a class without keras3 is an error", {
  skip_if(requireNamespace("keras3", quietly = TRUE), "keras3 is installed")
  expect_error(LearningRateSchedule("A"), "keras3", class = "rlib_error_package_not_found")
})

test_that("a class without a name is an error of this package", {
  skip_if_not_installed("keras3")
  expect_error(
    LearningRateSchedule(),
    "`classname` is absent but must be supplied.",
    fixed = TRUE,
    class = "rlang_error"
  )
})

test_that("a class that is defined again is used as it is now", {
  skip_if_not_installed("keras3")
  skip_if_no_keras()
  define <- function(call) {
    LearningRateSchedule(
      "LRSchedulesTestRedefined",
      initialize = function(rate) self$rate <- rate,
      call = call,
      get_config = function() list(rate = self$rate)
    )
  }
  first <- as_learning_rate_schedule(define(function(step) self$rate * 1)(0.5))
  expect_identical(first(0), 0.5)
  expect_identical(schedule_scale(first, 3)(0), 1.5)
  second <- as_learning_rate_schedule(define(function(step) self$rate * 2)(0.5))
  expect_identical(second(c(0, 1)), c(1, 1))
  expect_identical(schedule_scale(second, 3)(0), 3)

  failing <- as_learning_rate_schedule(define(function(step) stop("no rate here"))(0.5))
  error <- error_of(failing(3))
  expect_identical(error$call, quote(failing(3)))
  expect_match(conditionMessage(error$parent), "no rate here")
})

test_that("keras3 exports the function that defines a class", {
  skip_if_not_installed("keras3")
  called <- all.names(body(LearningRateSchedule))
  expect_true("new_learning_rate_schedule_class" %in% called)
  expect_false("asNamespace" %in% called)
  expect_true("new_learning_rate_schedule_class" %in% getNamespaceExports("keras3"))
})
