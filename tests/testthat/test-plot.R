schedule <- learning_rate_schedule_exponential_decay(0.1, 41, 0.5, staircase = TRUE)

# Everything that a plot hands to the graphics device, by name of the primitive.
recorded <- function(expr) {
  grDevices::pdf(NULL)
  withr::defer(grDevices::dev.off())
  grDevices::dev.control("enable")
  expr
  calls <- grDevices::recordPlot()[[1]]
  stats::setNames(
    lapply(calls, function(call) as.list(call[[2]])[-1]),
    vapply(calls, function(call) call[[2]][[1]]$name, "")
  )
}

test_that("the plot draws the rates that the schedule gives", {
  skip_if_no_keras()
  drawn <- NULL
  calls <- recorded(drawn <- plot(schedule, steps = 0:90))
  expect_identical(drawn, as.data.frame(schedule, steps = 0:90))
  line <- calls$C_plotXY[[1]]
  expect_equal(line$x, 0:90)
  expect_identical(line$y, schedule(0:90))
  expect_equal(sum(names(calls) == "C_axis"), 2)
})

test_that("steps_per_epoch adds an axis in epochs", {
  skip_if_no_keras()
  calls <- recorded(plot(schedule, steps_per_epoch = 20))
  axes <- calls[names(calls) == "C_axis"]
  expect_length(axes, 3)
  expect_equal(axes[[3]][[1]], 3)
  expect_equal(axes[[3]][[2]], as.numeric(axes[[3]][[3]]) * 20)
})

test_that("graphical parameters pass through, and bad input is refused", {
  skip_if_no_keras()
  expect_no_error(recorded(plot(schedule, log = "y", main = "rates", xlab = "batch", col = 2)))
  expect_error(plot(schedule, steps = 0.5), "`steps` must be")
  expect_error(plot(schedule, steps_per_epoch = -1), "`steps_per_epoch` must be")
})

test_that("a staircase is drawn flat, and the largest of schedules at once", {
  skip_if_no_keras()
  calls <- recorded(plot(schedule))
  expect_identical(calls$C_plotXY[[2]], "s")
  far <- learning_rate_schedule_exponential_decay(0.1, 1e15, 0.5)
  plot_of <- function(schedule) system.time(recorded(plot(schedule)))[["elapsed"]]
  plot_of(schedule)
  expect_lt(plot_of(far), 1)
  million <- learning_rate_schedule_cosine_decay_restarts(0.1, 991, t_mul = 1)
  expect_lt(plot_of(schedule_hold(million, 8e5)), 0.6)
})

test_that("lines() and points() add to the picture", {
  skip_if_no_keras()
  calls <- recorded({
    plot(schedule, steps = 0:90)
    lines(schedule * 0.5, steps = 0:90, lty = 2)
    points(schedule, steps = 0:9)
    plot(schedule, steps = 0:90, add = TRUE, col = 2)
  })
  drawn <- calls[names(calls) == "C_plotXY"]
  expect_identical(
    vapply(drawn, function(call) call[[2]], ""),
    c("s", "s", "p", "s"),
    ignore_attr = TRUE
  )
  expect_identical(drawn[[2]][[1]]$y, schedule(0:90) * 0.5)
})

test_that("autoplot() draws the same in steps", {
  skip_if_no_keras()
  skip_if_not_installed("ggplot2")
  drawn <- ggplot2::autoplot(schedule, steps_per_epoch = 20)
  expect_identical(as.data.frame(drawn$data), as.data.frame(schedule, steps_per_epoch = 20))
  expect_s3_class(drawn$layers[[1]]$geom, "GeomStep")
  path <- ggplot2::layer_data(drawn)
  expect_identical(path$y, as.data.frame(schedule)$learning_rate)
  expect_error(ggplot2::autoplot(schedule, step = 1), class = "rlib_error_dots_nonempty")
})

test_that("schedules are compared, each to the end of the longest", {
  skip_if_no_keras()
  stairs <- schedule
  compared <- schedule_compare(stairs, warm = schedule_warmup(schedule, 1000), steps_per_epoch = 41)
  expect_identical(levels(compared$schedule), c("stairs", "warm"))
  expect_setequal(names(compared), c("schedule", "step", "epoch", "learning_rate"))
  for (name in c("stairs", "warm")) {
    part <- compared[compared$schedule == name, ]
    expect_identical(range(part$step), c(0, 1205))
    expect_false(is.unsorted(part$step, strictly = TRUE))
  }
  calls <- recorded(plot(compared))
  drawn <- calls[names(calls) == "C_plotXY"]
  expect_identical(drawn[[2]][[1]]$y, compared$learning_rate[compared$schedule == "stairs"])
  skip_if_not_installed("ggplot2")
  expect_s3_class(ggplot2::autoplot(compared), "ggplot")
  at <- schedule_compare(a = schedule, b = schedule * 2, steps = c(0, 41))
  expect_identical(at$learning_rate, c(0.1, 0.05, 0.2, 0.1))
  local_plain_messages()
  expect_snapshot(error = TRUE, {
    schedule_compare()
    schedule_compare(schedule, schedule)
    schedule_compare(schedule, other = 1)
  })
})

test_that("a plan marks what it trains", {
  skip_if_no_keras()
  plan <- training_plan(steps_per_epoch = 20, epochs = 5)
  calls <- recorded(drawn <- plot(schedule, plan = plan))
  expect_identical(drawn, as.data.frame(schedule, steps_per_epoch = 20))
  expect_identical(calls$C_rect[[1]], 100)
  longer <- recorded(
    drawn <- plot(schedule, plan = training_plan(steps_per_epoch = 20, epochs = 50))
  )
  expect_identical(max(drawn$step), 1000)
  expect_error(
    plot(schedule, plan = plan, steps_per_epoch = 3),
    "`steps_per_epoch` must be left out"
  )
  expect_error(plot(schedule, plan = 5), "`plan` must be a training plan")
})

test_that("a picture of another's class says that it was asked for few steps", {
  skip_if_no_keras()
  reticulate::py_run_string(
    "
import keras
@keras.saving.register_keras_serializable(package='lrschedules_test')
class Spiky(keras.optimizers.schedules.LearningRateSchedule):
    def __call__(self, step): return keras.ops.where(step == 5, 1.0, 0.1)
    def get_config(self): return {}
"
  )
  spiky <- as_learning_rate_schedule(reticulate::import_main(convert = FALSE)$Spiky())
  calls <- recorded(plot(schedule_hold(spiky, 4000)))
  expect_identical(calls$C_mtext[[1]], "at most 1000 steps were asked of Spiky")
  expect_false("C_mtext" %in% names(recorded(plot(spiky, steps = 0:9))))
})
