# With `LC_ALL=tr_TR.UTF-8` the lower-case letter of I is dotless.
test_that("names of constructors do not depend on the locale", {
  expect_identical(
    lrschedules:::constructor_name("InverseTimeDecay"),
    "learning_rate_schedule_inverse_time_decay"
  )
  expect_identical(lrschedules:::in_lower_case("AIZ-19 ai"), "aiz-19 ai")
  # Nothing else may depend on the locale.
  namespace <- asNamespace("lrschedules")
  called <- lapply(ls(namespace, all.names = TRUE), function(name) {
    f <- get(name, namespace)
    if (is.function(f) && !is.primitive(f)) all.names(body(f))
  })
  expect_identical(intersect(unlist(called), c("tolower", "toupper", "casefold")), character())
})

test_that("schedules print, and are written, in a Turkish locale", {
  skip_if_quick()
  skip_on_os(c("windows", "mac"))
  skip_if(Sys.which("localedef") == "", "localedef is not installed")
  folder <- withr::local_tempdir()
  made <- suppressWarnings(system2(
    "localedef",
    c("-i", "tr_TR", "-f", "UTF-8", file.path(folder, "tr_TR.UTF-8")),
    stdout = FALSE,
    stderr = FALSE,
    timeout = STANDSTILL
  ))
  skip_if(made != 0, "the Turkish locale can't be made")
  withr::local_envvar(LOCPATH = folder, LC_ALL = "tr_TR.UTF-8")
  output <- run_r(c(
    "schedule <- lrschedules::learning_rate_schedule_inverse_time_decay(0.1, 10, 0.5)",
    "cat(tolower('I') == 'i', '\\n')",
    "print(schedule)",
    "stopifnot(identical(eval(parse(text = format(schedule)), asNamespace('lrschedules')), schedule))"
  ))
  expect_identical(trimws(output[1:2]), c("FALSE", "<learning_rate_schedule> inverse_time_decay"))
})
