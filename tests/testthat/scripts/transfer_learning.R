# Two phases: a new head on a frozen base, then all layers at a lower rate.
library(keras3)

set_random_seed(2)
x <- matrix(rnorm(128 * 8), 128)
y <- as.integer(rowSums(x) > 0)

base <- keras_model_sequential(input_shape = 8, name = "base") |>
  layer_dense(16, activation = "relu") |>
  layer_dense(8, activation = "relu")
freeze_weights(base)

inputs <- keras_input(shape = 8)
outputs <- inputs |> base() |> layer_dense(1, activation = "sigmoid")
model <- keras_model(inputs, outputs)
model |>
  compile(
    optimizer = optimizer_adam(
      learning_rate = learning_rate_schedule_exponential_decay(
        1e-2,
        decay_steps = 10,
        decay_rate = 0.9
      )
    ),
    loss = "binary_crossentropy"
  )
first <- model |> fit(x, y, epochs = 2, batch_size = 32, shuffle = FALSE, verbose = 0)

unfreeze_weights(base)
model |>
  compile(
    optimizer = optimizer_adam(
      learning_rate = learning_rate_schedule_polynomial_decay(
        1e-4,
        decay_steps = 16,
        end_learning_rate = 0
      )
    ),
    loss = "binary_crossentropy"
  )
second <- model |> fit(x, y, epochs = 4, batch_size = 32, shuffle = FALSE, verbose = 0)
list(first = first$metrics$loss, second = second$metrics$loss)
