schedule <- learning_rate_schedule_exponential_decay(0.1, 1000, 0.5)

test_that("schedule_values() gives what the schedule gives", {
  skip_if_no_numpy()
  expect_identical(schedule_values(schedule, 0:10), schedule(0:10))
  expect_identical(schedule_values(schedule), as.data.frame(schedule)$learning_rate)
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
  local_plain_messages()
  expect_snapshot(error = TRUE, {
    schedule_values(0.1, 1)
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
  expect_error(summary(schedule, steps = 0:3), class = "rlib_error_dots_nonempty")
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
  withr::local_options(cli.unicode = TRUE)
  expect_output(print(found), "^<summary of [a-z_]+>\n  (\u2584{5}\u2588{15} {0,1}\u2581*)")
  expect_error(summary(stairs, plan = 10), "`plan` must be")
})
