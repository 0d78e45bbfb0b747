# Tests the six functions that keras3 also has, with the arguments of scripts for keras3.

without_messages <- function(expr) suppressMessages(expr, "lrschedules_truncated_steps")

test_that("a fraction of a step is cut off, as keras3 and Keras do, and a message shows both numbers", {
  local_plain_messages()
  the <- lrschedules:::the
  hinted <- the$hinted_at_whole_steps
  withr::defer(the$hinted_at_whole_steps <- hinted)
  the$hinted_at_whole_steps <- NULL
  expect_snapshot({
    # The hint appears once.
    schedule <- learning_rate_schedule_exponential_decay(0.1, 123.4, 0.5)
    schedule <- learning_rate_schedule_cosine_decay(0.1, 1000.5, 0, "a", 1, 0.1 * 1234)
    schedule <- learning_rate_schedule_cosine_decay_restarts(0.1, 10.9)
    schedule <- learning_rate_schedule_polynomial_decay(0.1, 28.9999999999996)
    schedule <- learning_rate_schedule_piecewise_constant_decay(c(5, 0.75 * 1563), 3:1)
  })
  expect_message(
    learning_rate_schedule_exponential_decay(0.1, 123.4, 0.5),
    class = "lrschedules_truncated_steps"
  )
  same <- function(given, whole) expect_identical(without_messages(given), whole)
  same(
    learning_rate_schedule_exponential_decay(0.1, 123.4, 0.5),
    learning_rate_schedule_exponential_decay(0.1, 123, 0.5)
  )
  same(
    learning_rate_schedule_cosine_decay(0.1, 1000.5, warmup_target = 1, warmup_steps = 123.4),
    learning_rate_schedule_cosine_decay(0.1, 1000, warmup_target = 1, warmup_steps = 123)
  )
  same(
    learning_rate_schedule_cosine_decay_restarts(0.1, 10.9),
    learning_rate_schedule_cosine_decay_restarts(0.1, 10)
  )
  same(
    learning_rate_schedule_polynomial_decay(0.1, 50.25),
    learning_rate_schedule_polynomial_decay(0.1, 50)
  )
  same(
    learning_rate_schedule_piecewise_constant_decay(list(781.5, 1172.25), 3:1),
    learning_rate_schedule_piecewise_constant_decay(c(781, 1172), 3:1)
  )
})

test_that("inverse_time_decay() keeps the fraction, as in keras3", {
  schedule <- expect_silent(learning_rate_schedule_inverse_time_decay(0.1, 123.4, 0.5))
  expect_identical(schedule$decay_steps, 123.4)
  expect_identical(eval(parse(text = format(schedule))), schedule)
  skip_if_no_numpy()
  expect_equal(schedule(c(0, 617)), 0.1 / (1 + 0.5 * c(0, 617) / 123.4))
})

test_that("the rates are those of keras3's own functions", {
  skip_if_quick()
  skip_if_no_keras()
  skip_if_not_installed("keras3")
  given <- list(
    exponential_decay = list(0.1, 123.4, 0.5),
    cosine_decay = list(0.1, 100.7, warmup_target = 1, warmup_steps = 10.9),
    cosine_decay_restarts = list(0.1, 10.9),
    polynomial_decay = list(0.1, 50.25),
    inverse_time_decay = list(0.1, 12.5, 0.5),
    piecewise_constant_decay = list(c(20.5, 41.2), c(1, 0.5, 0.1)),
    cosine_decay = list(0.1, 100, warmup_steps = 10),
    exponential_decay = list(0.1, 10, 0),
    polynomial_decay = list(0.1, 10, power = 0)
  )
  steps <- c(0, 5, 19:22, 40:43, 99)
  for (i in seq_along(given)) {
    name <- paste0("learning_rate_schedule_", names(given)[[i]])
    theirs <- do.call(getExportedValue("keras3", name), given[[i]])
    rate_there <- function(step) {
      as.double(reticulate::py_to_r(keras3::op_convert_to_numpy(
        reticulate::py_call(theirs, reticulate::import("numpy", convert = FALSE)$int64(step))
      )))
    }
    ours <- suppressMessages(do.call(constructor(name), given[[i]]))
    expect_equal(
      ours(steps),
      vapply(steps, rate_there, 0),
      tolerance = 1e-5,
      info = names(given)[[i]]
    )
  }
})

test_that("a number within 4 ulp of a whole number is that number, and one beyond is refused by its digits", {
  expect_identical(lrschedules:::to_whole(0.29 * 100), 29)
  ulp <- 2^-48 # of numbers from 16 to 32
  expect_identical(
    lrschedules:::to_whole(29 + c(-5, -4, -1, 0, 1, 4, 5) * ulp),
    c(29 - 5 * ulp, 29, 29, 29, 29, 29, 29 + 5 * ulp)
  )
  # The ulp doubles at 32.
  expect_identical(lrschedules:::to_whole(32 + c(-4, 8, 10) * ulp), c(32, 32, 32 + 10 * ulp))
  unchanged <- c(NA, NaN, Inf, -Inf, 0, 5e-17, -0.5, 2^53)
  expect_identical(lrschedules:::to_whole(unchanged), unchanged)
  expect_identical(
    expect_silent(learning_rate_schedule_exponential_decay(0.1, 0.29 * 100, 0.5)),
    learning_rate_schedule_exponential_decay(0.1, 29, 0.5)
  )
  expect_identical(schedule_hold(0.1, 0.29 * 100), schedule_hold(0.1, 29))
  expect_identical(schedule_join(1:3, c(0.29 * 100, 50)), schedule_join(1:3, c(29, 50)))
  expect_identical(schedule_repeat(0.1, 5, 0.29 * 100), schedule_repeat(0.1, 5, 29))
  plan <- training_plan(steps_per_epoch = 0.29 * 100, epochs = 0.29 * 100)
  expect_identical(plan$steps, 29^2)
  local_plain_messages()
  expect_snapshot(error = TRUE, {
    schedule_hold(0.1, 28.9999999999996)
    schedule_hold(0.1, 29 - 5 * 2^-48)
    learning_rate_schedule_natural_exp_decay(0.1, 123.4, 0.5)
  })
  skip_if_no_numpy()
  stairs <- learning_rate_schedule_exponential_decay(1, 29, 0.5, staircase = TRUE)
  expect_identical(stairs(0.29 * 100), 0.5)
  expect_identical(stairs(c(0.29 * 100, 28.9999)), c(0.5, 1))
})

test_that("rates count a step within 4 ulp of a whole number as that number", {
  skip_if_no_numpy()
  ulp <- 2^-48
  stairs <- learning_rate_schedule_exponential_decay(1, 29, 0.5, staircase = TRUE)
  near <- 29 + c(-5, -4, 0, 4) * ulp
  expect_identical(vapply(near, stairs, 0), c(1, 0.5, 0.5, 0.5))
  expect_identical(stairs(near), c(1, 0.5, 0.5, 0.5))
  many <- rep(c(-5, -4, 28.5, near), 20000)
  expect_identical(stairs(many), rep(c(1, 1, 1, 1, 0.5, 0.5, 0.5), 20000))
})

test_that("R holds, prints, updates and reads the text of a Keras schedule with a fractional length", {
  skip_if_no_keras()
  skip_if_not_installed("keras3")
  keras <- reticulate::import("keras", convert = FALSE)$optimizers$schedules
  theirs <- list(
    keras$ExponentialDecay(0.1, 123.4, 0.5),
    keras$CosineDecay(0.1, 123.4),
    keras$CosineDecayRestarts(0.1, 123.4),
    keras$PolynomialDecay(0.1, 123.4),
    keras$InverseTimeDecay(0.1, 123.4, 0.5)
  )
  for (object in theirs) {
    schedule <- suppressMessages(as_learning_rate_schedule(object))
    length <- intersect(c("decay_steps", "first_decay_steps"), names(as.list(schedule)))
    expect_identical(as.list(schedule)[[length]], 123.4)
    expect_silent(again <- eval(parse(text = format(schedule))))
    expect_identical(again, schedule)
    expect_output(print(schedule), "123.4", fixed = TRUE)
    expect_silent(renamed <- update(schedule, name = "a"))
    expect_identical(as.list(renamed)[[length]], 123.4)
    expect_identical(renamed(c(0, 50, 123, 124, 200)), schedule(c(0, 50, 123, 124, 200)))
  }
  # The same in a composition.
  schedule <- schedule_warmup(theirs[[1]], 10)
  expect_identical(eval(parse(text = format(schedule))), schedule)
})

test_that("a warmup without a target is ignored with a message, as Keras ignores it", {
  local_plain_messages()
  expect_snapshot(schedule <- learning_rate_schedule_cosine_decay(0.1, 100, warmup_steps = 10))
  expect_identical(schedule, learning_rate_schedule_cosine_decay(0.1, 100))
  expect_message(
    learning_rate_schedule_cosine_decay(0.1, 100, warmup_steps = 10),
    class = "lrschedules_ignored_warmup"
  )
})

test_that("what Keras accepts is accepted if every rate is finite and 0 or more", {
  local_plain_messages()
  expect_snapshot(error = TRUE, {
    learning_rate_schedule_cosine_decay(-0.1, 100)
    learning_rate_schedule_cosine_decay(0.1, 100, alpha = -0.1)
    learning_rate_schedule_cosine_decay(0.1, 100, warmup_target = -1)
    learning_rate_schedule_cosine_decay_restarts(0.1, 100, t_mul = 0.9)
    learning_rate_schedule_exponential_decay(0.1, 100, -0.5)
    learning_rate_schedule_inverse_time_decay(0.1, 100, -0.5)
    learning_rate_schedule_polynomial_decay(0.1, 100, power = -1)
    learning_rate_schedule_exponential_decay(0.1, 0.5, 0.5)
    learning_rate_schedule_piecewise_constant_decay(c(1.2, 1.7), 3:1)
  })
  skip_if_no_numpy()
  expect_identical(learning_rate_schedule_exponential_decay(0.1, 10, 0)(0:2), c(0.1, 0, 0))
  stairs <- learning_rate_schedule_exponential_decay(0.1, 2, 0, staircase = TRUE)
  expect_identical(stairs(0:3), c(0.1, 0.1, 0, 0))
  expect_equal(
    learning_rate_schedule_polynomial_decay(0.1, 10, power = 0)(c(0, 5, 10, 11)),
    rep(0.1, 4)
  )
})
