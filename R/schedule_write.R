#' Write and read schedules as text
#'
#' `schedule_write()` writes a schedule to a small JSON file that you can read and edit, and
#' `schedule_read()` reads it back. The file contains the version of the format and the schedule: the
#' name of its Python class, and the arguments by name. Nested schedules are written in the same way. If
#' you write a file yourself, you can omit arguments that have a default; `null` is `NULL`, or `Inf` for
#' a limit such as `max`. In Python, `lrschedules.read()` and `lrschedules.write()` do the same.
#'
#' Reading never runs code from the file. The file can only name classes of this package, of Keras and,
#' if the session has defined and registered them, your own.
#'
#' [saveRDS()] and [readRDS()] also work for schedules, and don't need Python.
#'
#' @param schedule A [learning-rate schedule][learning-rate-schedules], or a Keras schedule made by
#'   \pkg{keras3} or in Python.
#' @param path The path of the file: one string. `schedule_write()` replaces an existing file.
#'   `schedule_read()` also accepts a URL, a compressed file or a connection.
#' @returns `schedule_write()`: `schedule`, invisibly. `schedule_read()`: a
#'   [learning-rate schedule][learning-rate-schedules], identical to the one that was written.
#' @section Errors:
#' If a file is damaged, has an unknown version or does not contain a schedule, the error says where.
#' @family ways to keep a schedule
#' @concept write_schedule
#' @concept save_schedule
#' @concept read_schedule
#' @concept load_schedule
#' @export
#' @examplesIf has_numpy()
#' schedule <- learning_rate_schedule_exponential_decay(0.1, 1000, 0.5) |>
#'   schedule_warmup(100)
#' path <- tempfile(fileext = ".json")
#' schedule_write(schedule, path)
#' writeLines(readLines(path))
#' identical(schedule_read(path), schedule)
schedule_write <- function(schedule, path) {
  as_given <- schedule
  schedule <- check_stored_schedule(schedule)
  path <- check_path(path)
  twin <- twin(schedule)
  half <- if (needs_keras(schedule)) keras_core("This schedule") else core()
  try_python(
    half$write(twin, path),
    message = "Can't write the schedule to {.file {path}}."
  )
  invisible(as_given)
}

#' @rdname schedule_write
#' @export
schedule_read <- function(path) {
  check_required(path)
  call <- current_env()
  name <- "the connection"
  if (!inherits(path, "connection")) {
    requirement <- "the path or URL of a file, one string, or a connection"
    path <- check_path(path, requirement = requirement)
    name <- "{.file {path}}"
    is_url <- grepl("^(https?|ftp|file)://", path)
    if (!is_url && (!file.exists(path) || dir.exists(path))) {
      cli::cli_abort("Can't find the file {.file {path}}.")
    }
  }
  message <- paste0("Can't read a schedule from ", name, ".")
  lines <- tryCatch(readLines(path, warn = FALSE, encoding = "UTF-8"), error = function(cnd) {
    cli::cli_abort(message, parent = cnd, call = call, .envir = call)
  })
  file <- tempfile(fileext = ".json")
  on.exit(unlink(file))
  writeLines(enc2utf8(lines), file, useBytes = TRUE)
  try_python(schedule_of_nodes(nodes_in_file(file, call)), message = message)
}

nodes_in_file <- function(path, call) {
  reticulate::py_to_r(core(call)$read(path)) %||%
    reticulate::py_to_r(keras_core("This schedule", call)$read(path))
}

check_stored_schedule <- function(x, arg = caller_arg(x), call = caller_env()) {
  check_required(x, arg, call)
  if (is_python(x)) schedule_from_python(x, arg, call) else check_schedule(x, arg, call)
}

check_path <- function(
  x,
  arg = caller_arg(x),
  call = caller_env(),
  requirement = "the path of a file: one string"
) {
  check_required(x, arg, call)
  if (!is_string(x) || !nzchar(x)) {
    abort_argument(x, requirement, arg, call)
  }
  path.expand(x)
}
