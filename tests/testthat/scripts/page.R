# An R Markdown page that trains.
library(keras3)

page <- tempfile(fileext = ".Rmd")
writeLines(
  c(
    "```{r}",
    "set_random_seed(10)",
    "x <- matrix(rnorm(32 * 2), 32)",
    "schedule <- learning_rate_schedule_polynomial_decay(0.1, decay_steps = 2.5 * 4, power = 2)",
    "model <- keras_model_sequential(input_shape = 2) |> layer_dense(1)",
    "model |> compile(optimizer_sgd(learning_rate = schedule), loss = 'mse')",
    "history <- model |> fit(x, x[, 1], epochs = 2, batch_size = 8, shuffle = FALSE, verbose = 0)",
    "round(history$metrics$loss, 4)",
    "```",
    "The last loss is `r signif(tail(history$metrics$loss, 1), 3)`."
  ),
  page
)
text <- knitr::knit(text = readLines(page), quiet = TRUE, envir = environment())
lines <- strsplit(text, "\n")[[1]]
list(loss = history$metrics$loss, printed = grep("^## \\[1\\]|last loss", lines, value = TRUE))
