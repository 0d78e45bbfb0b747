#' @rdname optimizer_step
#' @export
callback_resume_check <- function(steps_per_epoch = NULL, set = FALSE, optimizer = NULL) {
  if (!is.null(steps_per_epoch)) {
    steps_per_epoch <- check_positive_whole_steps(steps_per_epoch)
  }
  set <- check_flag(set)
  optimizer <- check_optimizer(optimizer)
  callbacks <- keras_module("training.callbacks", "`callback_resume_check()`")
  try_python(callbacks$ResumeCheck(steps_per_epoch, set, optimizer))
}

#' Lower a schedule on a plateau
#'
#' Multiplies the rates of the schedule in a model's optimizer by `factor` when a metric has stopped
#' improving. It replaces keras3's `callback_reduce_lr_on_plateau()`, which can't lower a schedule. Its
#' arguments are the same, with two more: `start_from_epoch` and `optimizer`.
#'
#' Each reduction calls `scale_learning_rate(model, factor)`: from the next step on, the schedule continues
#' at a lower rate, and the factor is saved with the model. On TensorFlow and JAX each reduction
#' compiles the training step again (see [set_optimizer_schedule()]). If the learning rate is a number,
#' the callback sets it, as keras3's callback does, and compiles nothing.
#'
#' Weights files that are written and read during a `fit()` with this callback, for example by
#' `callback_backup_and_restore()`, contain the factor, the best value and the number of epochs without
#' improvement. So training resumes after a crash as if nothing had happened. Put this callback before
#' `callback_backup_and_restore()`, so that the file contains a reduction at the end of the same epoch. To
#' read such a file yourself, first set the model's schedule with [set_optimizer_schedule()]. Without this
#' package, the file can be read as usual, but the factor is lost.
#'
#' The callback adds `learning_rate` to `history`: the rate of the last step of each epoch. For a
#' `MultiOptimizer` it adds one `learning_rate_<pattern>` for each optimizer.
#'
#' @param monitor The metric to watch, by its name in `history`: one string.
#' @param factor The factor to multiply the rates by: one number, 0 or more and less than 1.
#' @param patience The number of epochs without improvement before a reduction: one whole number, 0 or
#'   more. As in keras3, 0 and 1 both mean one epoch.
#' @param verbose 1 to print a line for each reduction, or 0 to print nothing.
#' @param mode `"min"` if lower is better, `"max"` if higher is better, or `"auto"` if Keras knows which:
#'   if it doesn't, `fit()` stops with an error after the first epoch that is counted.
#' @param min_delta The smallest change that counts as an improvement: one finite number, 0 or more.
#' @param cooldown The number of epochs from a reduction to the next epoch that is counted: one whole
#'   number, 0 or more. As in keras3, 0 and 1 both mean the next epoch.
#' @param min_lr The lowest rate that a reduction may give the next step: one finite number, 0 or
#'   more. A schedule that is already below it does not change.
#' @param start_from_epoch The number of epochs to wait before counting starts, as in keras3's
#'   `callback_early_stopping()`: one whole number, 0 or more.
#' @param optimizer Which optimizer, if the model has several: the optimizer itself, the name of the
#'   model's attribute that holds it (`"d_optimizer"`), or a pattern of a `MultiOptimizer`. `NULL`
#'   lowers all schedules of a `MultiOptimizer` by the same factor.
#' @returns A Keras callback, for `fit(callbacks = )`.
#' @section Errors:
#' `fit()` stops with an error before it trains if the learning rate is a function, which can't be saved
#' with a factor, or if the model's `train_step()` uses several optimizers and you don't choose one.
#' @seealso [set_optimizer_schedule()], [callback_learning_rate_monitor()].
#' @family ways to train with a schedule
#' @concept ReduceLROnPlateau
#' @concept reduce_lr_on_plateau
#' @concept lr_reduce_on_plateau
#' @concept plateau
#' @export
#' @examplesIf has_keras() && requireNamespace("keras3", quietly = TRUE)
#' model <- keras3::keras_model_sequential(input_shape = 1) |> keras3::layer_dense(1)
#' schedule <- learning_rate_schedule_cosine_decay(0.1, 100)
#' model |> keras3::compile(
#'   optimizer = keras3::optimizer_sgd(learning_rate = schedule), loss = "mse"
#' )
#' x <- matrix(1, 64)
#' # The loss never falls by 100, so each epoch after the first halves the rate.
#' plateau <- callback_reduce_schedule_on_plateau("loss", factor = 0.5, patience = 1, min_delta = 100)
#' model |> keras3::fit(x, x, epochs = 3, verbose = 0, callbacks = list(plateau))
#' optimizer_schedule(model)
callback_reduce_schedule_on_plateau <- function(
  monitor = "val_loss",
  factor = 0.1,
  patience = 10,
  verbose = 0,
  mode = "auto",
  min_delta = 1e-4,
  cooldown = 0,
  min_lr = 0,
  start_from_epoch = 0,
  optimizer = NULL
) {
  if (!is_string(monitor)) {
    abort_argument(monitor, "one string", "monitor", current_env())
  }
  factor <- check_number(
    factor,
    "one number, 0 or more and less than 1",
    function(x) x >= 0 && x < 1,
    "factor",
    current_env()
  )
  mode <- check_one_of(mode, c("auto", "min", "max"))
  arguments <- list(
    monitor = monitor,
    factor = factor,
    patience = check_epochs(patience),
    verbose = check_verbose(verbose),
    mode = mode,
    min_delta = check_non_negative(min_delta),
    cooldown = check_epochs(cooldown),
    min_lr = check_rate(min_lr),
    start_from_epoch = check_epochs(start_from_epoch),
    optimizer = check_optimizer(optimizer)
  )
  callbacks <- keras_module("training.callbacks", "`callback_reduce_schedule_on_plateau()`")
  try_python(do.call(callbacks$ReduceScheduleOnPlateau, arguments))
}

check_epochs <- function(x, arg = caller_arg(x), call = caller_env()) {
  as.integer(check_whole(
    x,
    "one whole number of epochs, 0 or more",
    0,
    arg,
    call,
    most = .Machine$integer.max
  ))
}

check_verbose <- function(x, arg = caller_arg(x), call = caller_env()) {
  if (is.logical(x) && !anyNA(x)) {
    x <- as.numeric(x)
  }
  as.integer(check_number(x, "0 or 1", function(x) x %in% 0:1, arg, call))
}
