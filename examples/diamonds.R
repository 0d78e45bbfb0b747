# Predicts the prices of diamonds: finds a learning rate, chooses a schedule, trains with it, records
# the rate, saves the model and resumes training in a second process.
# Run it with `make example`.
# Usage: Rscript examples/diamonds.R [FOLDER]   (for the pictures and the model)

has_keras3 <- requireNamespace("keras3", quietly = TRUE)
if (has_keras3) {
  library(keras3, warn.conflicts = FALSE)
} else {
  message("keras3 is not installed: training with reticulate and Python's keras.")
}
# Attach lrschedules last: keras3 has functions of the same names.
library(lrschedules, warn.conflicts = FALSE)

args <- commandArgs(trailingOnly = TRUE)
script <- sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))
folder <- if (length(args)) args[[1]] else "examples"
# The second process runs this script again.
goes_on <- identical(args[-1], "go on")
file_in <- function(name) file.path(folder, paste0("diamonds-", name))

picture <- function(name, draw, height = 900) {
  png(file_in(name), width = 1500, height = height, res = 150)
  par(mar = c(4.5, 5.5, 4, 2), mgp = c(3.2, 0.8, 0), las = 1)
  draw()
  invisible(dev.off())
  message("Saved the picture ", file_in(name))
}

# ---- Data: 53,940 diamonds, one fifth kept for validation ----

diamonds <- as.data.frame(ggplot2::diamonds)
# The quality grades are ordered, so their level is a number.
features <- scale(sapply(diamonds[setdiff(names(diamonds), "price")], as.numeric))
# A few sizes are typing errors (a width of 58.9 mm) and would dominate the training.
features <- pmin(pmax(features, -4), 4)
log_price <- log(diamonds$price)
target <- matrix((log_price - mean(log_price)) / sd(log_price))

set.seed(1)
validation <- sample(nrow(diamonds), nrow(diamonds) / 5)
x_train <- features[-validation, ]
y_train <- target[-validation, , drop = FALSE]
x_val <- features[validation, ]
y_val <- target[validation, , drop = FALSE]

batch_size <- 64
n_epochs <- 12
# After these epochs the model is saved, and training resumes in a second process.
first_epochs <- 8
plan <- training_plan(x = x_train, batch_size = batch_size, epochs = n_epochs)

# ---- The model, in keras3 and in Python's keras ----

if (has_keras3) {
  new_model <- function(learning_rate) {
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
    model
  }
  train <- function(model, from, to, callbacks) {
    history <- model |>
      fit(
        x_train,
        y_train,
        batch_size = batch_size,
        initial_epoch = from,
        epochs = to,
        validation_data = list(x_val, y_val),
        callbacks = callbacks,
        verbose = 2
      )
    history$metrics$val_loss
  }
  predict_prices <- function(model) predict(model, x_val, verbose = 0)
  data <- list(x = x_train, y = y_train)
} else {
  keras <- reticulate::import("keras")
  numpy <- reticulate::import("numpy", convert = FALSE)
  # Passing bytes works with every version of reticulate and NumPy.
  array_of <- function(x) {
    bytes <- writeBin(as.vector(t(x)), raw())
    numpy$frombuffer(bytes, "float64")$reshape(reticulate::tuple(nrow(x), ncol(x)))
  }
  data <- list(x = array_of(x_train), y = array_of(y_train))
  new_model <- function(learning_rate) {
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
    model
  }
  train <- function(model, from, to, callbacks) {
    history <- model$fit(
      data$x,
      data$y,
      batch_size = as.integer(batch_size),
      initial_epoch = as.integer(from - 1),
      epochs = as.integer(to),
      validation_data = reticulate::tuple(array_of(x_val), array_of(y_val)),
      callbacks = callbacks,
      verbose = 2L
    )
    unlist(history$history$val_loss)
  }
  predict_prices <- function(model) {
    unlist(keras$ops$ravel(model(array_of(x_val)))$numpy()$tolist())
  }
  save_model <- function(model, file, overwrite) model$save(file, overwrite = overwrite)
  load_model <- function(file) keras$saving$load_model(file)
}

# ---- The second process: load the model and resume at the step where the first process stopped ----

if (goes_on) {
  model <- load_model(file_in("model.keras"))
  message("Loaded at step ", format(optimizer_step(model), big.mark = ","), ", with its schedule:")
  print(optimizer_schedule(model))
  monitor <- callback_learning_rate_monitor()
  val_loss <- train(model, first_epochs + 1, n_epochs, list(callback_resume_check(), monitor))
  saveRDS(
    list(monitor = monitor, val_loss = val_loss, prediction = as.vector(predict_prices(model))),
    file_in("second.rds")
  )
  quit("no")
}

# ---- Find the rate ----

message("\nFinding a rate with a sweep and short trainings")
model <- new_model(0.01)
found <- find_learning_rate(model, data$x, data$y, batch_size = batch_size)
print(found)
picture("1-range-test.png", function() plot(found))

# ---- Choose a schedule with this peak ----

schedule <- learning_rate_schedule_one_cycle(found$peak, plan$steps)
print(schedule)
print(schedule_explain(schedule, plan))
print(schedule_check(schedule, plan))
picture("2-schedule.png", function() plot(schedule, plan = plan, lwd = 2, main = "One cycle"))

# ---- Train, and record the rate that trains ----

message("\nTraining with one cycle, epochs 1 to ", first_epochs)
started <- proc.time()[["elapsed"]]
set_optimizer_schedule(model, schedule)
monitor <- callback_learning_rate_monitor()
val_loss <- train(model, 1, first_epochs, list(monitor))
print(monitor)
picture("3-training.png", height = 1200, function() {
  par(mfrow = c(2, 1))
  plot(schedule, plan = plan, main = "Planned rate, and recorded rate (thick)")
  lines(monitor, lwd = 3)
  plot(
    seq_along(val_loss),
    val_loss,
    type = "o",
    pch = 19,
    xlab = "epoch",
    ylab = ""
  )
  title(ylab = "validation loss", line = 4)
})

# ---- Save the model and resume in a second process ----

save_model(model, file_in("model.keras"), overwrite = TRUE)
message("\nSaved the model. A second process resumes the training:")
status <- system2(
  file.path(R.home("bin"), "Rscript"),
  c(shQuote(script), shQuote(folder), shQuote("go on"))
)
stopifnot(status == 0)
second <- readRDS(file_in("second.rds"))

# Both processes trained at the planned rate at every step.
recorded <- rbind(as.data.frame(monitor), as.data.frame(second$monitor))
stopifnot(
  identical(recorded$step, seq_len(plan$steps) - 1),
  isTRUE(all.equal(recorded$learning_rate, schedule(recorded$step), tolerance = 1e-6))
)
val_loss <- c(val_loss, second$val_loss)

# ---- Compare with the same model at a constant rate, Keras's default ----

message("\nTraining at a constant rate of 0.01, for comparison")
constant <- new_model(0.01)
constant_loss <- train(constant, 1, n_epochs, list())
message(sprintf("\nTrained twice in %.0f s.", proc.time()[["elapsed"]] - started))

price_error <- function(prediction) {
  predicted <- exp(as.vector(prediction) * sd(log_price) + mean(log_price))
  sprintf("%.1f %%", 100 * median(abs(predicted / diamonds$price[validation] - 1)))
}
results <- data.frame(
  `learning rate` = c("constant 0.01", "one cycle"),
  `highest rate` = signif(c(0.01, max(recorded$learning_rate)), 3),
  `validation loss` = signif(c(constant_loss[[n_epochs]], val_loss[[n_epochs]]), 3),
  `median price error` = c(
    price_error(predict_prices(constant)),
    price_error(second$prediction)
  ),
  check.names = FALSE
)
print(results, row.names = FALSE)

picture("4-result.png", height = 1200, function() {
  colours <- c("grey50", "#0072B2")
  par(mfrow = c(2, 1))
  plot(recorded, main = "Recorded learning rate", col = colours[[2]], lwd = 2)
  abline(v = epochs(first_epochs, plan), lty = 3)
  mtext(
    " saved, loaded",
    side = 1,
    line = -1.2,
    at = epochs(first_epochs, plan),
    adj = 0,
    cex = 0.9
  )
  matplot(
    seq_len(n_epochs),
    cbind(constant_loss, val_loss),
    type = "o",
    pch = 19,
    lty = 1,
    lwd = 2,
    col = colours,
    log = "y",
    xlab = "epoch",
    ylab = ""
  )
  title(ylab = "validation loss", line = 4)
  legend("topright", results[["learning rate"]], col = colours, lwd = 2, pch = 19, bty = "n")
})
