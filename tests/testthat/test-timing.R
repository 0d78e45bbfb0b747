decay <- learning_rate_schedule_exponential_decay(0.8, 41, 0.5, staircase = TRUE)
halves <- function(step) 0.8 * 0.5^(step %/% 41)

test_that("the messages read well", {
  local_plain_messages()
  expect_snapshot(error = TRUE, {
    schedule_join(decay, 10)
    schedule_join(list(decay, -1), 10)
    schedule_join(list(decay, 0.1), c(10, 20))
    schedule_join(rep(0.1, 1280), 1:1280)
    schedule_join(list(decay, 0.1), 0)
    schedule_repeat(decay, 10, times = 1.5)
    schedule_stretch(decay, 0)
  })
})

test_that("the rates are those of the formulas", {
  skip_if_no_numpy()
  steps <- c(0:200, 1e6)
  expect_equal(schedule_offset(decay, 5)(steps), halves(pmax(steps - 5, 0)), tolerance = 1e-12)
  expect_equal(schedule_hold(decay, 50)(steps), halves(pmin(steps, 50)), tolerance = 1e-12)
  expect_equal(schedule_repeat(decay, 60)(steps), halves(steps %% 60), tolerance = 1e-12)
  expect_equal(
    schedule_repeat(decay, 60, 2)(0:200),
    halves(ifelse(0:200 < 60, 0:200, 0:200 - 60)),
    tolerance = 1e-12
  )
  expect_equal(schedule_stretch(decay, 3)(steps), halves(steps %/% 3), tolerance = 1e-12)
  expect_equal(schedule_accumulate(decay, 4)(steps), halves(steps %/% 4), tolerance = 1e-12)
  joined <- ifelse(steps < 30, 0.5, ifelse(steps < 100, halves(steps - 30), 0.25))
  expect_equal(schedule_join(list(0.5, decay, 0.25), c(30, 100))(steps), joined, tolerance = 1e-12)
  expect_identical(schedule_then(decay, 0.1, 10)(9:11), c(0.8, 0.1, 0.1))
})

test_that("schedule_for_batch_size() divides step counts and multiplies rates", {
  local_plain_messages()
  small <- learning_rate_schedule_polynomial_decay(0.1, 8000, 0)
  larger <- schedule_for_batch_size(small, from = 32, to = 256)
  expect_identical(larger, schedule_scale(schedule_stretch(small, 1 / 8), 8))
  expect_snapshot(error = TRUE, {
    schedule_for_batch_size(small, 32, 0)
    schedule_for_batch_size(small, 32, 64, "cubic")
    schedule_for_batch_size("a", 32, 64)
  })
  skip_if_no_numpy()
  steps <- c(0, 1, 500, 999, 1000, 2000)
  line <- 0.1 * pmax(0, 1 - steps / 1000)
  expect_equal(larger(steps), 8 * line)
  expect_equal(schedule_for_batch_size(small, 32, 256, "sqrt")(steps), sqrt(8) * line)
  expect_equal(schedule_for_batch_size(small, 32, 256, "none")(steps), line)
  # A smaller batch has the opposite effect.
  smaller <- schedule_for_batch_size(small, from = 32, to = 8)
  expect_equal(smaller(c(0, 16000, 32000)), c(0.025, 0.0125, 0))
  # Three batches of 64 have as many samples as two batches of 96.
  expect_equal(schedule_for_batch_size(small, 64, 96, "none")(c(2, 3)), small(c(3, 4)))
})
