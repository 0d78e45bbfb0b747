# An integer64 as returned by fread(), DBI and arrow: its 64 bits are stored in a double.
integer64 <- function(low, high) {
  bytes <- writeBin(as.integer(rbind(low, high)), raw(), endian = "little")
  structure(readBin(bytes, "double", length(low), endian = "little"), class = "integer64")
}
schedule <- learning_rate_schedule_exponential_decay(0.1, 1000, 0.5)

test_that("integer64 counts as the whole number that it is", {
  # 5, -1, 2^31, 2^32 + 7, 2^53
  values <- integer64(c(5, -1, NA, 7, 0), c(0, -1, 0, 1, 2^21))
  expect_identical(
    lrschedules:::without_integer64(values),
    c(5, -1, 2^31, 2^32 + 7, 2^53)
  )
  # 2^53 + 1 is not a step, although a double loses its lowest bit. The last value is NA.
  expect_identical(
    lrschedules:::without_integer64(integer64(c(1, 0), c(2^21, NA))),
    c(2^53 + 2, NA)
  )
  steps <- integer64(1000, 0)
  expect_identical(learning_rate_schedule_exponential_decay(0.1, steps, 0.5), schedule)
  expect_identical(
    learning_rate_schedule_constant(integer64(1, 0)),
    learning_rate_schedule_constant(1)
  )
  expect_identical(schedule * integer64(2, 0), schedule * 2)
  expect_identical(
    schedule_join(list(1, 2, 3), integer64(c(5, 9), 0)),
    schedule_join(list(1, 2, 3), c(5, 9))
  )
  expect_identical(as_learning_rate_schedule(integer64(1, 0)), learning_rate_schedule_constant(1))
  expect_identical(schedule_join(integer64(c(1, 2), 0), 5), schedule_join(list(1, 2), 5))
  rows <- data.frame(learning_rate = c(0.1, 0.2))
  rows$step <- integer64(c(0, 5), 0)
  expect_identical(
    as_learning_rate_schedule(rows),
    as_learning_rate_schedule(data.frame(step = c(0, 5), learning_rate = c(0.1, 0.2)))
  )
  skip_if_no_numpy()
  expect_identical(schedule(integer64(c(0, 1000), 0)), c(0.1, 0.05))
  expect_identical(as.data.frame(schedule, steps = steps), as.data.frame(schedule, steps = 1000))
})

test_that("numbers that bit64 makes are converted in the same way", {
  skip_if_not_installed("bit64")
  values <- bit64::as.integer64(c("-9007199254740991", "0", "4294967297", NA))
  expect_identical(
    lrschedules:::without_integer64(values),
    c(-9007199254740991, 0, 4294967297, NA)
  )
})

test_that("an object that is not a number is named by its type", {
  local_plain_messages()
  expect_snapshot(error = TRUE, {
    learning_rate_schedule_constant(factor(1))
    learning_rate_schedule_constant(stdin())
    learning_rate_schedule_constant(Sys.Date())
    learning_rate_schedule_constant(data.frame(a = 1))
    learning_rate_schedule_constant(matrix(1:4, 2))
    learning_rate_schedule_constant(list(factor(1), a = 2))
    learning_rate_schedule_constant(globalenv())
    learning_rate_schedule_constant(integer64(c(1, 2), 0))
    learning_rate_schedule_exponential_decay(0.1, integer64(1, 2^21), 0.5)
    learning_rate_schedule_constant(integer64(0, NA))
  })
})

test_that("a number that is nearly whole, by more than 4 ulp, is shown with all its digits", {
  local_plain_messages()
  expect_snapshot(error = TRUE, {
    schedule_hold(schedule, 3 + 5 * 2^-51)
    schedule_join(list(1, 2, 3), c(1, 29 - 5 * 2^-48))
  })
  skip_if_no_numpy()
  # Between two steps the rate is the rate of the earlier step.
  expect_identical(schedule(c(29 - 5 * 2^-48, 3 + 5 * 2^-51)), schedule(c(28, 3)))
})

test_that("an object that contains the required number gives a hint", {
  local_plain_messages()
  plan <- training_plan(steps_per_epoch = 41, epochs = 2)
  found <- structure(list(suggestions = list(edge = 0.1)), class = "range_test")
  decay <- learning_rate_schedule_cosine_decay(0.1, 100)
  expect_snapshot(error = TRUE, {
    learning_rate_schedule_cosine_decay(0.1, plan)
    schedule_warmup(decay, plan)
    learning_rate_schedule_cosine_decay(found, 100)
    learning_rate_schedule_one_cycle(found, 100)
    schedule_warmup(list(decay, decay), 10)
    learning_rate_schedule_cosine_decay(0.1, list(100, 200))
  })
})
