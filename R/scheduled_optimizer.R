#' Momentum, weight decay and more by schedules
#'
#' An optimizer has numbers beside its learning rate: `momentum`, `beta_1`, `weight_decay`. Keras reads
#' them once, when it compiles the training step: on TensorFlow and JAX it ignores, without a word, what
#' a callback assigns to them later. `optimizer_with_schedules()` makes an optimizer in which they follow
#' schedules.
#'
#' At each training step the number is the schedule's value at the optimizer's own count, as the
#' learning rate is. That counts batches, with `gradient_accumulation_steps` too:
#' [schedule_accumulate()] makes a schedule of updates of one of batches. All else stays as it was in
#' the optimizer:
#'
#' - `weight_decay` is taken off as `weight * weight_decay * learning_rate`, before the update, and also
#'   where the optimizer had none.
#' - Adam, AdamW and their like correct their bias by `1 - beta_1^(step + 1)`, with the `beta_1` of that
#'   step, as PyTorch and optax do. Nadam multiplies those of all steps.
#' - An optimizer with a loss scale around it gets the schedules inside.
#'
#' `save_model()` saves the schedules with the optimizer, and `load_model()` loads them where this
#' package is attached. `optimizer$schedules` is a named list of them. They cannot be changed in an
#' optimizer; `optimizer_with_schedules(optimizer, ...)` of one that has schedules and was not
#' trained adds to them.
#'
#' [optimizer_step()], [set_optimizer_schedule()], [callback_learning_rate_monitor()] and all else that
#' is about the learning rate work as with other optimizers.
#'
#' @param optimizer An optimizer of keras3 that was not trained: `optimizer_sgd()`,
#'   `optimizer_adam_w()`, and so on.
#' @param ... Schedules, by the names of the numbers that follow them, as in
#'   `momentum = momentum_schedule_one_cycle(rate)`. One number stands for a constant schedule.
#'   `momentum`, `beta_1`, `beta_2` and `rho` must stay below 1 at every step, also after your training
#'   ends: [schedule_clamp()] limits a schedule. The `learning_rate` is not among them: its schedule is
#'   an argument of the optimizer itself. Neither is what no training step reads, as `clipnorm`. An
#'   error names the numbers that there are.
#' @returns A new optimizer, of a class that inherits from that of `optimizer`.
#' @seealso [momentum_schedule_one_cycle()] for the momentum; for others any schedule will do.
#' @family ways to train with a schedule
#' @export
#' @examplesIf has_keras() && requireNamespace("keras3", quietly = TRUE)
#' rate <- learning_rate_schedule_one_cycle(0.1, total_steps = 40)
#' sgd <- optimizer_with_schedules(
#'   keras3::optimizer_sgd(learning_rate = rate, nesterov = TRUE),
#'   momentum = momentum_schedule_one_cycle(rate),
#'   weight_decay = learning_rate_schedule_cosine_decay(0.01, 40)
#' )
#' sgd$schedules
#'
#' model <- keras3::keras_model_sequential(input_shape = 1) |> keras3::layer_dense(1)
#' model |> keras3::compile(optimizer = sgd, loss = "mse")
#' x <- matrix(1, 640)
#' model |> keras3::fit(x, x, batch_size = 32, epochs = 2, verbose = 0)
#' optimizer_step(model)
optimizer_with_schedules <- function(optimizer, ...) {
  check_required(optimizer)
  check_new_optimizer(optimizer, "Its schedules are given before {.fn compile}.")
  schedules <- list2(...)
  names <- names2(schedules)
  if (length(schedules) == 0 || !all(nzchar(names)) || anyDuplicated(names)) {
    cli::cli_abort(c(
      "{.arg ...} must be schedules, each with the name of another number of the optimizer.",
      i = "{.code momentum = momentum_schedule_one_cycle(rate)} is one."
    ))
  }
  # Its objects convert as those of keras3 do.
  module <- keras_module(
    "training.scheduled_optimizer",
    "`optimizer_with_schedules()`",
    convert = TRUE
  )
  numbers <- try_python(module$scheduled_numbers(optimizer))
  call <- current_env()
  for (name in names) {
    check_number_of_optimizer(name, numbers, call)
    schedules[[name]] <- check_schedule_of_number(schedules[[name]], name, call)
  }
  try_python(do.call(module$optimizer_with_schedules, c(list(optimizer), schedules)))
}

check_new_optimizer <- function(optimizer, hint, call = caller_env()) {
  if (!inherits(optimizer, CLASS_OF_OPTIMIZERS)) {
    abort_argument(optimizer, "an optimizer of keras3", "optimizer", call)
  }
  if (reticulate::py_to_r(reticulate::py_get_attr(optimizer, "built"))) {
    cli::cli_abort(
      c(
        "{.arg optimizer} must be a new one, not one that is part of a model already.",
        i = hint
      ),
      call = call
    )
  }
}

CLASS_OF_OPTIMIZERS <- "keras.src.optimizers.base_optimizer.BaseOptimizer"

check_number_of_optimizer <- function(name, numbers, call) {
  if (name == "learning_rate") {
    cli::cli_abort(
      "{.arg learning_rate} must be given to the optimizer itself, as its own argument.",
      call = call
    )
  }
  if (!name %in% numbers) {
    cli::cli_abort(
      c(
        "{.arg {name}} must be a number that the optimizer uses at each step.",
        i = "It has {.arg {numbers}}."
      ),
      call = call
    )
  }
}

check_schedule_of_number <- function(x, name, call) {
  x <- check_schedule_or_rate(x, name, call)
  # The part that is kept of what was: with all of it, nothing new would count.
  if (grepl("(momentum|beta_1|beta_2|rho)$", name)) {
    reached <- if (is.function(x)) {
      reticulate::py_to_r(try_python(core(call)$reached(twin(x, call), 1), call))
    } else if (x >= 1) {
      list(0, x)
    }
    if (!is.null(reached)) {
      value <- format(reached[[2]], digits = 4, decimal.mark = ".")
      cli::cli_abort(
        c(
          "{.arg {name}} must be less than 1 at each step, not {value} as at step {format_number(reached[[1]])}.",
          i = if (is.function(x)) "{.code schedule_clamp(schedule, max = 0.99)} limits a schedule."
        ),
        call = call
      )
    }
  }
  x
}
