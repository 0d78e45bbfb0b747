# One training for each initial rate, in processes of their own.
library(keras3)

train <- function(rate) {
  set_random_seed(9)
  x <- matrix(rnorm(64 * 4), 64)
  y <- rowSums(x)
  schedule <- learning_rate_schedule_cosine_decay_restarts(rate, first_decay_steps = 6.4)
  model <- keras_model_sequential(input_shape = 4) |> layer_dense(1)
  model |> compile(optimizer = optimizer_sgd(learning_rate = schedule), loss = "mse")
  history <- model |> fit(x, y, epochs = 3, batch_size = 16, shuffle = FALSE, verbose = 0)
  tail(history$metrics$loss, 1)
}

cluster <- parallel::makePSOCKcluster(2)
packages <- rev(grep("keras3|lrschedules", .packages(), value = TRUE))
attach_all <- function(packages) {
  for (p in packages) {
    library(p, character.only = TRUE)
  }
}
invisible(parallel::clusterCall(cluster, attach_all, packages))
rates <- c(0.01, 0.1)
losses <- parallel::parLapply(cluster, rates, train)
parallel::stopCluster(cluster)
list(loss = unlist(losses))
