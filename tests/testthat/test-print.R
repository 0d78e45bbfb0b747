schedule <- learning_rate_schedule_exponential_decay(0.1, 100000, 0.5)

test_that("schedules print", {
  expect_snapshot({
    schedule
    learning_rate_schedule_exponential_decay(1e-5, 3e9, 1 / 3, TRUE, name = "mine")
    learning_rate_schedule_exponential_decay(0, 1, 1, name = NULL)
    learning_rate_schedule_exponential_decay_with_offset(3, 1e-10, 41, 0.96)
  })
  expect_invisible(print(schedule))
})

test_that("format() is one line", {
  expect_identical(
    format(schedule),
    "exponential_decay(initial_learning_rate = 0.1, decay_steps = 100000, decay_rate = 0.5, staircase = FALSE)"
  )
})

test_that("a class that is not ours is named, with who computes it", {
  own <- lrschedules:::new_schedule(
    "KerasSchedule",
    list(class_name = "mine>Halving", config = list(rate = 0.5))
  )
  expect_snapshot({
    own
    0.5 * own + learning_rate_schedule_constant(0.1)
  })
})
