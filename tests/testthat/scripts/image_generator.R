# Images that a generator makes, with a schedule that drops in steps.
library(keras3)

set_random_seed(4)
images <- array(runif(40 * 8 * 8 * 1), c(40, 8, 8, 1))
labels <- rep(0:1, 20)

at <- 0
generator <- function() {
  rows <- (at + 0:9) %% 40 + 1
  at <<- at + 10
  list(images[rows, , , , drop = FALSE], labels[rows])
}

steps_per_epoch <- 4
schedule <- learning_rate_schedule_piecewise_constant_decay(
  boundaries = c(0.5, 0.75) * 5 * steps_per_epoch,
  values = c(0.1, 0.01, 0.001)
)
model <- keras_model_sequential(input_shape = c(8, 8, 1)) |>
  layer_conv_2d(4, 3, activation = "relu") |>
  layer_global_average_pooling_2d() |>
  layer_dense(1, activation = "sigmoid")
model |> compile(optimizer = optimizer_sgd(learning_rate = schedule), loss = "binary_crossentropy")
history <- model |>
  fit(
    generator,
    steps_per_epoch = steps_per_epoch,
    epochs = 5,
    verbose = 0
  )
list(loss = history$metrics$loss)
