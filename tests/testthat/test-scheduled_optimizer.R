rate <- learning_rate_schedule_one_cycle(0.1, total_steps = 20)
momentum <- momentum_schedule_one_cycle(rate, 0.5, 0.9)
decay <- learning_rate_schedule_cosine_decay(0.5, 20)
x <- matrix(c(-1, 0.5, 2, 1, -0.5, 0.25, 1.5, -2, 0.75, 1), 20, 1)
y <- matrix(c(1, -1, 0.5, 0.25, 2), 20, 1)

new_model <- function(optimizer) {
  model <- keras3::keras_model_sequential(input_shape = 1L)
  keras3::layer_dense(model, 1, use_bias = FALSE, kernel_initializer = "ones")
  keras3::compile(model, optimizer = optimizer, loss = "mse")
  model
}

fit_rows <- function(model, rows, ...) {
  keras3::fit(
    model,
    x[rows, , drop = FALSE],
    y[rows, , drop = FALSE],
    batch_size = 1,
    shuffle = FALSE,
    verbose = 0,
    ...
  )
  keras3::get_weights(model)[[1]][1, 1]
}

# The weight after 20 steps of w <- w - w * decay * rate + (velocity <- momentum * velocity - rate * g).
by_hand <- function(momentum, decay, nesterov = FALSE) {
  w <- 1
  velocity <- 0
  for (step in 0:19) {
    g <- 2 * x[step + 1] * (x[step + 1] * w - y[step + 1])
    lr <- rate(step)
    w <- w - w * decay(step) * lr
    velocity <- momentum(step) * velocity - lr * g
    w <- w + if (nesterov) momentum(step) * velocity - lr * g else velocity
  }
  w
}

test_that("momentum and weight decay follow their schedules", {
  skip_if_quick()
  skip_if_not_installed("keras3")
  skip_if_no_keras()
  for (nesterov in c(FALSE, TRUE)) {
    sgd <- optimizer_with_schedules(
      keras3::optimizer_sgd(learning_rate = rate, nesterov = nesterov),
      momentum = momentum,
      weight_decay = decay
    )
    expect_s3_class(sgd, "keras.src.optimizers.sgd.SGD")
    model <- new_model(sgd)
    expect_equal(fit_rows(model, 1:20), by_hand(momentum, decay, nesterov), tolerance = 1e-5)
    expect_identical(optimizer_step(model), 20)
    expect_identical(optimizer_schedule(model), rate)
  }
})

test_that("a model goes on in a new R process as it would have here", {
  skip_if_quick()
  skip_if_not_installed("keras3")
  skip_if_no_keras()
  file <- withr::local_tempfile(fileext = ".keras")
  model <- new_model(optimizer_with_schedules(
    keras3::optimizer_adam_w(learning_rate = rate),
    beta_1 = momentum,
    weight_decay = decay
  ))
  fit_rows(model, 1:10)
  keras3::save_model(model, file)
  here <- fit_rows(model, 11:20)
  data <- withr::local_tempfile(fileext = ".rds")
  saveRDS(list(x[11:20, , drop = FALSE], y[11:20, , drop = FALSE], momentum), data)
  program <- "
    library(lrschedules)
    arguments <- commandArgs(TRUE)
    data <- readRDS(arguments[[2]])
    model <- keras3::load_model(arguments[[1]])
    stopifnot(
      optimizer_step(model) == 10,
      identical(model$optimizer$schedules$beta_1, data[[3]])
    )
    keras3::fit(
      model, data[[1]], data[[2]], batch_size = 1, shuffle = FALSE, verbose = 0
    )
    cat('weight', sprintf('%.17g', keras3::get_weights(model)[[1]][1, 1]))
  "
  there <- grep("^weight", run_r(program, file, data), value = TRUE)
  expect_identical(there, paste("weight", sprintf("%.17g", here)))
})

test_that("schedules are R values in the optimizer, numbers constant ones, and add up", {
  skip_if_no_keras()
  optimizers <- reticulate::import("keras")$optimizers
  adam <- optimizer_with_schedules(optimizers$Adam(name = "mine"), beta_1 = momentum, beta_2 = 0.99)
  expect_identical(
    adam$schedules,
    list(beta_1 = momentum, beta_2 = learning_rate_schedule_constant(0.99))
  )
  more <- optimizer_with_schedules(adam, !!!list(weight_decay = decay))
  expect_identical(names(more$schedules), c("beta_1", "beta_2", "weight_decay"))
  expect_identical(more$name, "mine")
  scaled <- optimizer_with_schedules(
    optimizers$LossScaleOptimizer(optimizers$SGD(learning_rate = rate)),
    momentum = momentum
  )
  expect_identical(scaled$inner_optimizer$schedules, list(momentum = momentum))
})

test_that("the monitor and the functions of the learning rate take it", {
  skip_if_quick()
  skip_if_not_installed("keras3")
  skip_if_no_keras()
  model <- new_model(optimizer_with_schedules(
    keras3::optimizer_sgd(learning_rate = rate),
    momentum = 0.5
  ))
  monitor <- callback_learning_rate_monitor()
  fit_rows(model, 1:10, callbacks = list(monitor))
  scale_learning_rate(model, 0.5)
  fit_rows(model, 11:20, callbacks = list(monitor))
  expect_equal(as.data.frame(monitor)$learning_rate, c(rate(0:9), rate(10:19) / 2))
  expect_identical(optimizer_schedule(model), schedule_scale(rate, 0.5))
  set_optimizer_step(model, 5)
  expect_identical(optimizer_step(model), 5)
})

test_that("invalid optimizers and schedules are refused", {
  expect_bad_input(
    optimizer_with_schedules,
    list(momentum = 0.5),
    "optimizer",
    list(NULL, "sgd", 1, rate)
  )
  skip_if_no_keras()
  expect_bad_input(
    optimizer_with_schedules,
    list(optimizer = reticulate::import("keras")$optimizers$SGD()),
    "momentum",
    NOT_A_RATE
  )
})

test_that("the messages read well", {
  skip_if_no_keras()
  local_plain_messages()
  sgd <- reticulate::import("keras")$optimizers$SGD()
  expect_snapshot(error = TRUE, {
    optimizer_with_schedules("sgd", momentum = 0.5)
    optimizer_with_schedules(sgd)
    optimizer_with_schedules(sgd, 0.5)
    optimizer_with_schedules(sgd, momentum = 0.5, momentum = 0.6)
    optimizer_with_schedules(sgd, learning_rate = rate)
    optimizer_with_schedules(sgd, beta_1 = 0.5)
    optimizer_with_schedules(sgd, nesterov = TRUE)
    optimizer_with_schedules(sgd, momentum = "high")
    optimizer_with_schedules(sgd, momentum = rate * 20)
    # It reaches 1 only after the steps that are sampled for its shape.
    optimizer_with_schedules(
      sgd,
      momentum = learning_rate_schedule_exponential_decay(0.9, 100, 1.01)
    )
    optimizer_with_schedules(sgd, momentum = 1)
    sgd$build(list(reticulate::import("keras")$Variable(1)))
    optimizer_with_schedules(sgd, momentum = 0.5)
  })
})
