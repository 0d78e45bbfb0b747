PLAN <- training_plan(samples = 1000, batch_size = 32, epochs = 40)

evaluated <- function(code, plan = PLAN) eval(parse(text = code))

test_that("the code is what a person would write", {
  decay <- learning_rate_schedule_cosine_decay(0.1, 1120)
  warm <- schedule_warmup(decay, 160, shape = "cosine")
  expect_snapshot({
    schedule_code(decay)
    schedule_code(decay, PLAN)
    schedule_code(warm, PLAN)
    schedule_code(warm, update(PLAN, validation_split = 0.5))
    schedule_code(schedule_warmup(0.1, 33), PLAN)
    schedule_code(
      learning_rate_schedule_piecewise_constant_decay(c(320, 640), c(1, 0.5, 0.1)),
      PLAN
    )
    schedule_code(learning_rate_schedule_inverse_sqrt_decay(0.1, 100))
    schedule_code(0.1 + (0.2 + decay))
    schedule_code((warm + 0.5 * decay) |> schedule_clamp(min = 1e-5))
    schedule_code(schedule_then(decay, schedule_hold(warm, 10), at = 1000), PLAN)
    schedule_code(schedule_join(list(0.01, warm, 0.001), c(100, 5000)))
    schedule_code(momentum_schedule_one_cycle(learning_rate_schedule_one_cycle(1, 1280)), PLAN)
    schedule_code(0.1)
  })
})

test_that("the code of every constructor is that schedule", {
  for (name in grep("^v1_", constructors(), value = TRUE, invert = TRUE)) {
    schedule <- do.call(constructor(name), good(name))
    code <- schedule_code(schedule)
    expect_identical(evaluated(code), schedule, info = name)
    expect_true(name %in% all.names(parse(text = code)), info = name)
  }
  for (schedule in compositions()) {
    expect_identical(evaluated(schedule_code(schedule)), schedule, info = format(schedule))
  }
})

test_that("a fraction of a step stays in the code", {
  for (schedule in list(
    learning_rate_schedule_cosine_decay(0.1, I(10.5)),
    schedule_warmup(learning_rate_schedule_cosine_decay_restarts(0.1, I(0.5)), 3)
  )) {
    code <- expect_silent(schedule_code(schedule))
    expect_identical(evaluated(code), schedule)
    expect_match(code, "I(", fixed = TRUE)
    expect_no_match(code, "structure", fixed = TRUE)
  }
})

test_that("every argument of every constructor is in the code, unless it has its default", {
  for (name in grep("^v1_", constructors(), value = TRUE, invert = TRUE)) {
    schedule <- do.call(constructor(name), good(name))
    code <- as.list(parse(text = schedule_code(schedule))[[1]])
    optional <- setdiff(names(formals(constructor(name))), required(name))
    expect_false(any(optional %in% names(code)), info = name)
  }
  schedule <- learning_rate_schedule_cosine_decay(0.1, 10, alpha = 0.5, name = NULL)
  expect_match(schedule_code(schedule), "alpha = 0.5,\n  name = NULL\n)", fixed = TRUE)
})

test_that("200 random compositions go through the code unchanged, and nothing is said", {
  skip_if_quick()
  for (schedule in some(random_schedules(200))) {
    expect_silent(code <- schedule_code(schedule, PLAN))
    expect_identical(evaluated(code), schedule, info = format(schedule))
  }
  for (schedule in some(random_schedules(40, seed = 2))) {
    expect_identical(evaluated(schedule_code(schedule)), schedule, info = format(schedule))
  }
})

test_that("lines have at most 80 characters if the code can be broken", {
  for (schedule in random_schedules(40, seed = 3, depth = 3)) {
    lines <- strsplit(schedule_code(schedule, PLAN), "\n")[[1]]
    expect_lte(max(nchar(lines)), 80)
  }
})

test_that("epochs are those of the plan, by its name", {
  schedule <- learning_rate_schedule_cosine_decay(0.1, 320)
  mine <- PLAN
  expect_match(schedule_code(schedule, mine), "epochs(10, mine)", fixed = TRUE)
  given <- schedule_code(schedule, training_plan(samples = 1000, epochs = 40, validation_split = 0))
  expect_identical(
    strsplit(given, "\n")[[1]],
    c(
      "plan <- training_plan(samples = 1000, epochs = 40)",
      "learning_rate_schedule_cosine_decay(0.1, decay_steps = epochs(10, plan))"
    )
  )
  expect_identical(eval(parse(text = given)), schedule)
  # epochs() refuses more epochs than the plan has, unless it was made without a number of them.
  short <- training_plan(samples = 1000, epochs = 5)
  expect_no_match(schedule_code(schedule, short), "epochs", fixed = TRUE)
  open <- training_plan(samples = 1000)
  expect_match(schedule_code(schedule, open), "epochs(10, open)", fixed = TRUE)
  # The number of batches per update is not a number of training steps.
  expect_no_match(schedule_code(schedule_accumulate(0.1, 32), mine), "epochs", fixed = TRUE)
  every_kind <- training_plan(
    samples = 1000,
    batch_size = 50,
    epochs = 3,
    validation_split = 0.1,
    drop_remainder = TRUE,
    gradient_accumulation_steps = 4
  )
  plans <- list(every_kind, training_plan(steps_per_epoch = 18, epochs = 2), open)
  for (plan in plans) {
    held <- schedule_hold(0.1, plan$steps_per_epoch)
    code <- strsplit(lrschedules:::code_with_plan(held, plan), "\n")[[1]]
    expect_identical(eval(parse(text = code[-length(code)])), plan)
  }
})

test_that("what no code builds is the text that dput() writes", {
  skip_if_no_keras()
  own <- schedule_of_own_class()
  warm <- schedule_warmup(own, 100)
  code <- schedule_code(warm)
  expect_match(code, "schedule_warmup(100)", fixed = TRUE)
  # R gives a function in a text the environment in which the text is evaluated.
  expect_true(all.equal(evaluated(code), warm))
  expect_identical(evaluated(code)(c(0, 50, 100)), c(0, 0.125, 0.25))
})

test_that("a table of many rates is exact", {
  table <- learning_rate_schedule_tabulated(1 / (1:300))
  expect_identical(evaluated(schedule_code(table)), table)
})

test_that("bad input is named", {
  local_plain_messages()
  expect_snapshot(error = TRUE, {
    schedule_code()
    schedule_code("a")
    schedule_code(learning_rate_schedule_constant(0.1), 32)
  })
})
