# Compares six schedules at three peak rates, with five seeds. Trains 90 models in a few minutes, and
# writes comparison.csv. The page "Choosing a schedule" shows this code and draws the losses.
# Usage, in this folder: Rscript comparison.R

## ---- data ----
library(keras3)
library(lrschedules)

diamonds <- as.data.frame(ggplot2::diamonds)
x <- scale(sapply(diamonds[names(diamonds) != "price"], as.numeric))
x <- pmin(pmax(x, -4), 4) # a few sizes are typing errors
y <- scale(log(diamonds$price))
set.seed(1)
rows <- sample(nrow(x), 13000)
train <- rows[1:8000]
held_out <- rows[8001:13000]

## ---- model ----
new_model <- function(learning_rate, seed) {
  set_random_seed(seed)
  model <- keras_model_sequential(input_shape = ncol(x)) |>
    layer_dense(32, activation = "relu") |>
    layer_dense(32, activation = "relu") |>
    layer_dense(1)
  optimizer <- optimizer_sgd(learning_rate, momentum = 0.9)
  model |> compile(optimizer = optimizer, loss = "mse")
  model
}

## ---- schedules ----
plan <- training_plan(samples = 8000, batch_size = 64, epochs = 12)

schedules <- function(peak) {
  n <- plan$steps
  warmup <- fraction(0.1, plan)
  list(
    constant = learning_rate_schedule_constant(peak),
    exponential = learning_rate_schedule_exponential_decay(peak, n, 0.01),
    stairs = learning_rate_schedule_piecewise_constant_decay(
      # As in Keras, the first step of a new epoch still has the old rate.
      epochs(c(6, 9), plan),
      peak * c(1, 0.1, 0.01)
    ),
    cosine = learning_rate_schedule_cosine_decay(peak, n),
    `warm cosine` = learning_rate_schedule_cosine_decay(peak, n - warmup) |>
      schedule_warmup(warmup),
    `one cycle` = learning_rate_schedule_one_cycle(peak, n)
  )
}

## ---- run ----
loss_after <- function(schedule, seed) {
  model <- new_model(schedule, seed)
  model |>
    fit(x[train, ], y[train, ], batch_size = 64, epochs = plan$epochs, verbose = 0)
  loss <- evaluate(model, x[held_out, ], y[held_out, ], batch_size = 5000, verbose = 0)
  as.numeric(loss)
}

## ---- all ----
peaks <- c(0.02, 0.06, 0.2)
runs <- expand.grid(schedule = names(schedules(1)), peak = peaks, seed = 1:5)
runs$loss <- mapply(
  function(name, peak, seed) loss_after(schedules(peak)[[name]], seed),
  as.character(runs$schedule),
  runs$peak,
  runs$seed
)
runs$loss <- signif(runs$loss, 6)
write.csv(runs, "comparison.csv", row.names = FALSE, quote = FALSE)
