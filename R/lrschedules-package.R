#' lrschedules: learning-rate schedules for Keras
#'
#' A schedule is an R value that is also a function of the training step. Build
#' one with a `learning_rate_schedule_*()` function, look at it with [print()],
#' [plot()][plot.learning_rate_schedule] and [schedule_values()], and give it to
#' an optimizer of \pkg{keras3} as its `learning_rate`.
#'
#' @section Exactness:
#' Whole periods, plateaus and offsets are computed in 64-bit integers and rates in
#' 64-bit floating point, wherever the schedule is evaluated: in R, eagerly, and in
#' training steps compiled by TensorFlow, XLA, JAX or PyTorch. The result is then
#' rounded once, to Keras's `floatx` (32 bits by default). So the rate that is
#' printed is the rate that trains, to a relative error of 1e-6. No rate is above 1e38,
#' about the largest number that 32 bits can hold. (Apple's MPS devices have no 64-bit
#' floating point; there the rate is computed in 32 bits, with steps still exact.)
#'
#' @section Python:
#' Attaching the package does not start Python; evaluating a schedule, or handing
#' it to an optimizer, does. Python needs `keras` 3 and one of its backends.
#' Models that were saved with a schedule load again without `custom_objects`:
#' in R once the package is loaded, and in Python once the folder
#' `system.file("python", package = "lrschedules")` is installed with pip.
#'
#' @section Errors:
#' An argument out of its range is an error of class `rlang_error`, of the function that was
#' called: the message names the argument, says what it must be and shows what was given. An
#' error raised in Python is the `parent` of the R error, which has your own call.
#'
#' @keywords internal
#' @import rlang
"_PACKAGE"
