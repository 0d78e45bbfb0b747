plan <- training_plan(samples = 1000, batch_size = 32, epochs = 40)
early <- learning_rate_schedule_exponential_decay(0.1, 25, 0.5, staircase = TRUE)

test_that("a probable mistake is reported with its step and advice", {
  skip_if_no_keras()
  local_plain_messages()
  found <- schedule_check(early, plan)
  expect_s3_class(found, c("schedule_findings", "data.frame"), exact = TRUE)
  expect_named(found, c("severity", "what", "step", "epoch", "advice"))
  expect_identical(found[c("severity", "step", "epoch")]$step, 25)
  expect_identical(found$epoch, 25 / 32)
  expect_snapshot({
    found
    schedule_check(learning_rate_schedule_cosine_decay(0.1, 5000), plan)
    schedule_check(update(early, decay_steps = epochs(25, plan)), plan)
  })
})

test_that("a good plan has no finding", {
  skip_if_no_keras()
  schedule <- learning_rate_schedule_cosine_decay(0.1, epochs(35, plan)) |>
    schedule_warmup(epochs(5, plan))
  found <- schedule_check(schedule, plan)
  expect_identical(nrow(found), 0L)
  expect_output(print(found), "No problems found over 40 epochs [(]1,280 steps[)]")
  # To standard output, all of it.
  expect_silent(utils::capture.output(print(found)))
})

test_that("updates are counted as the plan counts them", {
  skip_if_no_keras()
  accumulated <- training_plan(steps_per_epoch = 100, epochs = 10, gradient_accumulation_steps = 4)
  cosine <- learning_rate_schedule_cosine_decay(0.1, 250)
  expect_match(schedule_check(cosine, accumulated)$what, "looks like a number of updates")
  expect_identical(nrow(schedule_check(schedule_accumulate(cosine, 4), accumulated)), 0L)
})

test_that("a training that goes on is checked from its step", {
  skip_if_no_keras()
  local_plain_messages()
  cosine <- learning_rate_schedule_cosine_decay(0.1, epochs(40, plan))
  found <- schedule_check(cosine, plan, from = epochs(40, plan))
  expect_identical(found$step, 1280)
  expect_identical(found$epoch, 40)
  expect_snapshot({
    found
    schedule_check(cosine, training_plan(steps_per_epoch = 32, epochs = 20), from = 640)
  })
})

test_that("a plan of more steps than a backend may count is checked", {
  skip_if_no_keras()
  long <- training_plan(steps_per_epoch = 2^20, epochs = 2^12)
  found <- schedule_check(learning_rate_schedule_cosine_decay(0.1, 2^32), long)
  in_32_bits <- reticulate::import("keras")$backend$backend() != "tensorflow"
  expect_identical(found$step, if (in_32_bits) 2^31 - 1 else numeric())
})

test_that("an object of Keras is compiled and compared", {
  skip_if_no_keras()
  skip_if_not_installed("keras3")
  skip_if(reticulate::import("keras")$backend$backend() == "torch")
  theirs <- keras3::learning_rate_schedule_exponential_decay(0.1, 41, 0.5, staircase = TRUE)
  theirs <- reticulate::r_to_py(theirs)
  found <- schedule_check(theirs, training_plan(steps_per_epoch = 41, epochs = 4))
  expect_identical(found$severity, "problem")
  expect_identical(found$step, 41)
  expect_match(found$what, "trains with 0.1, 0.05 at steps 41, 82 instead of 0.05, 0.025")
})

test_that("bad input is refused", {
  expect_bad_input(
    function(from) schedule_check(early, plan, from),
    list(),
    "from",
    c(NOT_STEPS, 2^53)
  )
  skip_if_no_keras()
  local_plain_messages()
  expect_snapshot(error = TRUE, {
    schedule_check("0.1", plan)
    schedule_check(early, 40)
    schedule_check(early)
  })
})

test_that("a first step with a rate of 0 is a note, not a finding", {
  skip_if_no_numpy()
  local_plain_messages()
  plan <- training_plan(steps_per_epoch = 10, epochs = 3)
  cosine <- learning_rate_schedule_cosine_decay(0.1, 25)
  found <- schedule_check(schedule_warmup(cosine, 5), plan)
  expect_identical(nrow(found), 0L)
  expect_snapshot(found)
  has_note <- function(...) !is.null(attr(schedule_check(...), "note"))
  expect_false(has_note(schedule_warmup(cosine, 5, from = 0.01), plan))
  expect_false(has_note(0, plan))
  # The first step, at rate 0, is already trained.
  expect_false(has_note(schedule_warmup(cosine, 15), plan, from = 10))
})
