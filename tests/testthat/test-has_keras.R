test_that("has_numpy() and has_keras() are TRUE if Python has both", {
  skip_if_no_keras()
  expect_true(has_numpy())
  expect_true(has_keras())
})

# The output of `uv python list --output-format json`.
PYTHONS_OF_UV <- paste0(
  '[{"version": "3.11.9", "version_parts": {"major": 3, "minor": 11, "patch": 9}, "path": null, ',
  '"symlink": null, "url": "x", "variant": "default", "implementation": "cpython"}]'
)

# If you have not chosen a Python, reticulate from 1.41 on creates one with the program `uv`.
# This fake `uv` records its calls: it offers one Python to install, and installs nothing.
local_recorded_uv <- function(env = parent.frame()) {
  home <- withr::local_tempdir(.local_envir = env)
  uv <- file.path(home, "uv")
  asked <- file.path(home, "asked")
  writeLines(
    c(
      "#!/bin/sh",
      paste0("echo \"$@\" >>'", asked, "'"),
      "[ \"$1 $2\" = 'python list' ] || exit 1",
      paste0("echo '", PYTHONS_OF_UV, "'")
    ),
    uv
  )
  Sys.chmod(uv, "755")
  withr::local_envvar(
    HOME = home,
    RETICULATE_UV = uv,
    RETICULATE_PYTHON = NA,
    VIRTUAL_ENV = NA,
    WORKON_HOME = NA,
    .local_envir = env
  )
  withr::local_dir(home, .local_envir = env)
  function() if (file.exists(asked)) paste(readLines(asked), collapse = " ") else ""
}

test_that("no Python is installed unless the user allows it, and then for what was declared", {
  skip_if_quick()
  skip_on_os("windows")
  skip_if_not("py_require" %in% getNamespaceExports("reticulate"), "reticulate is older than 1.41")
  program <- "library(lrschedules); cat(has_numpy(), has_keras(), reticulate::py_available())"
  asked <- local_recorded_uv()
  expect_match(tail(run_r(program), 1), "FALSE FALSE FALSE")
  expect_identical(asked(), "")
  for (allow in list(c(LRSCHEDULES_MANAGED_PYTHON = "true"), c(RETICULATE_PYTHON = "managed"))) {
    asked <- local_recorded_uv()
    withr::with_envvar(allow, run_r(program, backend = "torch"))
    expect_match(asked(), "--with numpy -- .* --with numpy --with keras>=3.3 --with torch -- ")
  }
})
