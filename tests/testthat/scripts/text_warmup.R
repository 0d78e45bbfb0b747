# A text model with a warmup, as transformers are trained.
library(keras3)

set_random_seed(5)
texts <- c("a good film", "a bad film", "good", "bad", "so good", "so bad", "not good", "not bad")
labels <- c(1, 0, 1, 0, 1, 0, 0, 1)

vectorize <- layer_text_vectorization(max_tokens = 20, output_sequence_length = 4)
vectorize |> adapt(texts)
x <- vectorize(texts) |> as.array()

epochs <- 10
total_steps <- epochs * ceiling(length(texts) / 4)
schedule <- learning_rate_schedule_cosine_decay(
  0,
  decay_steps = total_steps - 0.15 * total_steps,
  warmup_target = 0.02,
  warmup_steps = 0.15 * total_steps
)
model <- keras_model_sequential(input_shape = 4) |>
  layer_embedding(20, 8) |>
  layer_global_average_pooling_1d() |>
  layer_dense(1, activation = "sigmoid")
model |>
  compile(
    optimizer = optimizer_adam_w(learning_rate = schedule, weight_decay = 0.004),
    loss = "binary_crossentropy"
  )
history <- model |> fit(x, labels, batch_size = 4, epochs = epochs, shuffle = FALSE, verbose = 0)
list(loss = history$metrics$loss)
