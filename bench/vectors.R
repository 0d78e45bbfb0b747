# Measures a million rates in R, in this session, with NumPy in turns.
# Prints lines with a name, our time and the other time, in seconds.

library(lrschedules)

seconds <- function(f) {
  start <- Sys.time()
  f()
  as.numeric(Sys.time() - start, units = "secs")
}

schedule <- learning_rate_schedule_exponential_decay(0.1, 1000, 0.96)
first_plots <- replicate(5, {
  table <- learning_rate_schedule_tabulated(runif(1e6))
  grDevices::png(tempfile())
  on.exit(grDevices::dev.off())
  seconds(function() plot(table))
})

reticulate::py_run_string(
  "
import time, numpy as np
steps = np.arange(1_000_000)
def seconds():
    start = time.perf_counter()
    0.1 * 0.96 ** (steps / 1000)
    return time.perf_counter() - start
"
)
doubles <- as.double(0:999999)
turns <- replicate(
  41,
  c(
    seconds(function() schedule(0:999999)),
    seconds(function() schedule(doubles)),
    reticulate::py$seconds()
  )
)
medians <- apply(turns, 1, median)
cat(sprintf("schedule(0:999999) from R,%g,%g\n", medians[[1]], medians[[3]]))
cat(sprintf("schedule(doubles) from R,%g,%g\n", medians[[2]], medians[[3]]))
cat(sprintf("the first plot() of a table of a million rates,%g,0.5\n", median(first_plots)))
