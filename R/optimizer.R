#' Resume training at the right step
#'
#' A schedule follows the optimizer's own count of training steps, not the epochs of
#' `fit()`. These functions read, set and check that count.
#'
#' What keeps it:
#' - continuing with `fit()` on the same model, in the same session;
#' - `save_model()` to a `.keras` file and `load_model()`: the optimizer is saved too.
#'
#' What loses it, so that the schedule starts again from step 0:
#' - `compile()` again, which makes a new optimizer;
#' - `load_model_weights()` into a model whose optimizer is not built;
#' - `fit(initial_epoch = 6)` alone, which only names the epochs;
#' - `clone_model()`, whose copy has another optimizer.
#'
#' A whole model in an `.h5` file loads with its schedule and count, but Keras 3 can't train it on.
#' Read both with `optimizer_schedule()` and `optimizer_step()`, compile the model with a new
#' optimizer, and set the count.
#'
#' `set_optimizer_step(model, epochs(5, plan))` sets a lost count, and
#' `callback_resume_check()`, given to `fit()`, stops the training before its first step if
#' the count and `initial_epoch` disagree. With `set = TRUE` it sets the count instead.
#'
#' `callback_backup_and_restore(save_freq = n)` restores a model in the middle of an epoch, and Keras
#' then begins this epoch again. Only `callback_resume_check(set = TRUE)` can set the count there,
#' since Keras restores it within `fit()`.
#'
#' A second plain `fit()`, without `initial_epoch`, goes on with the schedule. The check accepts that
#' if the count is where the previous `fit()` with a check ended, in the same process and with the
#' same optimizer. It does not know a `fit()` that had no check or was interrupted, and refuses the
#' count after it: pass the check to each `fit()`.
#'
#' On TensorFlow, where `fit()` does not know how many steps the data have (a generator, a dataset
#' of unknown size), Keras counts the end of the data as one step more in each epoch: a schedule is
#' then a step further in each. `fit(steps_per_epoch = )` avoids that, and needs data that repeat:
#' `` dataset$`repeat`() ``, or a generator that begins again. Without `steps_per_epoch`, the check accepts
#' up to one step more for each epoch.
#'
#' `optimizer_schedule()` is the schedule in the optimizer, as an R value: a constant rate as a
#' constant schedule, one of Keras's own six as this package's of the same name if that takes its
#' configuration, any other class unchanged. `optimizer_learning_rate()` is the rate of the next step.
#'
#' @section Models with several optimizers:
#' - Keras's `MultiOptimizer` trains parts of a model with separate optimizers, by patterns
#'   for the paths of their variables. Without `optimizer`, these functions act on all of them:
#'   `set_optimizer_step()` sets every count, and `optimizer_schedule()` and
#'   `optimizer_learning_rate()` return one element for each optimizer, named by its pattern.
#'   `optimizer_step()` needs `optimizer` only if the optimizers count differently.
#' - A model with its own `train_step()` may hold several optimizers, in attributes such as
#'   `d_optimizer`, or in a list. Name one of them with `optimizer`. An error without it lists
#'   the names.
#'
#' @param model A compiled Keras model, or its optimizer.
#' @param optimizer Which optimizer of the model: the name of the model's attribute that holds it
#'   (`"d_optimizer"`, `"optimizers[0]"`), the pattern of a `MultiOptimizer` (`".*/head/.*"`,
#'   `"default"`), or the optimizer itself. `NULL` for the model's only optimizer, or for all of a
#'   `MultiOptimizer`.
#' @param step The step to count on from: one whole number, 0 or more.
#' @param steps_per_epoch The number of training steps in an epoch: one whole number greater
#'   than 0, or `NULL` for the number that `fit()` reports.
#' @param set Whether the check sets a count that it would refuse: `TRUE` or `FALSE`. The count
#'   becomes `steps_per_epoch` times the number of epochs before `initial_epoch`, which is 0 for a
#'   plain `fit()`.
#' @param optimizer Which optimizer the check looks at, if the model has several: the optimizer
#'   itself, the name of the model's attribute that holds it (`"d_optimizer"`), or a pattern of a
#'   `MultiOptimizer`. `NULL` checks all optimizers of a `MultiOptimizer`.
#' @returns `optimizer_step()`: one whole number, as a double. `optimizer_learning_rate()`: one
#'   number, or a named vector of them for the optimizers of a `MultiOptimizer`.
#'   `optimizer_schedule()`: a [learning_rate_schedule], or a named list of them.
#'   `set_optimizer_step()`: the model, invisibly. `callback_resume_check()`: a Keras callback.
#' @section Errors:
#' Where the count and `initial_epoch` disagree, `fit()` fails with an error that gives both
#' counts and the call that corrects them.
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
#' # Compiled again, it would start from step 0; this sets the count:
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
#' `set_optimizer_schedule()` gives a compiled model another schedule, and `scale_learning_rate()`
#' multiplies the rates of the one it has. The next training step uses it: between two calls of
#' `fit()`, and within one, from a callback. Weights, the state of the optimizer and its count of
#' steps stay as they are.
#'
#' Assigning `model$optimizer$learning_rate <- schedule` is not enough where TensorFlow or JAX have
#' compiled the training step: they go on with the schedule that it was compiled with, and nothing
#' says so. These functions have the next step compiled again. That takes 0.13 seconds on TensorFlow
#' and 0.17 on JAX for a model of three small layers (`make bench` measures it), longer for a large
#' model, and nothing on PyTorch: so change a rate every few epochs, and for one that changes at
#' every step make a schedule.
#'
#' The new schedule is asked for the optimizer's own count, not from 0: to start it at the present
#' step, use `schedule_offset(schedule, optimizer_step(model))`. It is saved with the model, and so
#' is a factor, which is a [schedule_scale()]: `scale_learning_rate()` called twice multiplies into
#' one. Where the learning rate is a number, another number and a factor are set there, as by
#' assigning `model$optimizer$learning_rate`, and nothing is compiled.
#'
#' Weights files written after one of these functions was called keep the factor of a schedule.
#' Reading one sets the factor, if the optimizer has the same schedule and one of these functions was
#' called here too. The count of steps and the momentum are read in any case.
#'
#' @param model A compiled Keras model. An optimizer alone will do where no training step was compiled
#'   with it.
#' @param schedule A learning-rate schedule, or one number for a constant rate.
#' @param factor What to multiply the rates with: one finite number, 0 or more.
#' @param optimizer Which optimizer of the model, as in [optimizer_step()]. `NULL` for the model's
#'   only optimizer, or for all of a `MultiOptimizer`.
#' @returns The model, invisibly.
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
#' # From here on a cosine, which begins at this step.
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

# A function of Python's core about the optimizer of a model.
call_optimizer <- function(name, model, ..., call = caller_env()) {
  check_required(model, call = call)
  if (is_of_keras_2(model)) {
    abort_argument(model, "a model of keras3", "model", call)
  }
  f <- reticulate::py_get_attr(
    keras_module("training.optimizer", paste0("`", name, "()`"), call),
    name
  )
  try_python(reticulate::py_call(f, model, ...), call)
}

# What Python returns for one optimizer, or a dictionary for several, as a list: its names are those
# of the dictionary.
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
