# Draws README's pictures from the rates that compiled training really used, and from the example.
# Usage: tools/with-env Rscript tools/readme-pictures.R
library(lrschedules)

picture <- function(file, width, height, draw) {
  png(file.path("man/figures", file), width = width, height = height, res = 150, type = "cairo")
  draw()
  invisible(dev.off())
}

# ---- The promise: the same staircase from Keras and from us, as `fit()` trained with it ----

# Step i trains only weight i, with gradient 1, so that SGD leaves minus the rate of step i there.
reticulate::py_run_string(
  "
import keras, numpy as np

def rates_in_fit(schedule, steps):
    model = keras.Sequential([keras.Input((steps,)),
        keras.layers.Dense(1, use_bias=False, kernel_initializer='zeros')])
    model.compile(optimizer=keras.optimizers.SGD(schedule), loss=lambda y, p: p)
    model.fit(np.eye(steps), np.zeros((steps, 1)), batch_size=1, shuffle=False, verbose=0)
    return [-float(w) for w in model.get_weights()[0][:, 0]]

def rates_of_keras(steps):
    return rates_in_fit(keras.optimizers.schedules.ExponentialDecay(1.0, 41, 0.5, True), steps)
"
)
schedule <- learning_rate_schedule_exponential_decay(1, 41, 0.5, staircase = TRUE)
ours <- reticulate::py$rates_in_fit(schedule, 100L)
keras <- reticulate::py$rates_of_keras(100L)
shown <- 36:46
late <- which(keras[shown + 1] != schedule(shown))
stopifnot(
  isTRUE(all.equal(ours, schedule(0:99), tolerance = 1e-6)),
  identical(shown[late], 41L)
)

picture("README-promise.png", 1200, 650, function() {
  par(mar = c(4, 4.8, 2.4, 1), mgp = c(2.6, 0.8, 0), las = 1)
  plot(
    schedule,
    steps = shown,
    lwd = 3,
    col = "grey70",
    ylim = c(0.4, 1.1),
    main = "A staircase of 41 steps, in compiled fit()"
  )
  points(shown, keras[shown + 1], pch = 1, cex = 2, lwd = 2, col = "#D55E00")
  points(shown, ours[shown + 1], pch = 19, col = "#0072B2")
  text(41.25, keras[[42]], "Keras trains step 41 at rate 1", adj = 0, col = "#D55E00")
  legend(
    "bottomleft",
    c("what the schedule says", "trained with lrschedules", "trained with Keras's own schedule"),
    col = c("grey70", "#0072B2", "#D55E00"),
    lwd = c(3, NA, NA),
    pch = c(NA, 19, 1),
    bty = "n"
  )
})

# ---- The first schedule ----

schedule <- learning_rate_schedule_cosine_decay(0.1, 3500) |> schedule_warmup(500)
plan <- training_plan(samples = 16000, batch_size = 32, epochs = 8)
picture("README-schedule.png", 1200, 600, function() {
  par(mar = c(4, 5, 2.5, 1), mgp = c(2.6, 0.8, 0), las = 1)
  plot(schedule, plan = plan, lwd = 2)
})

# ---- The example ----

folder <- tempfile()
dir.create(folder)
status <- system2(
  file.path(R.home("bin"), "Rscript"),
  c("examples/diamonds.R", shQuote(folder)),
  stdout = FALSE,
  stderr = FALSE
)
stopifnot(status == 0)
invisible(file.copy(
  file.path(folder, c("diamonds-1-range-test.png", "diamonds-4-result.png")),
  c("man/figures/README-find.png", "man/figures/README-diamonds.png"),
  overwrite = TRUE
))
