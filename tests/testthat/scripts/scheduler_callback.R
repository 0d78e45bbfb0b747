# A rate for each epoch, from a closure over the epochs.
library(keras3)

set_random_seed(7)
x <- matrix(rnorm(64 * 4), 64)
y <- rowSums(x)

make_schedule <- function(initial, drop, every) {
  function(epoch, lr) initial * drop^(epoch %/% every)
}
model <- keras_model_sequential(input_shape = 4) |> layer_dense(1)
model |> compile(optimizer = optimizer_sgd(learning_rate = 0.05), loss = "mse")
history <- model |>
  fit(
    x,
    y,
    epochs = 6,
    batch_size = 16,
    shuffle = FALSE,
    verbose = 0,
    callbacks = list(callback_learning_rate_scheduler(make_schedule(0.05, 0.5, 2)))
  )
list(loss = history$metrics$loss, learning_rate = history$metrics$learning_rate)
