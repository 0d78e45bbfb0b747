one_cycle <- learning_rate_schedule_one_cycle
stable <- learning_rate_schedule_warmup_stable_decay

test_that("the messages read well", {
  local_plain_messages()
  expect_snapshot(error = TRUE, {
    one_cycle(1, 100, warmup_fraction = 1)
    one_cycle(1, 100, warmup_fraction = 0.5, three_phase = TRUE)
    one_cycle(1, 100, initial_divisor = 0.5)
    momentum_schedule_one_cycle(stable(1, 10, 10, 10))
    momentum_schedule_one_cycle(one_cycle(1, 100), 0.9, 0.8)
    momentum_schedule_one_cycle(one_cycle(1, 100), 1.5)
    stable(1, 10, 10, 10, end_learning_rate = 2)
    stable(1, 10, 10, 0)
  })
})

test_that("the rates are those of the formula", {
  skip_if_no_numpy()
  s <- c(0:2, 29:31, 59:61, 99:101, 1000)
  wave <- function(a, e, q) e + (a - e) * (1 + cos(pi * q)) / 2
  fall <- wave(1, 1 / 25 / 1e4, (pmin(s, 100) - 30) / 70)
  expect_equal(
    one_cycle(1, 100)(s),
    ifelse(s < 30, wave(1 / 25, 1, s / 30), fall),
    tolerance = 1e-12
  )
  three <- ifelse(
    s < 60,
    wave(1, 1 / 25, (s - 30) / 30),
    wave(1 / 25, 1 / 25 / 1e4, (pmin(s, 100) - 60) / 40)
  )
  expect_equal(
    one_cycle(1, 100, three_phase = TRUE)(s),
    ifelse(s < 30, wave(1 / 25, 1, s / 30), three),
    tolerance = 1e-12
  )
  part <- ifelse(
    s < 30,
    1 - sqrt(1 - pmin(s, 30) / 30),
    ifelse(s < 60, 1, 1 - pmin(pmax(s - 60, 0) / 40, 1))
  )
  expect_equal(
    stable(1, 30, 30, 40, "one_minus_sqrt", "linear", end_learning_rate = 0.1)(s),
    0.1 + 0.9 * part,
    tolerance = 1e-12
  )
})

test_that("the momentum runs against the rate", {
  skip_if_no_numpy()
  s <- c(0:2, 29:31, 59:61, 99:101, 1000)
  wave <- function(a, e, q) e + (a - e) * (1 + cos(pi * q)) / 2
  expect_equal(
    momentum_schedule_one_cycle(one_cycle(1, 100))(s),
    ifelse(s < 30, wave(0.95, 0.85, s / 30), wave(0.85, 0.95, (pmin(s, 100) - 30) / 70)),
    tolerance = 1e-12
  )
  three <- momentum_schedule_one_cycle(one_cycle(1, 100, three_phase = TRUE), 0.5, 0.9)
  expect_equal(
    three(s),
    ifelse(s < 30, wave(0.9, 0.5, s / 30), wave(0.5, 0.9, (pmin(s, 60) - 30) / 30)),
    tolerance = 1e-12
  )
  expect_identical(three$total_steps, 100)
  expect_identical(update(three, maximal_momentum = 1)(0), 1)
})

test_that("the axis of a momentum says so, also after verbs", {
  skip_if_no_numpy()
  momentum <- momentum_schedule_one_cycle(one_cycle(1, 100))
  rate <- one_cycle(1, 100)
  quantity_of <- lrschedules:::quantity_of
  expect_identical(quantity_of(momentum), "momentum")
  expect_identical(quantity_of(schedule_accumulate(momentum, 4)), "momentum")
  expect_identical(quantity_of(rate), "learning rate")
  expect_identical(quantity_of(rate * momentum), "learning rate")
  expect_identical(attr(schedule_compare(a = momentum, b = momentum), "quantity"), "momentum")
  expect_identical(attr(schedule_compare(momentum, rate), "quantity"), "value")
  skip_if_not_installed("ggplot2")
  expect_identical(ggplot2::autoplot(momentum)$labels$y, "momentum")
})

test_that("the peak is not left out, however few the steps", {
  skip_if_no_numpy()
  for (total in 1:10) {
    rates <- one_cycle(0.7, total)(0:total)
    expect_identical(which.max(rates), as.integer(floor(0.3 * total + 1e-9)) + 1L)
    expect_identical(max(rates), 0.7)
  }
})

test_that("the rate that is read is the rate that trains", {
  skip_if_quick()
  skip_if_no_numpy()
  for (schedule in list(one_cycle(1, 50), stable(1, 10, 10, 20))) {
    expect_equal(rates_in_fit(schedule, 60), schedule(0:59), tolerance = 1e-6)
  }
})
