schedule <- learning_rate_schedule_exponential_decay(0.1, 1000, 0.5)

test_that("schedule_values() gives what the schedule gives", {
  skip_if_no_numpy()
  expect_identical(schedule_values(schedule, 0:10), schedule(0:10))
  expect_message(values <- schedule_values(schedule), "2,000 of 5,001 rates")
  expect_identical(values, as.data.frame(schedule)$learning_rate)
})

test_that("as.data.frame() gives steps, epochs and rates", {
  skip_if_no_numpy()
  expect_identical(
    as.data.frame(schedule, steps = c(0, 500, 1000)),
    data.frame(step = c(0, 500, 1000), learning_rate = schedule(c(0, 500, 1000)))
  )
  expect_identical(
    as.data.frame(schedule, steps = c(0, 500, 1000), steps_per_epoch = 250)$epoch,
    c(0, 2, 4)
  )
  shown <- as.data.frame(schedule)
  expect_identical(range(shown$step), c(0, 5000))
  expect_identical(shown$learning_rate, schedule(shown$step))
  expect_true(all(diff(shown$step) > 0) && nrow(shown) <= 4000)
  short <- as.data.frame(learning_rate_schedule_exponential_decay(0.1, 2, 0.5))
  expect_identical(short$step, as.double(0:10))
})

test_that("bad input is an error that names it", {
  skip_if_no_numpy()
  local_plain_messages()
  expect_snapshot(error = TRUE, {
    schedule_values(-1, 1)
    schedule_values("a", 1)
    range(schedule, steps = numeric())
    summary(schedule, steps = numeric())
    schedule_values(schedule, c(0.5, NA))
    as.data.frame(schedule, steps = "1")
    as.data.frame(schedule, steps = 1, steps_per_epoch = 0)
  })
})

test_that("one step of a million is shown", {
  skip_if_no_numpy()
  rates <- rep(0.1, 1e6)
  rates[[123457]] <- 1
  shown <- as.data.frame(learning_rate_schedule_tabulated(rates))
  expect_identical(shown[shown$learning_rate == 1, "step"], 123456)
  expect_lte(nrow(shown), 4001)
})

test_that("nothing is ignored in silence", {
  skip_if_no_numpy()
  local_plain_messages()
  expect_snapshot(error = TRUE, as.data.frame(schedule, 0:3))
  expect_error(as.data.frame(schedule, step = 0:3), class = "rlib_error_dots_nonempty")
  expect_error(summary(schedule, step = 0:3), class = "rlib_error_dots_nonempty")
})

test_that("summary() describes all steps", {
  skip_if_no_numpy()
  stairs <- learning_rate_schedule_piecewise_constant_decay(c(9, 39), c(0.5, 1, 0))
  plan <- training_plan(steps_per_epoch = 10, epochs = 8)
  found <- summary(stairs, plan = plan)
  rates <- stairs(0:79)
  expect_identical(found$last, 79)
  expect_identical(
    unlist(found[c("start", "peak", "lowest", "end")], use.names = FALSE),
    c(0.5, 1, 0, 0)
  )
  expect_identical(c(found$peak_step, found$lowest_step, found$zeros), c(10, 40, 40))
  expect_identical(c(found$jump, found$jump_step), c(-1, 40))
  expect_equal(found$mean, mean(rates))
  expect_equal(found$quarters$mean, colMeans(matrix(rates, 20)))
  expect_identical(found$quarters$from, c(0, 20, 40, 60))
  expect_identical(found$quarters$highest, c(1, 1, 0, 0))
  local_plain_messages()
  expect_snapshot({
    found
    summary(learning_rate_schedule_constant(0.1))
    summary(learning_rate_schedule_exponential_decay(0.1, 1e9, 0.5))
  })
  expect_error(summary(stairs, plan = 10), "`plan` must be")
  skip_if_not(l10n_info()[["UTF-8"]], "the locale is not UTF-8")
  withr::local_options(cli.unicode = TRUE)
  expect_output(print(found), "^<summary of [a-z_]+>\n  (\u2584{5}\u2588{15} {0,1}\u2581*)")
  # A highest rate that is not a number may be at a step without a bar.
  found$peak <- NaN
  expect_output(print(found), "peak +NaN at step 10")
})

test_that("functions that inspect schedules take a number as a constant rate", {
  skip_if_no_numpy()
  expect_identical(schedule_values(0.1, 0:2), rep(0.1, 3))
  expect_identical(range(schedule, 1, steps = 0:1000), c(0.05, 1))
  plan <- training_plan(steps_per_epoch = 10, epochs = 3)
  expect_identical(schedule_explain(0.1, plan)$start, 0.1)
  expect_identical(nrow(schedule_check(0.1, plan)), 0L)
  expect_identical(schedule_compare(a = schedule, b = 0.5, steps = 0)$learning_rate, c(0.1, 0.5))
})

test_that("all functions that inspect a schedule take steps, steps_per_epoch and plan", {
  skip_if_no_numpy()
  plan <- training_plan(steps_per_epoch = 10, epochs = 800)
  expect_identical(range(schedule, plan = plan), schedule(c(7999, 0)))
  expect_identical(range(as.data.frame(schedule, plan = plan)$step), c(0, 7999))
  table <- as.data.frame(schedule, plan = plan)
  expect_message(values <- schedule_values(schedule, plan = plan), "positions are not steps")
  expect_identical(values, table$learning_rate)
  expect_identical(table$epoch, table$step / 10)
  compared <- schedule_compare(a = schedule, plan = plan)
  expect_identical(compared$epoch, compared$step / 10)
  expect_error(range(schedule, plan = 1), "`plan` must be a training plan")
  expect_error(range(schedule, steps_per_epoch = 0), "`steps_per_epoch` must be")
  expect_error(schedule_values(schedule, steps_per_epoch = 0), "`steps_per_epoch` must be")
  for (f in list(as.data.frame, schedule_values, schedule_compare, summary, range)) {
    expect_error(f(schedule, plan = plan, steps_per_epoch = 10), "can't be used together with")
  }
})

test_that("summary() describes the steps that it is given", {
  skip_if_no_numpy()
  stairs <- learning_rate_schedule_piecewise_constant_decay(c(9, 39), c(0.5, 1, 0))
  found <- summary(stairs, steps = c(41, 5, 9:11, 40), steps_per_epoch = 10)
  expect_identical(c(found$first, found$last), c(5, 41))
  # These are the rates of steps 5, 9, 10, 11, 40 and 41.
  expect_equal(found$mean, mean(c(0.5, 0.5, 1, 1, 0, 0)))
  expect_identical(c(found$zeros, found$peak_step, found$jump, found$jump_step), c(2, 10, 0.5, 10))
  expect_identical(found$steps_per_epoch, 10)
  expect_output(print(found), "steps  +5 to 41")
  # Without two consecutive steps, the largest jump can't be known.
  expect_output(print(summary(stairs, steps = c(5, 9, 40))), "largest jump  unknown")
  # A plan that trains these steps gives the same.
  plan <- training_plan(steps_per_epoch = 10, epochs = 5)
  of_plan <- summary(stairs, plan = plan)
  expect_identical(summary(stairs, steps = 0:49, steps_per_epoch = 10), of_plan)
})

test_that("a summary prints decimal points whatever OutDec is", {
  skip_if_no_numpy()
  local_plain_messages()
  points <- capture.output(print(summary(schedule)))
  withr::local_options(OutDec = ",")
  expect_identical(capture.output(print(summary(schedule))), points)
})

test_that("a schedule is not a column by itself", {
  local_plain_messages()
  expect_snapshot(error = TRUE, {
    data.frame(id = 1, schedule = schedule)
    cbind(data.frame(id = 1), schedule)
  })
  frame <- data.frame(id = 1, schedule = I(list(schedule)))
  expect_identical(dim(frame), c(1L, 2L))
  expect_identical(frame$schedule[[1]], schedule)
})

test_that("a whole run is the steps of its plan, and no step after them", {
  skip_if_no_numpy()
  plan <- training_plan(steps_per_epoch = 41, epochs = 2)
  stairs <- learning_rate_schedule_exponential_decay(0.1, 41, 0.5, staircase = TRUE)
  rates <- rep(c(0.1, 0.05), each = 41)
  expect_identical(as.data.frame(stairs, plan = plan)$learning_rate, rates)
  expect_identical(as.data.frame(stairs, plan = plan)$step, as.double(0:81))
  expect_identical(schedule_values(stairs, plan = plan), rates)
  expect_equal(summary(stairs, plan = plan)$mean, mean(rates))
})

test_that("a message says that some rates are omitted", {
  skip_if_no_numpy()
  local_plain_messages()
  expect_silent(schedule_values(learning_rate_schedule_cosine_decay(0.1, 400)))
  expect_silent(schedule_values(schedule, 0:9999 * 2))
  long <- learning_rate_schedule_cosine_decay(0.1, 4e4)
  expect_snapshot(invisible(schedule_values(long)))
  longest <- learning_rate_schedule_cosine_decay(0.1, 4e9)
  expect_message(schedule_values(longest), "of 5,000,000,001 rates")
})

test_that("a tibble of a schedule is its table", {
  skip_if_no_numpy()
  expect_identical(as.data.frame(schedule, stringsAsFactors = FALSE), as.data.frame(schedule))
  skip_if_not_installed("tibble")
  tibble <- tibble::as_tibble(schedule)
  expect_s3_class(tibble, "tbl_df")
  expect_identical(tibble$learning_rate, as.data.frame(schedule)$learning_rate)
})

test_that("a plan without its name is an error that says so", {
  skip_if_no_numpy()
  local_plain_messages()
  plan <- training_plan(steps_per_epoch = 41, epochs = 2)
  expect_snapshot(error = TRUE, {
    schedule_values(schedule, plan)
    as.data.frame(schedule, plan)
    plot(schedule, plan)
  })
})
