rate <- learning_rate_schedule_one_cycle(0.1, total_steps = 20)
unfreezes <- learning_rate_schedule_piecewise_constant_decay(3, c(0, 1), boundary = "right")
x <- matrix(c(-1, 0.5, 2, 1, -0.5, 0.25, 1.5, -2, 0.75, 1), 20, 1)

# A product of weights, so that each layer's gradient is known.
new_model <- function(optimizer, frozen = FALSE) {
  model <- keras3::keras_model_sequential(input_shape = 1L)
  for (name in c("body", "neck", "head")) {
    keras3::layer_dense(
      model,
      1,
      use_bias = FALSE,
      kernel_initializer = "ones",
      name = name,
      trainable = !(frozen && name == "body")
    )
  }
  keras3::compile(model, optimizer = optimizer, loss = "mse")
  model
}

fit_all <- function(model, ...) {
  keras3::fit(model, x, x / 2, batch_size = 1, shuffle = FALSE, verbose = 0, ...)
  unlist(keras3::get_weights(model))
}

by_hand <- function(factors) {
  w <- rep(1, 3)
  for (step in 0:19) {
    g <- 2 * x[step + 1]^2 * (prod(w) - 1 / 2) * prod(w) / w
    w <- w - rate(step) * vapply(factors, function(f) f(step), 1) * g
  }
  w
}

test_that("a name that matches nothing is an R warning, when Python returns", {
  skip_if_quick()
  skip_if_not_installed("keras3")
  skip_if_no_keras()
  sgd <- optimizer_with_layer_rates(keras3::optimizer_sgd(rate), haed = 0.5)
  model <- new_model(sgd)
  expect_warning(
    weights <- fit_all(model),
    "^No variable matches 'haed' in `layer_rates`: the nearest are 'head/kernel', "
  )
  expect_equal(weights, by_hand(rep(list(\(step) 1), 3)), tolerance = 1e-5)
  # A handler may leave fit().
  model <- new_model(optimizer_with_layer_rates(keras3::optimizer_sgd(rate), haed = 0.5))
  expect_identical(tryCatch(fit_all(model), warning = \(cnd) "left"), "left")
  expect_no_warning(fit_all(model))
})

test_that("the rate of each layer is multiplied by its factor", {
  skip_if_quick()
  skip_if_not_installed("keras3")
  skip_if_no_keras()
  sgd <- optimizer_with_layer_rates(
    keras3::optimizer_sgd(learning_rate = rate),
    body = unfreezes,
    ".*eck/.*" = 0.1
  )
  expect_s3_class(sgd, "keras.src.optimizers.sgd.SGD")
  model <- new_model(sgd)
  monitor <- callback_learning_rate_monitor()
  weights <- fit_all(model, callbacks = list(monitor))
  factors <- list(unfreezes, function(step) 0.1, function(step) 1)
  expect_equal(weights, by_hand(factors), tolerance = 1e-5)
  record <- as.data.frame(monitor)
  expect_equal(record$learning_rate, rate(0:19))
  expect_equal(record$layer_rate.body, unfreezes(0:19))
  expect_named(record, c("step", "epoch", "fit_epoch", "learning_rate", "layer_rate.body"))
  expect_output(print(monitor), "20 training steps")
  expect_identical(optimizer_schedule(model), rate)

  file <- withr::local_tempfile(fileext = ".keras")
  keras3::save_model(model, file)
  again <- keras3::load_model(file)
  expect_identical(again$optimizer$layer_rates, model$optimizer$layer_rates)
  expect_identical(fit_all(again), fit_all(model))
})

test_that("rates by depth print, can be changed and are given to an optimizer", {
  skip_if_not_installed("keras3")
  skip_if_no_keras()
  model <- new_model("sgd", frozen = TRUE)
  rates <- layer_rates(model, decay = 0.5)
  expect_identical(as.list(rates), list(body = 0.25, neck = 0.5, head = 1))
  expect_identical(
    as.list(layer_rates(model, 0.1, list(c("head", "body"), "neck"))),
    list(head = 0.1, body = 0.1, neck = 1)
  )
  rates$neck <- unfreezes
  adam <- optimizer_with_layer_rates(keras3::optimizer_adam(learning_rate = rate), rates)
  keras3::compile(model, optimizer = adam, loss = "mse")
  table <- optimizer_layer_rates(model)
  expect_identical(table$layer_rate, c("body", "neck", "head"))
  expect_identical(table$factor, c(0.25, 0, 1))
  expect_identical(table$rate, c(0, 0, rate(0)))
  expect_identical(table$trainable, c(FALSE, TRUE, TRUE))
  schedules <- as.list(adam$layer_rates)
  expect_equal(schedules$neck(0:9), rate(0:9) * unfreezes(0:9))
  expect_equal(schedules$body(0:9), rate(0:9) * 0.25)
  expect_s3_class(schedule_compare(!!!schedules, steps = 0:9), "data.frame")
  expect_snapshot({
    rates
    adam$layer_rates
  })
  # Outside of fit() it does not see the frozen layer.
  expect_warning(adam$build(model$trainable_variables), "No variable matches 'body'")
  expect_snapshot(adam$layer_rates)
})

test_that("factors print decimal points whatever OutDec is", {
  withr::local_options(OutDec = ",")
  expect_output(
    print(structure(list(body = 0.5), class = "layer_rates")),
    "body    0.5",
    fixed = TRUE
  )
})

test_that("factors come as lists, and schedules before or after", {
  skip_if_no_keras()
  sgd <- reticulate::import("keras")$optimizers$SGD
  factors <- list(a = 0, b = unfreezes)
  one <- optimizer_with_layer_rates(sgd(learning_rate = rate), factors, c = 2)
  expect_identical(as.list(one$layer_rates)$c, rate * 2)
  expect_identical(names(one$layer_rates), c("a", "b", "c"))
  expect_identical(one$layer_rates$b, unfreezes)
  two <- optimizer_with_schedules(one, momentum = 0.5)
  expect_identical(two$layer_rates, one$layer_rates)
  expect_named(two$schedules, "momentum")
})

test_that("invalid factors and models are refused", {
  skip_if_quick()
  expect_bad_input(optimizer_with_layer_rates, list(a = 1), "optimizer", list(NULL, "sgd", rate))
  skip_if_no_keras()
  sgd <- reticulate::import("keras")$optimizers$SGD()
  expect_bad_input(optimizer_with_layer_rates, list(optimizer = sgd), "head", NOT_A_RATE)
  local_plain_messages()
  expect_snapshot(error = TRUE, {
    optimizer_with_layer_rates("sgd", head = 1)
    optimizer_with_layer_rates(sgd)
    optimizer_with_layer_rates(sgd, 0.1)
    optimizer_with_layer_rates(sgd, head = 1, head = 2)
    optimizer_with_layer_rates(sgd, head = -1)
    optimizer_with_layer_rates(sgd, "head(" = 1)
    layer_rates(sgd)
    layer_rates(sgd, decay = -1)
    layer_rates(sgd, groups = list(1))
    optimizer_layer_rates(sgd)
    sgd$build(list(reticulate::import("keras")$Variable(1)))
    optimizer_with_layer_rates(sgd, head = 0.1)
  })
})
