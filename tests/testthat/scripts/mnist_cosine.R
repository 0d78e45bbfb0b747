# Digits: a cosine decay whose steps are computed from the data.
library(keras3)

set_random_seed(1)
n <- 300
x_train <- array(runif(n * 28 * 28), c(n, 28, 28))
y_train <- sample(0:9, n, replace = TRUE)
x_train <- array_reshape(x_train, c(n, 784))
y_train <- to_categorical(y_train, 10)

batch_size <- 32
epochs <- 3
# 0.8 * 300 / 32 * 3 = 22.5 steps: not a whole number.
total_steps <- epochs * nrow(x_train) * 0.8 / batch_size

schedule <- learning_rate_schedule_cosine_decay(
  initial_learning_rate = 0,
  decay_steps = 0.9 * total_steps,
  warmup_target = 0.05,
  warmup_steps = 0.1 * total_steps
)

model <- keras_model_sequential(input_shape = 784) |>
  layer_dense(32, activation = "relu") |>
  layer_dense(10, activation = "softmax")
model |>
  compile(
    optimizer = optimizer_sgd(learning_rate = schedule, momentum = 0.9),
    loss = "categorical_crossentropy",
    metrics = "accuracy"
  )
history <- model |>
  fit(
    x_train,
    y_train,
    epochs = epochs,
    batch_size = batch_size,
    validation_split = 0.2,
    shuffle = FALSE,
    verbose = 0
  )
list(loss = history$metrics$loss, weights = as.array(model$get_weights()[[1]])[1:5])
