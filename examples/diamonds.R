# The price of a diamond from its other columns, learned twice: at a constant learning
# rate, and at one that decays exponentially. Run it with `make example`.
# Usage: Rscript examples/diamonds.R [PICTURE]

has_keras3 <- requireNamespace("keras3", quietly = TRUE)
if (has_keras3) {
  library(keras3, warn.conflicts = FALSE)
}
# Last: keras3 has functions of the same names.
library(lrschedules, warn.conflicts = FALSE)

args <- commandArgs(trailingOnly = TRUE)
picture <- if (length(args)) args[[1]] else "examples/diamonds.png"

# ---- Data: 53,940 diamonds, one fifth kept for validation ----

diamonds <- as.data.frame(ggplot2::diamonds)
# The quality grades are ordered, so their level is a number.
features <- scale(sapply(diamonds[setdiff(names(diamonds), "price")], as.numeric))
# A few sizes are slips of the pen (a height of 58.9 mm), and would rule the training.
features <- pmin(pmax(features, -4), 4)
log_price <- log(diamonds$price)
target <- matrix((log_price - mean(log_price)) / sd(log_price))

set.seed(1)
validation <- sample(nrow(diamonds), nrow(diamonds) / 5)
x_train <- features[-validation, ]
y_train <- target[-validation, , drop = FALSE]
x_val <- features[validation, ]
y_val <- target[validation, , drop = FALSE]

# ---- Two learning rates ----

epochs <- 20
batch_size <- 64
steps_per_epoch <- ceiling(nrow(x_train) / batch_size)

initial_rate <- 0.1
schedule <- learning_rate_schedule_exponential_decay(
  initial_learning_rate = initial_rate,
  decay_steps = 5 * steps_per_epoch,
  decay_rate = 0.5
)
print(schedule)

# ---- Training, as a keras3 user writes it ----

train_keras3 <- function(learning_rate) {
  set_random_seed(1)
  model <- keras_model_sequential(input_shape = ncol(x_train)) |>
    layer_dense(64, activation = "relu") |>
    layer_dense(64, activation = "relu") |>
    layer_dense(1)

  model |>
    compile(
      optimizer = optimizer_sgd(learning_rate = learning_rate, momentum = 0.9),
      loss = "mse"
    )

  used <- c()
  history <- model |>
    fit(
      x_train,
      y_train,
      batch_size = batch_size,
      epochs = epochs,
      verbose = 2,
      validation_data = list(x_val, y_val),
      callbacks = callback_lambda(on_epoch_end = function(epoch, logs) {
        used[[epoch]] <<- as.numeric(model$optimizer$learning_rate)
      })
    )
  list(
    loss = history$metrics$loss,
    val_loss = history$metrics$val_loss,
    used = unlist(used),
    prediction = predict(model, x_val, verbose = 0)
  )
}

# ---- The same through reticulate and Python's keras alone ----

train_python <- function(learning_rate) {
  keras <- reticulate::import("keras")
  numpy <- reticulate::import("numpy", convert = FALSE)
  # As bytes, an array crosses with every reticulate and NumPy.
  array_of <- function(x) {
    bytes <- writeBin(as.vector(t(x)), raw())
    numpy$frombuffer(bytes, "float64")$reshape(reticulate::tuple(nrow(x), ncol(x)))
  }
  keras$utils$set_random_seed(1L)
  dense <- keras$layers$Dense
  model <- keras$Sequential(list(
    keras$Input(reticulate::tuple(ncol(x_train))),
    dense(64L, activation = "relu"),
    dense(64L, activation = "relu"),
    dense(1L)
  ))
  model$compile(
    optimizer = keras$optimizers$SGD(learning_rate = learning_rate, momentum = 0.9),
    loss = "mse"
  )

  used <- c()
  history <- model$fit(
    array_of(x_train),
    array_of(y_train),
    batch_size = as.integer(batch_size),
    epochs = as.integer(epochs),
    verbose = 2L,
    validation_data = reticulate::tuple(array_of(x_val), array_of(y_val)),
    callbacks = list(keras$callbacks$LambdaCallback(on_epoch_end = function(epoch, logs) {
      used[[epoch + 1]] <<- reticulate::import_builtins()$float(model$optimizer$learning_rate)
    }))
  )
  prediction <- model(array_of(x_val))
  list(
    loss = unlist(history$history$loss),
    val_loss = unlist(history$history$val_loss),
    used = unlist(used),
    prediction = unlist(keras$ops$ravel(prediction)$numpy()$tolist())
  )
}

if (!has_keras3) {
  message("keras3 is not installed: training through reticulate and Python's keras alone.")
}
train <- if (has_keras3) train_keras3 else train_python

runs <- list()
started <- proc.time()[["elapsed"]]
for (name in c("constant rate", "exponential decay")) {
  message("\nTraining with: ", name)
  runs[[name]] <- train(if (name == "constant rate") initial_rate else schedule)
}
message(sprintf("\nTrained twice in %.0f s.", proc.time()[["elapsed"]] - started))

# ---- Both results in one table ----

steps <- seq_len(epochs) * steps_per_epoch
stopifnot(isTRUE(all.equal(runs[["exponential decay"]]$used, schedule(steps), tolerance = 1e-6)))

price_error <- function(run) {
  predicted <- exp(as.vector(run$prediction) * sd(log_price) + mean(log_price))
  median(abs(predicted / diamonds$price[validation] - 1))
}
results <- data.frame(
  `learning rate` = names(runs),
  `rate after epoch 1` = sapply(runs, function(run) signif(run$used[[1]], 3)),
  `after the last` = sapply(runs, function(run) signif(run$used[[epochs]], 3)),
  `training loss` = sapply(runs, function(run) signif(run$loss[[epochs]], 3)),
  `validation loss` = sapply(runs, function(run) signif(run$val_loss[[epochs]], 3)),
  `median price error` = sapply(runs, function(run) sprintf("%.1f %%", 100 * price_error(run))),
  check.names = FALSE
)
options(width = 120)
print(results, row.names = FALSE)

# ---- The picture: rate and loss, against steps and epochs ----

png(picture, width = 1500, height = 1100, res = 150)
colours <- c("constant rate" = "grey50", "exponential decay" = "#0072B2")
par(mfrow = c(2, 1), mar = c(5.4, 6, 2.5, 3), mgp = c(4.2, 0.8, 0), las = 1)

plot(
  schedule,
  steps = 0:max(steps),
  steps_per_epoch = steps_per_epoch,
  col = colours[[2]],
  lwd = 2,
  ylim = c(0, initial_rate)
)
abline(h = initial_rate, col = colours[[1]], lwd = 2)
points(steps, runs[["exponential decay"]]$used, col = colours[[2]], pch = 19)
legend(
  "right",
  c(names(colours), "rate read from the optimizer"),
  col = colours[c(1, 2, 2)],
  lwd = c(2, 2, NA),
  pch = c(NA, NA, 19),
  bty = "n"
)

losses <- sapply(runs, function(run) run$val_loss)
matplot(
  steps,
  losses,
  type = "o",
  pch = 19,
  lty = 1,
  lwd = 2,
  col = colours,
  log = "y",
  xlab = "step",
  ylab = "validation loss",
  xlim = c(0, max(steps))
)
at <- pretty(c(0, epochs))
axis(3, at = at * steps_per_epoch, labels = at, tcl = -0.3, mgp = c(3, 0.4, 0))
mtext("epoch ", side = 3, line = 0.4, at = par("usr")[[1]], adj = 1)
invisible(dev.off())
message("The picture is in ", picture)
