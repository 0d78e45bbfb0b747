#' Write a schedule to a text file, and read it
#'
#' The file is a small JSON document that a person can read and edit: the version of the format,
#' and the schedule as the name of its Python class with the arguments by name; schedules within
#' it are written likewise. In a file written by hand, arguments that have a default may be left
#' out; `null` stands for `Inf`. In Python, `lrschedules.read()` and `lrschedules.write()` do the
#' same.
#'
#' Reading never runs code from the file: it can only name classes of this package, of Keras and,
#' if the session has defined and registered them, your own. A file that is damaged, of another
#' version or not a schedule is an error that says where.
#'
#' [saveRDS()] and [readRDS()] keep schedules too, and need no Python.
#'
#' @param schedule A [learning_rate_schedule], or a Keras schedule made by \pkg{keras3} or in
#'   Python.
#' @param path The path of the file: one string. An existing file is replaced. `schedule_read()` takes
#'   what [readLines()] opens: also a URL, a compressed file or a connection.
#' @returns `schedule_write()`: `schedule`, invisibly. `schedule_read()`: the
#'   [learning_rate_schedule], identical to the one that was written.
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
    message = "The schedule could not be written to {.file {path}}."
  )
  invisible(as_given)
}

#' @rdname schedule_write
#' @export
schedule_read <- function(path) {
  check_required(path)
  call <- current_env()
  name <- "The connection"
  if (!inherits(path, "connection")) {
    requirement <- "the path or URL of a file, one string, or a connection"
    path <- check_path(path, requirement = requirement)
    name <- "{.file {path}}"
    is_url <- grepl("^(https?|ftp|file)://", path)
    if (!is_url && (!file.exists(path) || dir.exists(path))) {
      cli::cli_abort("There is no file {.file {path}}.")
    }
  }
  message <- paste(name, "is not a schedule that can be read.")
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
