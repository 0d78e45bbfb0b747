# A constant rate that falls when the loss no longer does.
library(keras3)

set_random_seed(8)
x <- matrix(rnorm(64 * 4), 64)
y <- rnorm(64)

model <- keras_model_sequential(input_shape = 4) |> layer_dense(1)
model |> compile(optimizer = optimizer_adam(learning_rate = 0.1), loss = "mse")
history <- model |>
  fit(
    x,
    y,
    epochs = 12,
    batch_size = 16,
    shuffle = FALSE,
    verbose = 0,
    callbacks = list(callback_reduce_lr_on_plateau("loss", factor = 0.5, patience = 2))
  )
list(loss = history$metrics$loss, learning_rate = history$metrics$learning_rate)
