#' Schedule momentum, weight decay and other optimizer settings
#'
#' Makes an optimizer in which settings such as `momentum`, `beta_1` or `weight_decay` follow schedules.
#' On TensorFlow and JAX, Keras reads these settings once, when it compiles the training step, and then
#' silently ignores values that a callback assigns to them.
#'
#' At each training step, a setting has the value of its schedule at the optimizer's step, like the
#' learning rate. This step counts batches, even with `gradient_accumulation_steps`; use
#' [schedule_accumulate()] to count updates instead. Some details:
#'
#' - `weight_decay` subtracts `weight * weight_decay * learning_rate` before the update, also if the
#'   optimizer had no weight decay.
#' - Adam, AdamW and similar optimizers correct their bias by `1 - beta_1^(step + 1)`, with the current
#'   `beta_1`, as PyTorch and optax do. Nadam multiplies the `beta_1` of all steps.
#' - A loss scale optimizer gives the schedules to its inner optimizer, as
#'   `optimizer$inner_optimizer$schedules`.
#'
#' `save_model()` saves the schedules with the optimizer, and `load_model()` loads them if this package
#' is loaded. `optimizer$schedules` is a named list of them. You can't change the schedules of an
#' optimizer, but as long as it has not been trained, a second call returns an optimizer with further
#' schedules, or with new ones for the same settings.
#'
#' [optimizer_step()], [set_optimizer_schedule()], [callback_learning_rate_monitor()] and the other
#' functions for the learning rate work as with other optimizers.
#'
#' @param optimizer A keras3 optimizer that has not been trained: `optimizer_sgd()`, `optimizer_adam_w()`,
#'   and so on.
#' @param ... Schedules, each named after the optimizer setting it controls, as in
#'   `momentum = momentum_schedule_one_cycle(rate)`. A number gives a constant schedule. `momentum`,
#'   `ema_momentum`, `beta_1`, `beta_2` and `rho` must stay below 1 at every step, even after the end of
#'   your training: use [schedule_clamp()] to limit a schedule. Pass the schedule of the `learning_rate`
#'   to the optimizer itself. Some settings, such as `clipnorm`, can't follow a schedule; the error names
#'   the settings that can.
#' @returns A new optimizer, whose class inherits from the class of `optimizer`.
#' @seealso [momentum_schedule_one_cycle()] for the momentum. For other settings, use any schedule.
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
  check_new_optimizer(optimizer, "Call {.fn optimizer_with_schedules} before {.fn compile}.")
  schedules <- list2(...)
  names <- names2(schedules)
  if (length(schedules) == 0 || !all(nzchar(names)) || anyDuplicated(names)) {
    cli::cli_abort(c(
      "{.arg ...} must be schedules, each named after a different setting of the optimizer.",
      i = "For example: {.code momentum = momentum_schedule_one_cycle(rate)}."
    ))
  }
  # With conversion, its objects behave like keras3's own.
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
    abort_argument(optimizer, "a keras3 optimizer", "optimizer", call)
  }
  if (reticulate::py_to_r(reticulate::py_get_attr(optimizer, "built"))) {
    cli::cli_abort(
      c(
        "{.arg optimizer} must not belong to a model yet.",
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
      "{.arg learning_rate} must be an argument of the optimizer itself, not of this function.",
      call = call
    )
  }
  if (!name %in% numbers) {
    cli::cli_abort(
      c(
        "{.arg {name}} is not a setting of this optimizer that can follow a schedule.",
        i = "{cli::qty(numbers)}{?This setting/These settings} can: {.arg {numbers}}."
      ),
      call = call
    )
  }
}

check_schedule_of_number <- function(x, name, call) {
  x <- check_schedule_or_rate(x, name, call)
  # Decay factors of running averages: at 1 nothing new would ever count.
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
          "{.arg {name}} must stay below 1; at step {in_prose(reached[[1]])} it is {value}.",
          i = if (is.function(x)) {
            "Limit a schedule with {.code schedule_clamp(schedule, max = 0.99)}."
          }
        ),
        call = call
      )
    }
  }
  x
}
