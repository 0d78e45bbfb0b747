test_that("each step has its rate, and the last one holds", {
  skip_if_no_numpy()
  table <- learning_rate_schedule_tabulated(c(0.3, 0.1, 0.2), every = 2)
  expect_identical(table(-1:7), c(0.3, 0.3, 0.3, 0.1, 0.1, 0.2, 0.2, 0.2, 0.2))
  expect_identical(learning_rate_schedule_tabulated(0.3)(c(0, 5)), c(0.3, 0.3))
  expect_identical(learning_rate_schedule_constant(0.3)(c(0, 5)), c(0.3, 0.3))
})

test_that("the rate that is read is the rate that trains", {
  skip_if_quick()
  skip_if_no_numpy()
  for (schedule in list(
    learning_rate_schedule_tabulated(1:20 / 20, every = 2),
    learning_rate_schedule(function(step) 0.1 / sqrt(1 + step), steps = 50),
    learning_rate_schedule_constant(0.1)
  )) {
    expect_equal(rates_in_fit(schedule, 60), schedule(0:59), tolerance = 1e-6)
  }
})

test_that("a long table shows its first numbers and its length", {
  local_plain_messages()
  expect_snapshot({
    learning_rate_schedule_tabulated(1:1000 / 1000)
  })
})

test_that("a long table crosses to Python and back unchanged", {
  skip_if_no_keras()
  table <- learning_rate_schedule_tabulated(1:1000 / 1000)
  expect_identical(reticulate::py_to_r(reticulate::r_to_py(table)), table)
})
