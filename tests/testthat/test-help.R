# Tests what each installed help page shows.
pages <- help_pages()
tag <- function(x) attr(x, "Rd_tag") %||% ""
text <- function(x) paste(unlist(x), collapse = "")
sections <- function(page, name) Filter(function(x) tag(x) == name, page)
aliases <- lapply(pages, function(page) vapply(sections(page, "\\alias"), text, ""))
examples <- vapply(pages, function(page) text(sections(page, "\\examples")), "")

# The arguments of every use of a macro on a page.
macros <- function(x, name) {
  if (tag(x) == name) {
    list(x)
  } else if (is.list(x)) {
    do.call(c, lapply(x, macros, name))
  }
}
rendered <- function(page, as) {
  file <- withr::local_tempfile()
  as(page, file)
  readLines(file, encoding = "UTF-8", warn = FALSE)
}

test_that("there are pages", {
  expect_gt(length(pages), 50)
})

test_that("every exported function is called in an example of its page", {
  for (name in getNamespaceExports("lrschedules")) {
    on <- vapply(aliases, function(page) name %in% page, NA)
    called <- grepl(paste0("\\b", name, "\\("), examples[on])
    expect_true(any(called), info = name)
  }
})

test_that("every page prints what an example gives", {
  # The last line of an example must show a value, not assign one.
  code <- lapply(examples, function(example) {
    lines <- parse(text = gsub("\\\\?dontshow\\{[^\n]*", "", example), keep.source = FALSE)
    vapply(lines, function(call) is.call(call) && identical(call[[1]], quote(`<-`)), NA)
  })
  expect_identical(names(Filter(all, code)), character())
})

test_that("every schedule's page has its picture, with words for those who do not see it", {
  schedules <- grep(
    "^(learning_rate_schedule|schedule|momentum_schedule)_",
    unlist(aliases),
    value = TRUE
  )
  others <- c("check", "code", "compare", "designer", "explain", "read", "values", "write")
  others <- paste0("schedule_", others)
  path <- getNamespaceInfo("lrschedules", "path")
  folder <- file.path(path, if (dir.exists(file.path(path, "man"))) "man" else "help", "figures")
  for (schedule in setdiff(schedules, others)) {
    page <- pages[vapply(aliases, function(page) schedule %in% page, NA)][[1]]
    figures <- macros(page, "\\figure")
    expect_length(figures, 1)
    picture <- file.path(folder, text(figures[[1]][[1]]))
    expect_true(file.exists(picture), info = schedule)
    expect_lt(file.size(picture), 15000)
    expect_match(text(figures[[1]][[2]]), "alt=\"[^\"]{10,}\"")
  }
})

test_that("formulas are there in text and in HTML", {
  for (name in names(pages)) {
    formulas <- c(macros(pages[[name]], "\\deqn"), macros(pages[[name]], "\\eqn"))
    plain <- vapply(formulas, function(x) text(x[[length(x)]]), "")
    expect_true(all(nzchar(trimws(plain))), info = name)
  }
  page <- pages[["learning_rate_schedule_one_cycle.Rd"]]
  expect_match(rendered(page, tools::Rd2txt), "cos(pi * ", fixed = TRUE, all = FALSE)
  expect_match(rendered(page, tools::Rd2HTML), "\\cos", fixed = TRUE, all = FALSE)
})

test_that("the map of the package has every function", {
  code <- vapply(macros(pages[["lrschedules-package.Rd"]], "\\code"), text, "")
  exports <- getNamespaceExports("lrschedules")
  siblings <- setdiff(grep("^v1_", exports, value = TRUE), "v1_exponential_decay")
  wanted <- setdiff(exports, c(siblings, "evaluate_schedule"))
  expect_identical(setdiff(wanted, sub("\\(\\)$", "", code)), character())
})

test_that("citation() names the package and its version", {
  is_source <- dir.exists(file.path(getNamespaceInfo("lrschedules", "path"), "man"))
  skip_if(is_source, "citation() knows no version of a package that is loaded from its sources")
  cited <- utils::citation("lrschedules")
  expect_match(cited$title, "lrschedules")
  expect_match(cited$note, as.character(utils::packageVersion("lrschedules")), fixed = TRUE)
})

test_that("??name finds a page by its names in other libraries", {
  concepts <- lapply(pages, function(page) vapply(sections(page, "\\concept"), text, ""))
  found <- function(name) {
    sub("[.]Rd$", "", names(Filter(function(concept) name %in% concept, concepts)))
  }
  expect_identical(found("lr_find"), "find_learning_rate")
  expect_identical(found("write_schedule"), "schedule_write")
  expect_true("learning_rate_schedule_one_cycle" %in% found("max_lr"))
  expect_setequal(found("warmup_epochs"), c("schedule_warmup", "training_plan"))
  expect_setequal(
    found("step_decay"),
    paste0("learning_rate_schedule_", c("exponential_decay", "piecewise_constant_decay"))
  )
})

test_that("the concept and the function learning_rate_schedule() have a page each", {
  page_of <- function(name) names(pages)[vapply(aliases, function(page) name %in% page, NA)]
  expect_identical(page_of("learning-rate-schedules"), "learning-rate-schedules.Rd")
  expect_identical(page_of("is_learning_rate_schedule"), "learning-rate-schedules.Rd")
  expect_identical(page_of("learning_rate_schedule"), "learning_rate_schedule.Rd")
})

test_that("every page of a function says what it returns", {
  functions <- Filter(function(page) length(sections(page, "\\usage")) > 0, pages)
  expect_gt(length(functions), 50)
  values <- vapply(functions, function(page) length(sections(page, "\\value")), 0L)
  expect_identical(names(which(values != 1)), character())
})

test_that("a usage shows exported functions and methods, not the names of methods", {
  usages <- do.call(c, unname(lapply(pages, sections, "\\usage")))
  # The names of methods are macros.
  lines <- unlist(lapply(usages, function(usage) unlist(Filter(is.character, usage))))
  called <- sub("\\(.*", "", grep("^[A-Za-z][A-Za-z0-9_.]*\\(", lines, value = TRUE))
  expect_true("find_learning_rate" %in% called)
  expect_identical(setdiff(called, getNamespaceExports("lrschedules")), character())
})

test_that("the pages for inspecting, keeping and training a schedule state value and errors", {
  with_errors <- c(
    "learning-rate-schedules",
    "learning_rate_schedule",
    "as_learning_rate_schedule",
    "plot.learning_rate_schedule",
    "schedule_values",
    "schedule_compare",
    "summary.learning_rate_schedule",
    "schedule_check",
    "schedule_explain",
    "schedule_write",
    "LearningRateSchedule",
    "training_plan",
    "optimizer_step",
    "set_optimizer_schedule",
    "callback_reduce_schedule_on_plateau",
    "callback_learning_rate_monitor"
  )
  for (name in with_errors) {
    page <- pages[[paste0(name, ".Rd")]]
    expect_length(sections(page, "\\value"), 1)
    titles <- vapply(sections(page, "\\section"), function(section) text(section[[1]]), "")
    expect_true("Errors" %in% titles, info = name)
  }
})
