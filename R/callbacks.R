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
#' - `fit(initial_epoch = 6)` alone, which only names the epochs.
#'
#' In these cases `set_optimizer_step(model, epochs(5, plan))` sets the count, and
#' `callback_resume_check()`, given to `fit()`, stops the training before its first step if
#' the count and `initial_epoch` disagree.
#'
#' On TensorFlow, where `fit()` does not know how many steps the data have (a generator, a dataset
#' of unknown size), Keras counts the end of the data as one step more in each epoch: a schedule is
#' then a step further in each. `fit(steps_per_epoch = )` avoids that. There the check accepts up
#' to one step more for each epoch.
#'
#' `optimizer_schedule()` is the schedule in the optimizer, as an R value: a constant rate as a
#' constant schedule, one of Keras's own six as this package's of the same name, another class as it
#' is. `optimizer_learning_rate()` is the rate of the next step.
#'
#' @param model A compiled Keras model, or its optimizer.
#' @param step The step to count on from: one whole number, 0 or more.
#' @param steps_per_epoch The number of training steps in an epoch: one whole number greater
#'   than 0, or `NULL` for the number that `fit()` reports.
#' @returns `optimizer_step()`: one whole number, as a double. `optimizer_learning_rate()`: one
#'   number. `optimizer_schedule()`: a [learning_rate_schedule]. `set_optimizer_step()`: the
#'   model, invisibly. `callback_resume_check()`: a Keras callback.
#' @section Errors:
#' Where the count and `initial_epoch` disagree, `fit()` fails with an error that gives both
#' counts and the call that corrects them.
#' @export
#' @examplesIf reticulate::py_module_available("keras") && requireNamespace("keras3", quietly = TRUE)
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
optimizer_step <- function(model) {
  optimizer <- core_module("training.optimizer")
  as.double(reticulate::py_to_r(try_python(reticulate::py_call(optimizer$optimizer_step, model))))
}

#' @rdname optimizer_step
#' @export
optimizer_learning_rate <- function(model) {
  optimizer <- core_module("training.optimizer")
  reticulate::py_to_r(try_python(reticulate::py_call(optimizer$optimizer_learning_rate, model)))
}

#' @rdname optimizer_step
#' @export
optimizer_schedule <- function(model) {
  optimizer <- core_module("training.optimizer")
  schedule <- try_python(reticulate::py_call(optimizer$optimizer_schedule, model))
  value <- describe_python(schedule) %||% schedule
  held <- reticulate::py_get_attr(optimizer$compiled_optimizer(model), "_learning_rate")
  if (is_python_schedule(held) && !inherits(held, CLASS_OF_OURS)) {
    say_once_that_keras_may_differ(value)
  }
  value
}

#' @rdname optimizer_step
#' @export
set_optimizer_step <- function(model, step) {
  step <- check_steps(step)
  optimizer <- core_module("training.optimizer")
  int <- reticulate::import_builtins(convert = FALSE)$int
  try_python(reticulate::py_call(optimizer$set_optimizer_step, model, int(step)))
  invisible(model)
}

#' @rdname optimizer_step
#' @export
callback_resume_check <- function(steps_per_epoch = NULL) {
  if (!is.null(steps_per_epoch)) {
    steps_per_epoch <- check_positive_whole_steps(steps_per_epoch)
  }
  callbacks <- core_module("training.callbacks")
  try_python(callbacks$ResumeCheck(steps_per_epoch))
}
