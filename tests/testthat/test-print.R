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

test_that("format() is the call that builds the schedule again", {
  expect_identical(
    format(schedule),
    paste0(
      "learning_rate_schedule_exponential_decay(initial_learning_rate = 0.1, ",
      "decay_steps = 100000, decay_rate = 0.5, staircase = FALSE)"
    )
  )
  for (value in c(list(schedule, 1 / (3 * schedule + 0.1)), compositions())) {
    expect_identical(eval(parse(text = format(value))), value)
    expect_identical(as.character(value), format(value))
    expect_identical(toString(value), format(value))
  }
  table <- learning_rate_schedule_tabulated((1:100) / 3)
  expect_identical(eval(parse(text = format(table))), table)
})

test_that("what dput() writes is equal, and gives the same rates", {
  skip_if_no_keras()
  text <- paste(utils::capture.output(dput(schedule)), collapse = "\n")
  again <- eval(parse(text = text), list2env(list(), parent = asNamespace("lrschedules")))
  expect_true(all.equal(again, schedule))
  expect_identical(again(c(0, 1e5)), schedule(c(0, 1e5)))
})

test_that("schedules stand in data frames, lists and str()", {
  both <- list(schedule, schedule * 2)
  frame <- data.frame(id = 1:2)
  frame$schedule <- both
  printed <- paste(utils::capture.output(print(frame)), collapse = "\n")
  for (text in vapply(both, format, "")) {
    expect_match(printed, text, fixed = TRUE)
  }
  expect_no_match(printed, "structure(", fixed = TRUE)
  expect_identical(format(both), vapply(both, format, ""))
  expect_identical(unlist(schedule), schedule)
  expect_identical((function() unlist(schedule))(), schedule)
  expect_identical(format(list(1, schedule, NULL))[[2]], format(schedule))
  frame$schedule <- I(both)
  expect_output(print(frame), "learning_rate_schedule_exponential_decay(", fixed = TRUE)
  expect_output(str(frame), "<learning_rate_schedule> learning_rate_schedule_expo")
  expect_output(str(schedule), "^ <learning_rate_schedule> learning_rate")
  expect_length(unique(list(schedule, schedule, schedule * 2)), 2)
  expect_identical(format(list(schedule, schedule * 3)) %in% format(both), c(TRUE, FALSE))
})

test_that("a cell of a tibble names its schedule", {
  skip_if_not_installed("pillar")
  column <- format(pillar::pillar(list(schedule, schedule_hold(schedule, 10))))
  expect_match(column, "<exponential_decay>", fixed = TRUE, all = FALSE)
  expect_match(column, "<schedule_hold>", fixed = TRUE, all = FALSE)
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

test_that("of many schedules the first few are shown", {
  a <- learning_rate_schedule_constant(0.1)
  printed <- utils::capture.output(schedule_join(rep(list(a), 1280), 1:1279))
  expect_true(all(c("  schedules   1,280 schedules", "    ... and 1,275 more") %in% printed))
  expect_snapshot({
    Reduce(`+`, rep(list(a), 11))
    schedule_join(rep(list(a), 12), 1:11)
  })
})

test_that("printed numbers can be read back if the decimal mark is a comma", {
  withr::local_options(OutDec = ",")
  table <- learning_rate_schedule_tabulated(c(0.1, 0.05))
  expect_output(print(table), "c(0.1, 0.05)", fixed = TRUE)
  expect_identical(eval(parse(text = format(table))), table)
})

test_that("a cell of a data frame is a line, and format() of a list the whole call", {
  long <- learning_rate_schedule_tabulated((1:1e4) / 3)
  frame <- data.frame(id = 1:2)
  frame$schedule <- list(long, schedule)
  printed <- capture.output(print(frame))
  expect_lt(sum(nchar(printed)), 1000)
  expect_match(
    printed,
    "learning_rate_schedule_tabulated(values = c(0.333",
    fixed = TRUE,
    all = FALSE
  )
  expect_match(printed, format(schedule), fixed = TRUE, all = FALSE)
  expect_identical(format(list(long, schedule)), c(format(long), format(schedule)))
})

test_that("schedules print the same whether source is kept", {
  text <- "learning_rate_schedule(function(step) 0.1 / (1 + step), 5)"
  kept <- eval(parse(text = text, keep.source = TRUE))
  expect_identical(kept, eval(parse(text = text, keep.source = FALSE)))
  expect_null(attr(unclass(kept), "srcref"))
  expect_identical(
    conditionMessage(error_of(schedule_hold(
      schedule,
      eval(parse(text = "function(x) x", keep.source = TRUE))
    ))),
    conditionMessage(error_of(schedule_hold(schedule, function(x) x)))
  )
})

test_that("a schedule and a plan can stand in a sentence of an R Markdown page", {
  skip_if_not_installed("knitr")
  schedule <- learning_rate_schedule_constant(0.1)
  plan <- training_plan(samples = 1000, batch_size = 32, epochs = 30)
  page <- c("`r schedule`", "`r plan`", "```{r}", "schedule", "plan", "```")
  knitted <- strsplit(knitr::knit(text = page, quiet = TRUE, envir = environment()), "\n")[[1]]
  expect_identical(knitted[[1]], format(schedule))
  expect_identical(knitted[[2]], "30 epochs of 32 steps: 960 steps")
  # A chunk prints the same as the console.
  expect_true("## <learning_rate_schedule> constant" %in% knitted)
  expect_true("## <training_plan> 30 epochs of 32 steps: 960 steps" %in% knitted)
  expect_identical(paste("Plan:", plan), "Plan: 30 epochs of 32 steps: 960 steps")
  expect_identical(toString(plan), format(plan))
})

test_that("sentences group the digits of whole numbers, and R code does not", {
  local_options(OutDec = ",")
  expect_identical(lrschedules:::in_prose(1280), "1,280")
  expect_identical(lrschedules:::in_prose(999), "999")
  expect_identical(lrschedules:::in_prose(2^53), "9,007,199,254,740,992")
  expect_identical(lrschedules:::in_prose(0.05), "0.05")
  expect_identical(lrschedules:::in_prose(2500.5), "2,500.5")
  expect_identical(lrschedules:::in_prose(999.99999999), "1,000")
  expect_identical(lrschedules:::count_of(1, "step"), "1 step")
  expect_identical(lrschedules:::format_number(1280), "1280")
})
