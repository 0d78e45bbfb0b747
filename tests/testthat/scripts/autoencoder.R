# An autoencoder with a train step of its own.
library(keras3)

set_random_seed(3)
x <- matrix(runif(96 * 12), 96)

Autoencoder <- new_model_class(
  "Autoencoder",
  initialize = function(...) {
    super$initialize(...)
    self$encoder <- layer_dense(units = 3, activation = "relu")
    self$decoder <- layer_dense(units = 12, activation = "sigmoid")
    self$loss_tracker <- metric_mean(name = "reconstruction")
  },
  call = function(x, training = FALSE) self$decoder(self$encoder(x)),
  metrics = mark_active(function() list(self$loss_tracker)),
  train_step = function(data) {
    x <- if (is.list(data)) data[[1]] else data
    with(tensorflow::tf$GradientTape() %as% tape, {
      loss <- op_mean(op_square(x - self(x, training = TRUE)))
    })
    variables <- self$trainable_variables
    gradients <- tape$gradient(loss, variables)
    self$optimizer$apply(gradients, variables)
    self$loss_tracker$update_state(loss)
    list(reconstruction = self$loss_tracker$result())
  }
)

model <- Autoencoder()
model |>
  compile(
    optimizer = optimizer_adam(
      learning_rate = learning_rate_schedule_inverse_time_decay(
        0.01,
        decay_steps = nrow(x) / 32 * 0.5,
        decay_rate = 0.5
      )
    )
  )
history <- model |> fit(x, epochs = 4, batch_size = 32, shuffle = FALSE, verbose = 0)
list(loss = history$metrics$reconstruction)
