direct <- learning_rate_schedule_direct_power_decay
with_line <- learning_rate_schedule_power_and_linear_decay
with_offset <- learning_rate_schedule_power_decay_with_offset
inverse_sqrt <- learning_rate_schedule_inverse_sqrt_decay

test_that("arguments that depend on each other are checked together", {
  one <- list(initial_learning_rate = 1)
  expect_bad_input(direct, one, "power", list(3, 400))
  expect_bad_input(with_line, c(one, total_decay_steps = 10), "power", list(39))
})

test_that("the messages read well", {
  local_plain_messages()
  expect_snapshot(error = TRUE, {
    direct(1, power = 3)
    with_line(1, 1000, power = 20)
    with_line(1, 1000, linear_decay_fraction = 2)
  })
})

test_that("the rates are those of the formula", {
  skip_if_no_numpy()
  s <- c(0:5, 40:42, 51, 52, 89:91, 101:103, 1000)
  expect_equal(direct(0.1, -0.5)(s), 0.1 * pmax(s, 1)^-0.5, tolerance = 1e-12)
  x <- s - 2
  expect_equal(
    with_line(0.1, 100, -0.5, 0.5, offset = 2)(s),
    0.1 * pmax(x, 1)^-0.5 * pmin(pmax((100 - x) / (100 * 0.5), 0), 1),
    tolerance = 1e-12
  )
  expect_equal(
    with_offset(0.1, -0.5, 41, 0.08)(s),
    ifelse(s > 41, pmin(0.1 * pmax(s - 41, 1)^-0.5, 0.08), 0.08),
    tolerance = 1e-12
  )
  expect_equal(
    inverse_sqrt(0.1, 41, 7)(s),
    ifelse(s < 41, 0.1 * s / 41, 0.1 / sqrt((pmax(s, 41) + 7 - 41) / 7)),
    tolerance = 1e-12
  )
})

test_that("the pages warn of the defaults, with the rates that they give", {
  skip_if_no_numpy()
  pages <- help_pages()
  expect_warned <- function(name, text) {
    page <- unlist(pages[[paste0("learning_rate_schedule_", name, ".Rd")]])
    expect_match(gsub("\\s+", " ", paste(page, collapse = "")), text, fixed = TRUE)
  }
  expect_warned("direct_power_decay", "from 0.1 at step 1 to 10 at step 100.")
  expect_equal(direct(0.1)(c(1, 100)), c(0.1, 10))
  expect_warned("power_and_linear_decay", "with 1,000 steps, from 0.1 to 90 at step 900.")
  expect_equal(with_line(0.1, 1000)(c(1, 900)), c(0.1, 90))
  expect_true(all(with_line(0.1, 1000)(0:1000) <= 90))
  expect_warned("power_decay_with_offset", "the first rate is 1e6")
  expect_warned("power_decay_with_offset", "rises up to 1e6.")
  expect_equal(with_offset(0.1)(c(0, 1, 100, 1e8)), c(1e6, 0.1, 10, 1e6))
})

test_that("the timescale is the warmup or 10,000", {
  expect_identical(inverse_sqrt(1, 500)$timescale, 500)
  expect_identical(inverse_sqrt(1)$timescale, 10000)
})

test_that("the rate that is read is the rate that trains", {
  skip_if_quick()
  skip_if_no_numpy()
  schedules <- list(
    direct(0.1, -0.5),
    with_line(0.1, 50, -0.5),
    with_offset(0.1, -0.5, 20, 0.08),
    inverse_sqrt(0.1, 20)
  )
  for (schedule in schedules) {
    expect_equal(rates_in_fit(schedule, 60), schedule(0:59), tolerance = 1e-6)
  }
})
