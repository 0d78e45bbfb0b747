plan <- training_plan(samples = 1000, batch_size = 32, epochs = 40)

test_that("each phase is a row, and a line", {
  skip_if_no_numpy()
  local_plain_messages()
  schedule <- learning_rate_schedule_cosine_decay(0.1, epochs(35, plan)) |>
    schedule_warmup(epochs(5, plan))
  told <- schedule_explain(schedule, plan)
  expect_s3_class(told, c("schedule_phases", "data.frame"), exact = TRUE)
  expect_identical(told$from, c(0, 160))
  expect_identical(told$to, c(160, 1279))
  expect_identical(told$from_epoch, c(0, 5))
  expect_identical(told$to_epoch, c(5, 40))
  expect_identical(told$start, schedule(told$from))
  expect_identical(told$end, schedule(told$to))
  stairs <- learning_rate_schedule_exponential_decay(0.1, 25, 0.5, staircase = TRUE)
  restarts <- learning_rate_schedule_cosine_decay_restarts(0.1, 100)
  expect_snapshot({
    told
    schedule_explain(stairs, plan)
    schedule_explain(restarts, plan)
    told["what"]
  })
})

test_that("steps beyond R's integers are told as they are", {
  skip_if_no_numpy()
  far <- learning_rate_schedule_exponential_decay(0.1, 1e10, 0.5, staircase = TRUE)
  told <- schedule_explain(far, training_plan(steps_per_epoch = 1e10, epochs = 3))
  expect_identical(told$from, c(0, 1e10, 2e10))
  expect_identical(told$to, c(1e10, 2e10, 3e10) - 1)
})

test_that("bad input is refused", {
  skip_if_no_numpy()
  local_plain_messages()
  expect_snapshot(error = TRUE, {
    schedule_explain("a", plan)
    schedule_explain(learning_rate_schedule_constant(0.1), NULL)
  })
})
