#' Resume training at the right step
#'
#' A schedule follows the optimizer's count of training steps, not the epochs of
#' `fit()`. These functions read, set and check that count.
#'
#' The count is kept when you
#' - call `fit()` again on the same model, in the same session;
#' - save with `save_model()` to a `.keras` file, which contains the optimizer, and load with
#'   `load_model()`.
#'
#' The count is lost, and the schedule starts again from step 0, when you
#' - call `compile()` again with a new optimizer;
#' - call `load_model_weights()` on a model whose optimizer is not built (except SGD without momentum,
#'   which gets the count of the file);
#' - call `clone_model()`: the copy has a different optimizer.
#'
#' `fit(initial_epoch = 6)` does not restore the count: it only changes how the epochs are numbered.
#'
#' A whole model in an `.h5` file loads with its schedule and count, but Keras 3 can't continue to train
#' it. Read both with `optimizer_schedule()` and `optimizer_step()`, compile the model with a new
#' optimizer, and set the count. (If the model was compiled with an abbreviation such as `loss = "mse"`,
#' Keras can't load the file.)
#'
#' `set_optimizer_step(model, epochs(5, plan))` sets a lost count. Pass `callback_resume_check()` to
#' `fit()` to stop training before its first step if the count and `initial_epoch` disagree. With
#' `set = TRUE` it sets the count instead.
#'
#' `callback_backup_and_restore(save_freq = n)` restores a model in the middle of an epoch, and Keras
#' then repeats this epoch. In this case, only `callback_resume_check(set = TRUE)` can set the count,
#' since Keras restores it during `fit()`.
#'
#' A second plain `fit()`, without `initial_epoch`, continues the schedule. The check accepts this
#' if the previous `fit()` with a check ended at the current count, in the same process and with the
#' same optimizer. After a `fit()` that had no check or was interrupted, it refuses the count. So pass
#' the check to each `fit()`.
#'
#' On TensorFlow, if `fit()` does not know how many steps the data have (a generator or a dataset
#' of unknown size), Keras may count the end of the data as one more step in each epoch, so the schedule
#' moves one step too far. Whether it does depends on Keras's version and on how the training step is
#' compiled (`jit_compile`). `fit(steps_per_epoch = )` avoids that, but needs data that repeat:
#' `` dataset$`repeat`() ``, or a generator that starts again. Otherwise pass `steps_per_epoch` to the
#' check, which then accepts up to one more step for each epoch. With loss scaling, as in the policy
#' `mixed_float16`, the optimizer skips steps whose gradients are not finite, and the check accepts any
#' count from 1 up to the expected one.
#'
#' `optimizer_schedule()` returns the schedule in the optimizer as an R value. A constant rate becomes a
#' constant schedule. A schedule of Keras's own six classes becomes the lrschedules schedule of the same
#' name if the function of that name accepts its configuration. Any other class stays unchanged.
#' `optimizer_learning_rate()` returns the rate of the next step.
#'
#' @section Models with several optimizers:
#' - Keras's `MultiOptimizer` trains parts of a model with separate optimizers, by patterns
#'   for the paths of their variables. Without `optimizer`, these functions act on all of them:
#'   `set_optimizer_step()` sets every count, and `optimizer_schedule()` and
#'   `optimizer_learning_rate()` return one element for each optimizer, named by its pattern.
#'   `optimizer_step()` needs `optimizer` only if the optimizers count differently.
#' - A model with its own `train_step()` may hold several optimizers, in attributes such as
#'   `d_optimizer`, or in a list. Choose one with `optimizer`. If you don't, the error lists
#'   the names.
#'
#' @param model A compiled Keras model, or its optimizer.
#' @param optimizer Which optimizer of the model: the name of the model's attribute that holds it
#'   (`"d_optimizer"`, `"optimizers[0]"`), the pattern of a `MultiOptimizer` (`".*/head/.*"`,
#'   `"default"`), or the optimizer itself. `NULL` for the model's only optimizer, or for all of a
#'   `MultiOptimizer`.
#' @param step The step to continue from: one whole number, 0 or more.
#' @param steps_per_epoch The number of training steps in an epoch: one whole number greater
#'   than 0, or `NULL` for the number that `fit()` reports. If `fit()` does not know it, `NULL` is an error.
#' @param set Whether the check sets a count that it would otherwise refuse: `TRUE` or `FALSE`. The
#'   count becomes `steps_per_epoch` times the number of epochs before `initial_epoch`, which is 0 for a
#'   plain `fit()`.
#' @returns `optimizer_step()`: one whole number, as a double. `optimizer_learning_rate()`: one
#'   number, or a named vector of them for the optimizers of a `MultiOptimizer`.
#'   `optimizer_schedule()`: a [learning-rate schedule][learning-rate-schedules], or a named list of them.
#'   `set_optimizer_step()`: the model, invisibly. `callback_resume_check()`: a Keras callback.
#' @section Errors:
#' With `callback_resume_check()`, `fit()` fails if the count and `initial_epoch` disagree. The error
#' gives both counts and the call that sets the expected one. For all functions it is an error if the
#' model is not compiled, or if its `train_step()` uses several optimizers and you don't choose one.
#' `optimizer_schedule()` and `optimizer_learning_rate()` fail if the learning rate is a function.
#' `set_optimizer_step()` fails if `model` is an optimizer that is not built, and on JAX and PyTorch if
#' `step` is more than Keras can count, \eqn{2^{31} - 1}{2^31 - 1}.
#' @family ways to train with a schedule
#' @concept global_step
#' @concept iterations
#' @concept last_epoch
#' @concept initial_epoch
#' @concept resume
#' @export
#' @examplesIf has_keras() && requireNamespace("keras3", quietly = TRUE)
#' # In a script, attach keras3 first and lrschedules last: then no prefixes are needed.
#' model <- keras3::keras_model_sequential(input_shape = 1) |> keras3::layer_dense(1)
#' schedule <- learning_rate_schedule_exponential_decay(0.1, 10, 0.5)
#' sgd <- function() keras3::optimizer_sgd(learning_rate = schedule)
#' model |> keras3::compile(optimizer = sgd(), loss = "mse")
#' plan <- training_plan(samples = 64, batch_size = 32)
#' x <- matrix(1, 64)
#' model |> keras3::fit(x, x, epochs = 2, verbose = 0)
#' optimizer_step(model)
#' optimizer_learning_rate(model)
#' identical(optimizer_schedule(model), schedule)
#'
#' # A new optimizer starts from step 0, so set its count:
#' model |> keras3::compile(optimizer = sgd(), loss = "mse")
#' set_optimizer_step(model, epochs(2, plan))
#' model |> keras3::fit(x, x,
#'   initial_epoch = 3, epochs = 3, verbose = 0, # keras3 counts epochs from 1
#'   callbacks = list(callback_resume_check())
#' )
optimizer_step <- function(model, optimizer = NULL) {
  optimizer <- check_optimizer(optimizer)
  as.double(number_to_r(call_optimizer("optimizer_step", model, optimizer)))
}

#' @rdname optimizer_step
#' @export
optimizer_learning_rate <- function(model, optimizer = NULL) {
  optimizer <- check_optimizer(optimizer)
  rates <- one_or_named(call_optimizer("optimizer_learning_rate", model, optimizer))
  unlist(lapply(rates, reticulate::py_to_r))
}

#' @rdname optimizer_step
#' @export
optimizer_schedule <- function(model, optimizer = NULL) {
  optimizer <- check_optimizer(optimizer)
  schedules <- one_or_named(call_optimizer("optimizer_schedule", model, optimizer))
  held <- one_or_named(call_optimizer("held_rate", model, optimizer))
  values <- Map(value_of_schedule, schedules, held)
  if (is.null(names(values))) values[[1]] else values
}

value_of_schedule <- function(schedule, held) {
  value <- describe_python(schedule) %||% schedule
  if (is_python_schedule(held) && !inherits(held, CLASS_OF_OURS)) {
    say_once_that_keras_may_differ(value)
  }
  value
}

#' @rdname optimizer_step
#' @export
set_optimizer_step <- function(model, step, optimizer = NULL) {
  step <- check_steps(step)
  optimizer <- check_optimizer(optimizer)
  int <- reticulate::import_builtins(convert = FALSE)$int
  call_optimizer("set_optimizer_step", model, int(step), optimizer)
  invisible(model)
}

#' Change the learning rate during training
#'
#' `set_optimizer_schedule()` replaces the schedule of a compiled model, and `scale_learning_rate()`
#' multiplies the rates of its current schedule by a factor. The change takes effect at the next training
#' step, whether you call them between two calls of `fit()` or from a callback. Weights, the state of the
#' optimizer and its count of steps don't change.
#'
#' Assigning `model$optimizer$learning_rate <- schedule` is not enough once TensorFlow or JAX has
#' compiled the training step: it silently continues with the old schedule. These functions make Keras
#' compile the next step again, which costs nothing on PyTorch but takes time on TensorFlow and JAX,
#' especially for a large model. So use them to change a rate every few epochs. For a rate that changes at
#' every step, make a schedule.
#'
#' The new schedule continues at the optimizer's count of steps, not at step 0. To start it at the
#' current step, use `schedule_offset(schedule, optimizer_step(model))`. The schedule is saved with the
#' model. A factor is saved as a [schedule_scale()], and several calls of `scale_learning_rate()` are
#' combined into a single factor. If the learning rate is a number, `scale_learning_rate(model, 0.5)`
#' and `set_optimizer_schedule(model, 0.01)` only assign the new number, and compile nothing.
#'
#' Weights files written after such a call contain the factor of a schedule. Reading such a file sets the
#' factor if you have called one of these functions for the optimizer that reads it, and if that optimizer
#' has the same schedule. The count of steps and the momentum are also read, if the optimizer is built.
#' If the learning rate is a schedule in the file but a number in the optimizer, or the reverse, Keras
#' reads neither without such a call.
#'
#' @param model A compiled Keras model, or an optimizer. If you pass an optimizer, a training step that
#'   was compiled with it keeps the old schedule, and a warning says so.
#' @param schedule A learning-rate schedule, or one finite number, 0 or more, for a constant rate.
#' @param factor The factor to multiply the rates by: one finite number, 0 or more.
#' @param optimizer Which optimizer of the model, as in [optimizer_step()]. `NULL` for the model's
#'   only optimizer, or for all of a `MultiOptimizer`.
#' @returns The model, invisibly.
#' @section Errors:
#' It is an error if the model is not compiled, or if its `train_step()` uses several optimizers and you
#' don't choose one. It is also an error to set or scale a schedule if you unfroze layers after the
#' optimizer was built: compile the model with a new optimizer instead. `scale_learning_rate()` fails if
#' the learning rate is a function.
#' @seealso [callback_reduce_schedule_on_plateau()], which lowers a schedule when a metric no longer
#'   improves; [optimizer_schedule()] for the schedule in a model.
#' @family ways to train with a schedule
#' @concept set_lr
#' @concept set_learning_rate
#' @concept change_lr
#' @concept freeze
#' @concept unfreeze
#' @concept fine_tune
#' @export
#' @examplesIf has_keras() && requireNamespace("keras3", quietly = TRUE)
#' model <- keras3::keras_model_sequential(input_shape = 1) |> keras3::layer_dense(1)
#' model |> keras3::compile(optimizer = keras3::optimizer_sgd(learning_rate = 0.1), loss = "mse")
#' x <- matrix(1, 64)
#' model |> keras3::fit(x, x, epochs = 2, verbose = 0)
#'
#' # Switch to a cosine that begins at this step.
#' cosine <- learning_rate_schedule_cosine_decay(0.1, 100)
#' set_optimizer_schedule(model, schedule_offset(cosine, optimizer_step(model)))
#' optimizer_learning_rate(model)
#'
#' scale_learning_rate(model, 0.5)
#' optimizer_learning_rate(model)
#' optimizer_schedule(model)
set_optimizer_schedule <- function(model, schedule, optimizer = NULL) {
  schedule <- check_schedule_or_rate(schedule)
  optimizer <- check_optimizer(optimizer)
  call_optimizer("set_optimizer_schedule", model, schedule, optimizer)
  invisible(model)
}

#' @rdname set_optimizer_schedule
#' @export
scale_learning_rate <- function(model, factor, optimizer = NULL) {
  factor <- check_rate(factor)
  optimizer <- check_optimizer(optimizer)
  call_optimizer("scale_learning_rate", model, factor, optimizer)
  invisible(model)
}

# Calls a function of Python's `training.optimizer` with the model.
call_optimizer <- function(name, model, ..., call = caller_env()) {
  check_required(model, call = call)
  if (is_of_keras_2(model)) {
    abort_argument(model, "a keras3 model", "model", call)
  }
  f <- reticulate::py_get_attr(
    keras_module("training.optimizer", paste0("`", name, "()`"), call),
    name
  )
  try_python(reticulate::py_call(f, model, ...), call)
}

# Turns Python's value for one optimizer into a list, or its dictionary for several into a named list.
one_or_named <- function(x) {
  if (!inherits(x, "python.builtin.dict")) {
    return(list(x))
  }
  list_of <- reticulate::import_builtins(convert = FALSE)$list
  names <- as.character(unlist(reticulate::py_to_r(list_of(x$keys()))))
  set_names(lapply(names, function(name) reticulate::py_get_item(x, name)), names)
}

check_optimizer <- function(x, arg = caller_arg(x), call = caller_env()) {
  is_name <- is_string(x) && !is.na(x) && nzchar(x)
  if (!is.null(x) && !is_name && !inherits(x, CLASS_OF_OPTIMIZERS)) {
    abort_argument(x, "NULL, the name of one optimizer, or a keras3 optimizer", arg, call)
  }
  x
}
