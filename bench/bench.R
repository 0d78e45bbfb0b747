# Prints a table of measurements, each compared with an alternative in the same run.
# Usage: Rscript bench/bench.R, or `make bench`

options(width = 120)
rows <- list()
row <- function(what, ours, alternative, unit, against) {
  rows[[length(rows) + 1]] <<- data.frame(
    what,
    ours = signif(ours, 4),
    alternative = signif(alternative, 4),
    unit,
    against
  )
}

run_python <- function(backend, script, ...) {
  message("measuring: ", backend, " ", paste(basename(script), ...))
  # R's own library path can lead Python to another Python's libraries.
  output <- system2(
    "python",
    c(script, ...),
    stdout = TRUE,
    stderr = FALSE,
    env = c(paste0("KERAS_BACKEND=", backend), "LD_LIBRARY_PATH=")
  )
  message(paste0("  ", output, collapse = "\n"))
  read.csv(text = output, header = FALSE, quote = "")
}

for (backend in c("tensorflow", "jax", "torch")) {
  rate <- run_python(backend, "bench/compiled.py")
  row(
    paste0("rate at step 41 of 41-step stairs (exact: 0.5), ", backend),
    rate$V2[[1]],
    rate$V2[[2]],
    "rate",
    "Keras's own"
  )
  for (mode in c("compiled", if (backend == "tensorflow") "eager")) {
    table <- run_python(backend, "bench/fit.py", mode)
    ratio <- setNames(table$V3, table$V1)
    label <- sprintf(
      "fit() per step, %s%s (constant rate %d us; measured again %.3f)",
      backend,
      if (backend == "tensorflow") paste0(" ", mode) else "",
      table$V2[[1]],
      ratio[["constant rate again"]]
    )
    row(label, ratio[["ours"]], ratio[["Keras's own"]], "x constant", "Keras's own")
  }
  table <- run_python(backend, "bench/find_learning_rate.py")
  for (i in seq_len(nrow(table))) {
    label <- sprintf(
      "find_learning_rate(), second call, %s, %s (a step of the loop: %.2f ms)",
      table$V1[[i]],
      backend,
      table$V2[[i]]
    )
    row(label, table$V3[[i]], 1, "x loop", "train_on_batch() in a loop")
  }
}

# The whole catalogue, one column per backend.
catalogue <- lapply(
  c(tensorflow = "tensorflow", jax = "jax", torch = "torch"),
  run_python,
  "bench/catalogue.py"
)
fits <- lapply(catalogue, function(table) with(table[table$V1 == "fit", ], setNames(V3, V2)))
first_steps <- lapply(catalogue[c("tensorflow", "jax")], function(table) {
  with(table[table$V1 == "first step", ], setNames(V3, V2))
})
keras_rows <- grepl("^Keras's ", names(fits$torch))

tables <- lapply(
  c(tensorflow = "tensorflow", jax = "jax", torch = "torch"),
  function(backend) with(run_python(backend, "bench/tables.py"), setNames(V2, V1))
)

for (backend in c("tensorflow", "jax", "torch")) {
  training <- with(run_python(backend, "bench/training.py"), setNames(V2, V1))
  row(
    paste0("callback_learning_rate_monitor(), ", backend),
    training[["share of the monitor"]],
    0.005,
    "of an epoch",
    "at most"
  )
  row(
    paste0("first step after set_optimizer_schedule(), ", backend),
    training[["first step after set_optimizer_schedule (s)"]],
    training[["first step of fit (s)"]],
    "s",
    "the next call of fit()"
  )
}

message("measuring: R")
median_us <- function(f, times, rounds = 21) {
  f()
  median(replicate(rounds, {
    start <- proc.time()[["elapsed"]]
    for (i in seq_len(times)) {
      f()
    }
    (proc.time()[["elapsed"]] - start) / times
  })) *
    1e6
}

# The seconds of two programs that take turns, each in a new session.
seconds_in_new_sessions <- function(ours, other, rounds = 9) {
  seconds <- function(program) {
    program <- sprintf("t <- proc.time()[[3]]; invisible({%s}); cat(proc.time()[[3]] - t)", program)
    as.numeric(system2("Rscript", c("-e", shQuote(program)), stdout = TRUE))
  }
  apply(replicate(rounds, c(seconds(ours), seconds(other))), 1, median)
}
new_session <- function(what, ours, other, what_other) {
  medians <- seconds_in_new_sessions(ours, other)
  row(what, medians[[1]], medians[[2]], "s", what_other)
}
new_session(
  "library(lrschedules), new session",
  "library(lrschedules)",
  "library(reticulate)",
  "library(reticulate) alone"
)
new_session(
  "the first rates of a session",
  "library(lrschedules); s <- learning_rate_schedule_cosine_decay(0.1, 900); s(0:10)",
  "library(reticulate); import(\"numpy\", convert = FALSE)$arange(3)",
  "NumPy's first array"
)

library(lrschedules)
schedule <- learning_rate_schedule_exponential_decay(0.1, 1000, 0.96)
if (requireNamespace("keras3", quietly = TRUE)) {
  theirs <- keras3::learning_rate_schedule_exponential_decay(0.1, 1000, 0.96)
  row(
    "schedule(5) from R",
    median_us(function() schedule(5), 500),
    median_us(function() theirs(5), 100),
    "us",
    "keras3's object"
  )
}

million <- learning_rate_schedule_tabulated(seq(0, 1, length.out = 1e6))
row(
  "one step of a table of a million rates, from R",
  median_us(function() million(5), 500),
  median_us(function() schedule(5), 500),
  "us",
  "exponential decay"
)

# In new sessions, because R collects garbage more often in a large one.
vectors <- replicate(
  3,
  read.csv(text = system2("Rscript", "bench/vectors.R", stdout = TRUE), header = FALSE),
  simplify = FALSE
)
for (i in 1:3) {
  ours <- vapply(vectors, function(x) x$V2[[i]], 0)
  other <- vapply(vectors, function(x) x$V3[[i]], 0)
  what_other <- if (i < 3) "NumPy, the same formula" else "at most"
  row(vectors[[1]]$V1[[i]], median(ours), median(other), "s", what_other)
}

if (requireNamespace("shiny", quietly = TRUE) && requireNamespace("miniUI", quietly = TRUE)) {
  message("measuring: designer")
  designer <- read.csv(
    text = system2("Rscript", "bench/designer.R", stdout = TRUE),
    header = FALSE
  )
  for (i in 1:2) {
    row(
      paste0("designer: ", designer$V1[[i]]),
      designer$V2[[i]],
      c(100, 1500)[[i]],
      "ms",
      "at most"
    )
  }
}

table <- do.call(rbind, rows)
print(table, row.names = FALSE, right = FALSE)

cat("\nA schedule of 100,000 boundaries, ms (torch is not compiled):\n")
print(do.call(cbind, tables), digits = 3)
cat(
  "\nfit() per step, relative to a constant rate (compiled on TensorFlow and JAX, not on torch):\n"
)
operations <- with(
  catalogue$tensorflow[catalogue$tensorflow$V1 == "operations", ],
  setNames(V3, V2)
)
fits$operations <- operations[names(fits$torch)]
print(do.call(cbind, fits)[!keras_rows, ], digits = 4)
cat("\nThe same for Keras's own schedules:\n")
print(do.call(cbind, fits)[keras_rows, ], digits = 4)
cat("\nThe first step, which compiles, relative to Keras's own schedule:\n")
print(do.call(cbind, first_steps), digits = 4)
