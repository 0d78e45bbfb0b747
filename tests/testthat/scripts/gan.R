# A generator and a discriminator, with an optimizer each.
library(keras3)

set_random_seed(6)
real <- matrix(rnorm(64 * 2, mean = 3), 64)

Gan <- new_model_class(
  "Gan",
  initialize = function(discriminator, generator, latent_dim) {
    super$initialize()
    self$discriminator <- discriminator
    self$generator <- generator
    self$latent_dim <- as.integer(latent_dim)
    self$d_loss_tracker <- metric_mean(name = "d_loss")
    self$g_loss_tracker <- metric_mean(name = "g_loss")
  },
  compile = function(d_optimizer, g_optimizer, loss_fn) {
    super$compile()
    self$d_optimizer <- d_optimizer
    self$g_optimizer <- g_optimizer
    self$loss_fn <- loss_fn
  },
  metrics = mark_active(function() list(self$d_loss_tracker, self$g_loss_tracker)),
  train_step = function(real) {
    tf <- tensorflow::tf
    n <- op_shape(real)[[1]]
    noise <- tf$ones(list(n, self$latent_dim))
    fake <- self$generator(noise)
    labels <- tf$concat(list(tf$ones(list(n, 1L)), tf$zeros(list(n, 1L))), axis = 0L)
    with(tf$GradientTape() %as% tape, {
      d_loss <- self$loss_fn(labels, self$discriminator(tf$concat(list(fake, real), axis = 0L)))
    })
    self$d_optimizer$apply_gradients(zip_lists(
      tape$gradient(d_loss, self$discriminator$trainable_weights),
      self$discriminator$trainable_weights
    ))
    with(tf$GradientTape() %as% tape, {
      g_loss <- self$loss_fn(tf$zeros(list(n, 1L)), self$discriminator(self$generator(noise)))
    })
    self$g_optimizer$apply_gradients(zip_lists(
      tape$gradient(g_loss, self$generator$trainable_weights),
      self$generator$trainable_weights
    ))
    self$d_loss_tracker$update_state(d_loss)
    self$g_loss_tracker$update_state(g_loss)
    list(d_loss = self$d_loss_tracker$result(), g_loss = self$g_loss_tracker$result())
  }
)

gan <- Gan(
  discriminator = keras_model_sequential(input_shape = 2) |> layer_dense(1),
  generator = keras_model_sequential(input_shape = 3) |> layer_dense(2),
  latent_dim = 3
)
gan |>
  compile(
    d_optimizer = optimizer_sgd(
      learning_rate = learning_rate_schedule_exponential_decay(
        0.1,
        decay_steps = 5,
        decay_rate = 0.5
      )
    ),
    g_optimizer = optimizer_sgd(learning_rate = learning_rate_schedule_cosine_decay(0.05, 20)),
    loss_fn = loss_binary_crossentropy(from_logits = TRUE)
  )
history <- gan |> fit(real, epochs = 3, batch_size = 16, shuffle = FALSE, verbose = 0)
list(d_loss = history$metrics$d_loss, g_loss = history$metrics$g_loss)
