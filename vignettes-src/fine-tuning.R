# Compares five ways to fine-tune, with five seeds. Trains 30 models in a minute and a half, and
# writes fine-tuning.csv. The page "Fine-tuning" shows this code and the table.
# Usage, in this folder: Rscript fine-tuning.R

## ---- data ----
library(keras3)
library(lrschedules)

diamonds <- as.data.frame(ggplot2::diamonds)
x <- scale(cbind(
  log(diamonds[c("carat", "price")]),
  sapply(diamonds[c("cut", "color")], as.numeric),
  diamonds[c("depth", "table")]
))
x <- pmin(pmax(x, -4), 4) # a few sizes are typing errors
clarity <- as.integer(diamonds$clarity) - 1L
set.seed(1)
rows <- sample(nrow(x))
lower <- rows[clarity[rows] < 4][1:8000]
upper <- rows[clarity[rows] >= 4]
few <- upper[1:400]
held_out <- upper[401:4400]

## ---- model ----
new_model <- function(optimizer, seed) {
  set_random_seed(seed)
  model <- keras_model_sequential(input_shape = 6) |>
    layer_dense(32, activation = "relu", name = "first") |>
    layer_dense(32, activation = "relu", name = "second") |>
    layer_dense(4, activation = "softmax", name = "head")
  model |> compile(optimizer = optimizer, loss = "sparse_categorical_crossentropy")
  model
}

pretrained <- function(seed) {
  rate <- learning_rate_schedule_cosine_decay(0.01, 630)
  model <- new_model(optimizer_adam(rate), seed)
  model |> fit(x[lower, ], clarity[lower], batch_size = 128, epochs = 10, verbose = 0)
  get_weights(model)
}

## ---- ways ----
plan <- training_plan(samples = 400, batch_size = 32, epochs = 30)
rate <- learning_rate_schedule_one_cycle(0.01, plan$steps)
from_epoch <- function(epoch) {
  learning_rate_schedule_piecewise_constant_decay(
    epochs(epoch, plan),
    c(0, 1),
    boundary = "right"
  )
}
ways <- list(
  "one rate" = list(head = 1),
  "frozen" = list(first = 0, second = 0),
  "discriminative" = list(first = 0.01, second = 0.1),
  "gradual" = list(first = from_epoch(15), second = from_epoch(7))
)

## ---- tune ----
tuned <- function(factors, weights, seed) {
  adam <- optimizer_adam(rate) |> optimizer_with_layer_rates(factors)
  model <- new_model(adam, seed + 100)
  # Copy all layers except the head, which stays new.
  set_weights(model, c(weights[1:4], get_weights(model)[5:6]))
  model |> fit(x[few, ], clarity[few] - 4L, batch_size = 32, epochs = 30, verbose = 0)
  model
}

judge <- function(model) {
  chances <- predict(model, x[held_out, ], verbose = 0, batch_size = 4000)
  classes <- clarity[held_out] - 3L
  c(
    accuracy = mean(max.col(chances) == classes),
    loss = -mean(log(chances[cbind(seq_along(classes), classes)]))
  )
}

## ---- all ----
runs <- NULL
for (seed in 1:5) {
  weights <- pretrained(seed)
  new <- get_weights(new_model("sgd", seed + 50))
  for (way in c(names(ways), "no pretraining")) {
    model <- if (way == "no pretraining") {
      tuned(ways[["one rate"]], new, seed)
    } else {
      tuned(ways[[way]], weights, seed)
    }
    found <- signif(judge(model), 4)
    runs <- rbind(runs, data.frame(way, seed, t(found)))
  }
}
write.csv(runs, "fine-tuning.csv", row.names = FALSE)
