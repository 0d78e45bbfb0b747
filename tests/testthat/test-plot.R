schedule <- learning_rate_schedule_exponential_decay(0.1, 41, 0.5, staircase = TRUE)

# All calls that a plot makes to the graphics device, by the name of the primitive.
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
  expect_equal(axes[[3]][[2]], as.numeric(sub("^epoch ", "", axes[[3]][[3]])) * 20)
  expect_identical(grepl("epoch", axes[[3]][[3]]), seq_along(axes[[3]][[3]]) == 1)
})

test_that("graphical parameters pass through, and bad input is refused", {
  skip_if_no_keras()
  expect_no_error(recorded(plot(schedule, log = "y", main = "rates", xlab = "batch", col = 2)))
  expect_error(plot(schedule, steps = NA), "`steps` must be")
  expect_error(plot(schedule, steps_per_epoch = -1), "`steps_per_epoch` must be")
})

test_that("a staircase is drawn flat, and the largest of schedules at once", {
  skip_if_quick()
  skip_if_no_keras()
  calls <- recorded(plot(schedule))
  expect_identical(calls$C_plotXY[[2]], "s")
  # Take the shortest time, because the machine may be busy.
  units <- function(schedule) min(replicate(3, cpu_units(recorded(plot(schedule)))))
  restarts <- learning_rate_schedule_cosine_decay_restarts(0.1, 991, t_mul = 1)
  expect_lt(units(schedule_hold(restarts, 8e5)), 17)
  expect_lt(units(learning_rate_schedule_tabulated(seq(0, 1, length.out = 1e6))), 17)
  expect_lt(units(schedule_hold(restarts, 1e15)), 55)
  expect_lt(units(learning_rate_schedule_exponential_decay(0.1, 1e15, 0.5)), 55)
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
    schedule_compare(a = 1, a = 2, b = 1, b = 2, b = 3)
    schedule_compare(schedule, other = "1")
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
    "`steps_per_epoch` can't be used together with `plan`"
  )
  expect_error(plot(schedule, plan = 5), "`plan` must be a training plan")
})

test_that("a picture of a foreign class says that it shows few steps", {
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
  expect_identical(calls$C_mtext[[1]], "drawn from at most 1,000 steps of Spiky")
  expect_false("C_mtext" %in% names(recorded(plot(spiky, steps = 0:9))))
})

test_that("names of lines are apart, and within the picture", {
  spread <- lrschedules:::spread
  expect_equal(spread(c(0.5, 0, 0), 0.1, c(0, 1)), c(0.5, 0, 0.1))
  expect_equal(spread(c(1, 1, 0.98), 0.1, c(0, 1)), c(0.9, 1, 0.8))
  expect_equal(spread(rep(0, 5), 1, c(0, 1)), c(0, 0.25, 0.5, 0.75, 1))
  expect_equal(spread(2, 0.1, c(0, 1)), 1)
  expect_identical(
    lrschedules:::shortened(c("short", "a name that is (0.1, 100)"), 13),
    c("short", "a nam... 100)")
  )
})

test_that("a part of the compared lines, and logarithms of them, are drawn", {
  skip_if_no_keras()
  cosine <- learning_rate_schedule_cosine_decay(0.1, 160)
  compared <- schedule_compare(stairs = schedule, cosine)
  expect_silent(recorded(plot(compared, log = "xy")))
  calls <- recorded(plot(compared, xlim = c(0, 50)))
  expect_identical(calls$C_clip[[2]], 50)
  # The labels stand at the rates of step 50.
  expect_identical(unique(calls$C_text[[1]]$x), 50)
  expect_equal(calls$C_text[[1]]$y, c(0.05, cosine(50)))
})

test_that("a picture goes from one step to another, as of any function", {
  skip_if_quick()
  skip_if_no_numpy()
  calls <- recorded(drawn <- plot(schedule, 0, 100))
  expect_identical(drawn$step, as.double(0:100))
  expect_equal(calls$C_plotXY[[1]]$y, schedule(0:100))
  recorded({
    expect_identical(plot(schedule, 100), drawn)
    expect_identical(plot(schedule, steps = 100), drawn)
    expect_identical(plot(schedule, to = 100), drawn)
    expect_identical(plot(schedule, 50, 53.5)$step, c(50, 51, 52, 53))
    expect_identical(plot(schedule, 0, 10, steps_per_epoch = 5)$epoch, 0:10 / 5)
    # If only some points are drawn, they include the highest and the lowest of each part.
    restarts <- learning_rate_schedule_cosine_decay_restarts(0.1, 991, t_mul = 1)
    far <- plot(restarts, 1e6, 3e6)
    expect_identical(range(far$step), c(1e6, 3e6))
    expect_lte(nrow(far), 4000)
    expect_gt(sum(far$learning_rate == 0.1), 900)
    expect_identical(plot(schedule, c(0, 100))$step, c(0, 100))
  })
  expect_identical(schedule_values(schedule, 100), schedule(100))
  expect_identical(as.data.frame(schedule, steps = 100)$step, 100)
  local_plain_messages()
  expect_snapshot(error = TRUE, {
    plot(schedule, -1)
    plot(schedule, 100, 5)
    plot(schedule, 0, 10, 5)
    plot(schedule, 0:90, 20)
    plot(schedule, steps = numeric())
  })
  skip_if_not_installed("ggplot2")
  expect_identical(as.data.frame(ggplot2::autoplot(schedule, steps = 0, to = 100)$data), drawn)
})

test_that("added lines and points go to the edges of the picture, and have a plan and epochs", {
  skip_if_no_numpy()
  plan <- training_plan(steps_per_epoch = 20, epochs = 5)
  longer <- learning_rate_schedule_cosine_decay(0.1, 1000)
  calls <- recorded({
    edge <- {
      plot(longer)
      graphics::par("usr")[[2]]
    }
    alone <- lines(schedule)
    of_plan <- lines(schedule, plan = plan, col = "black")
    of_epochs <- lines(schedule, steps_per_epoch = 40)
  })
  expect_identical(range(alone$step), c(0, ceiling(edge)))
  expect_identical(of_plan$epoch, of_plan$step / 20)
  expect_identical(of_epochs$epoch, of_epochs$step / 40)
  drawn <- calls[names(calls) == "C_plotXY"]
  # Five lines are drawn: the picture's, the added one, two parts of the plan, and the last one.
  expect_length(drawn, 5)
  expect_identical(calls[names(calls) == "C_clip"][[1]][[2]], 100)
  expect_true("#00000040" %in% unlist(drawn[[4]]))
  tops <- Filter(function(call) identical(call[[1]], 3), calls[names(calls) == "C_axis"])
  expect_length(tops, 2)
  recorded({
    plot(schedule, 50, 60)
    within <- lines(longer)
  })
  expect_lte(nrow(within), 13)
})

test_that("compared schedules have each step once, however near their ends are", {
  skip_if_no_numpy()
  long <- learning_rate_schedule_cosine_decay(0.1, 1000)
  for (more in c(1, 2, 100, 499, 500, 5000)) {
    other <- learning_rate_schedule_cosine_decay(0.1, 1000 + more)
    compared <- schedule_compare(long, other)
    expect_identical(anyDuplicated(compared[c("schedule", "step")]), 0L)
    expect_identical(max(compared$step[compared$schedule == "long"]), max(compared$step))
  }
})

test_that("a part of a comparison is a comparison, in its colours", {
  skip_if_no_numpy()
  plan <- training_plan(steps_per_epoch = 20, epochs = 5)
  compared <- schedule_compare(a = schedule, b = schedule * 0.5, c = 0.01, plan = plan)
  part <- compared[compared$schedule == "b", ]
  expect_s3_class(part, "schedule_comparison")
  expect_identical(attr(part, "quantity"), "learning rate")
  whole <- recorded(plot(compared))
  calls <- recorded(plot(part))
  line <- calls[names(calls) == "C_plotXY"][[2]]
  expect_identical(line[[1]]$y, part$learning_rate)
  expect_identical(line, whole[names(whole) == "C_plotXY"][[3]], ignore_attr = TRUE)
  expect_identical(as.character(calls$C_text[[2]]), "b")
  expect_identical(calls$C_rect[[1]], 100)
  expect_identical(class(compared["step"]), "data.frame")
  expect_identical(compared[2, "step"], compared$step[[2]])
  expect_error(plot(compared[0, ]), "`x` must have at least one row")
  skip_if_not_installed("ggplot2")
  drawn <- ggplot2::ggplot_build(ggplot2::autoplot(part))
  expect_identical(unique(drawn$data[[1]]$colour), lrschedules:::COLOURS[[2]])
})

test_that("schedules in a list are compared, and a second schedule is pointed there", {
  skip_if_no_numpy()
  cosine <- learning_rate_schedule_cosine_decay(0.1, 160)
  stairs <- schedule
  both <- schedule_compare(cosine, stairs)
  expect_identical(schedule_compare(list(cosine, stairs)), both)
  expect_identical(schedule_compare(list(cosine = cosine, stairs)), both)
  expect_identical(schedule_compare(cosine, list(stairs = stairs)), both)
  candidates <- list(cosine, other = stairs)
  compared <- schedule_compare(candidates, 0.05)
  expect_identical(levels(compared$schedule), c("candidates[[1]]", "other", "0.05"))
  plan <- training_plan(steps_per_epoch = 20, epochs = 5)
  recorded({
    expect_identical(plot(list(cosine, stairs)), both)
    expect_identical(
      plot(candidates, plan = plan, log = "x"),
      schedule_compare(candidates, plan = plan)
    )
  })
  # R draws any other list as usual.
  calls <- recorded(plot(list(x = 1:3, y = 4:6)))
  expect_identical(calls$C_plotXY[[1]]$y, c(4, 5, 6))
  expect_error(plot(list(1, "a")), "'x' is a list")
  expect_error(schedule_compare(list()), "`...` must be one or more schedules")
  expect_error(schedule_compare(list(a = "0.1")), "`a` must be a schedule")
  local_plain_messages()
  expect_snapshot(plot(cosine, stairs), error = TRUE)
  recorded({
    plot(cosine)
    expect_error(lines(cosine, stairs), "plot\\(schedule_compare\\(a, b\\)\\)")
  })
})

test_that("a comparison is drawn with the plan that is given then", {
  skip_if_no_numpy()
  plan <- training_plan(steps_per_epoch = 20, epochs = 5)
  compared <- schedule_compare(schedule, half = schedule * 0.5)
  expect_silent(calls <- recorded(plot(compared, plan = plan)))
  expect_identical(calls$C_rect[[1]], 100)
  expect_error(plot(compared, plan = 5), "`plan` must be a training plan")
  expect_error(plot(compared, plan), "arguments after `x` must be named")
  skip_if_not_installed("ggplot2")
  with_it <- ggplot2::ggplot_build(ggplot2::autoplot(compared, plan = plan))
  before <- schedule_compare(schedule, half = schedule * 0.5, plan = plan)
  expect_equal(with_it$data, ggplot2::ggplot_build(ggplot2::autoplot(before))$data)
})

test_that("of a long comparison the first rows and their number are printed", {
  skip_if_no_numpy()
  compared <- schedule_compare(schedule, half = schedule * 0.5, steps = 0:999)
  printed <- utils::capture.output(compared)
  expect_length(printed, 12)
  expect_identical(printed[[12]], "... and 1,990 more rows")
  expect_length(utils::capture.output(compared[compared$step < 5, ]), 11)
  longer <- schedule_compare(schedule, steps = 0:100009)
  expect_identical(utils::capture.output(longer)[[12]], "... and 100,000 more rows")
})

test_that("the axis of epochs names the last one of a plan, or else of the picture", {
  skip_if_no_numpy()
  labels <- function(...) {
    calls <- recorded(plot(schedule, ...))
    Filter(function(call) identical(call[[1]], 3), calls[names(calls) == "C_axis"])[[1]][[3]]
  }
  of_plan <- labels(plan = training_plan(steps_per_epoch = 10, epochs = 31))
  expect_identical(of_plan[[length(of_plan)]], "31")
  # The label 30 would overlap.
  expect_false("30" %in% of_plan)
  alone <- labels(0, 375, steps_per_epoch = 10)
  expect_identical(alone[[length(alone)]], "37")
  expect_true("30" %in% alone)
  whole <- labels(0, 299, steps_per_epoch = 10)
  expect_identical(whole[[length(whole)]], "30")
})

test_that("ggplot2's names stay at the ends of their lines on other scales and in facets", {
  skip_if_no_numpy()
  skip_if_not_installed("ggplot2")
  compared <- schedule_compare(high = 0.1, low = 0.001, middle = 0.01, steps = 0:99)
  names_of <- function(drawn) {
    data <- ggplot2::ggplot_build(drawn)$data
    data[[length(data)]]
  }
  drawn <- ggplot2::autoplot(compared)
  expect_identical(names_of(drawn)$y, c(0.1, 0.001, 0.01))
  logarithmic <- names_of(drawn + ggplot2::scale_y_log10())
  expect_equal(logarithmic$y, log10(c(0.1, 0.001, 0.01)))
  facets <- names_of(drawn + ggplot2::facet_wrap(~schedule))
  expect_identical(as.integer(facets$PANEL), 1:3)
  # The names stay within the panel, wherever the points are.
  grobs <- lrschedules:::geom_of_names()$draw_panel(
    transform(facets, x = 0.9, y = c(0.5, 0.51, 2)),
    NULL,
    list(transform = function(data, panel_params) data)
  )
  text <- grobs$children[[1]]
  expect_true(all(as.numeric(text$y) >= 0 & as.numeric(text$y) <= 1))
  expect_gte(min(diff(sort(as.numeric(text$y)))), 0.06 - 1e-9)
})

test_that("lines of one colour have dashes, and their names show them", {
  skip_if_no_numpy()
  many <- lapply(1:9 / 10, function(rate) update(schedule, decay_rate = rate))
  compared <- schedule_compare(many, steps = 0:99)
  calls <- recorded(plot(compared))
  expect_length(calls$C_segments[[2]], 9)
  drawn <- calls[names(calls) == "C_plotXY"][-1]
  looks <- vapply(drawn, function(call) toString(call[4:6]), "")
  expect_identical(anyDuplicated(looks), 0L)
  expect_null(recorded(plot(schedule_compare(many[1:3], steps = 0:99)))$C_segments)
  skip_if_not_installed("ggplot2")
  data <- ggplot2::ggplot_build(ggplot2::autoplot(compared))$data[[1]]
  expect_identical(nrow(unique(data[c("colour", "linetype")])), 9L)
})
