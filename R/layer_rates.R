#' Give each layer its own learning rate
#'
#' `optimizer_with_layer_rates()` makes an optimizer that multiplies its learning rate by a factor in
#' each layer, such as 0.1 for a pretrained backbone and 1 for a new head. `layer_rates()` makes
#' factors from the depth of the layers. `optimizer_layer_rates()` shows the rate of every variable.
#'
#' @section Names:
#' Each factor has one of these names:
#' - the name of a layer, or of a model inside the model, for all variables inside it;
#' - a path of such names, such as `"encoder/dense"`, if several layers have the same name;
#' - a regular expression that matches the full path of a variable, such as `"backbone/.*"` or
#'   `".*/bias"`. The path can be Keras's path (`variable$path`), or the path through the layers of the
#'   model.
#'
#' A variable that no name matches has a factor of 1. Names are looked up when Keras builds the
#' optimizer, at the start of `fit()`. It is an error if two names match the same variable. If a name
#' matches nothing in the model, a warning lists the nearest paths; in `optimizer_layer_rates()` this is
#' an error.
#'
#' Outside `fit()` and `load_model()`, as in a custom training loop, the optimizer knows only
#' Keras's paths. They don't contain the name of a model inside a functional model.
#'
#' @section What a factor does:
#' - It multiplies the rate of the update, not the gradient: with a factor of 0.1, a step of
#'   `optimizer_adam()` is a tenth as long.
#' - It also multiplies decoupled weight decay, as in the parameter groups of PyTorch and in timm.
#' - A factor of 0 leaves the variable unchanged, bit for bit, but its gradient and the optimizer's
#'   moments are still computed. `freeze_weights()` saves that time and memory. Ftrl computes the weights
#'   from its moments: after a factor of 0, the weights jump to the values that the moments give.
#' - A scheduled factor follows the optimizer's count of steps. A factor that is 0 until step 500 and 1
#'   from then on unfreezes the layers at step 500, and nothing is compiled again.
#' - When averages replace the weights (`use_ema = TRUE`), variables with a factor of 0 at that step keep
#'   their values.
#'
#' The learning rate itself does not change: the monitor and [optimizer_learning_rate()] show it without
#' factors. The factors are saved with the model, and `load_model()` loads them if this package is
#' loaded. You can call [optimizer_with_schedules()] before or after.
#'
#' After you freeze or unfreeze layers, compile the model with a new optimizer, with the same factors.
#'
#' @section When to use a `MultiOptimizer`:
#' Use Keras's `MultiOptimizer` if parts of a model need different kinds of optimizers or unrelated
#' schedules. It keeps a count and a state for each part. If some layers only need a smaller rate, factors
#' are simpler: one schedule drives all layers.
#'
#' @param optimizer For `optimizer_with_layer_rates()`, a keras3 optimizer that has not been trained. A loss
#'   scale optimizer gives the factors to its inner optimizer. For `optimizer_layer_rates()`, which
#'   optimizer of the model, as in [optimizer_step()], but you must choose one of a `MultiOptimizer`. All
#'   rates are those of this optimizer, also for variables that another one trains.
#' @param ... Factors, named after layers or patterns, as in `head = 1, "backbone/.*" = 0.1`: each is
#'   one number, 0 or more, or a schedule. You can also pass a named list, such as the value of
#'   `layer_rates()`.
#' @param model A keras3 model that is built and, for `optimizer_layer_rates()`, compiled.
#' @param decay The factor of each layer divided by the factor of the next layer: one finite number, 0 or
#'   more. The last layer has a factor of 1.
#' @param groups Groups of layers from input to output, if their depth should not follow the order of the
#'   model's layers: a list of character vectors with names or patterns. The layers of a group share a
#'   factor. `NULL` for one group per layer that has weights, also in a model inside the model. Then a
#'   normalisation layer belongs to the group of the layer before it, and a layer that contains others,
#'   such as an attention layer, is one layer.
#' @param x The value of `layer_rates()`, or an optimizer's `layer_rates`.
#' @returns
#' - `optimizer_with_layer_rates()`: a new optimizer, whose class inherits from the class of
#'   `optimizer`. `optimizer$layer_rates` prints each name with its factor and, once the optimizer is
#'   built, how many variables and weights it covers.
#' - `layer_rates()`: a named list of factors, which prints as a table. Change it like any list:
#'   `rates$head <- 2`.
#' - `optimizer_layer_rates()`: a data frame with a row for each variable that the model trains or that
#'   is frozen (moving averages, as in a batch normalisation, are neither), and the columns `variable`
#'   (its path), `layer_rate` (the name that matches it, or `NA`), `factor`, `rate` (at the next step; 0
#'   if it is frozen), `weights` (how many numbers it has) and `trainable`.
#' - `as.list()`: for an optimizer's `layer_rates`, a named list of schedules (the optimizer's schedule
#'   times each factor), for [schedule_compare()]; for the value of `layer_rates()`, the factors.
#'
#' Invalid arguments are errors.
#' @family ways to train with a schedule
#' @export
#' @examplesIf has_keras() && requireNamespace("keras3", quietly = TRUE)
#' model <- keras3::keras_model_sequential(input_shape = 4) |>
#'   keras3::layer_dense(8, activation = "relu", name = "first") |>
#'   keras3::layer_dense(8, activation = "relu", name = "second") |>
#'   keras3::layer_dense(1, name = "head")
#' rates <- layer_rates(model, decay = 0.5)
#' rates
#'
#' # The first layer begins to train at step 100.
#' rates$first <- learning_rate_schedule_piecewise_constant_decay(100, c(0, 0.25), boundary = "right")
#' adam <- keras3::optimizer_adam(learning_rate_schedule_cosine_decay(0.01, 1000)) |>
#'   optimizer_with_layer_rates(rates)
#' model |> keras3::compile(optimizer = adam, loss = "mse")
#' optimizer_layer_rates(model)
#' schedule_compare(!!!as.list(adam$layer_rates), steps = 0:1000)
optimizer_with_layer_rates <- function(optimizer, ...) {
  check_required(optimizer)
  check_new_optimizer(optimizer, "Call {.fn optimizer_with_layer_rates} before {.fn compile}.")
  factors <- factors_of(list2(...), current_env())
  module <- keras_module(
    "training.layer_rates",
    "`optimizer_with_layer_rates()`",
    convert = TRUE
  )
  try_python(module$optimizer_with_layer_rates(
    optimizer,
    reticulate::py_dict(as.list(names(factors)), unname(factors))
  ))
}

# Elements without a name are lists of factors.
factors_of <- function(given, call) {
  named <- nzchar(names2(given))
  is_list <- vapply(given, function(x) inherits(x, "layer_rates") || is_bare_list(x), NA)
  factors <- do.call(
    c,
    c(
      list(list()),
      Map(
        function(x, i) if (!named[[i]] && is_list[[i]]) unclass(x) else given[i],
        given,
        seq_along(given),
        USE.NAMES = FALSE
      )
    )
  )
  attributes(factors) <- list(names = names(factors))
  names <- names2(factors)
  if (length(factors) == 0 || !all(nzchar(names)) || anyDuplicated(names)) {
    cli::cli_abort(
      c(
        "{.arg ...} must be factors, each with a different name: a layer or a pattern.",
        i = "For example: {.code head = 1, \"backbone/.*\" = 0.1}."
      ),
      call = call
    )
  }
  Map(function(x, name) check_schedule_or_rate(x, name, call), factors, names)
}

#' @rdname optimizer_with_layer_rates
#' @export
layer_rates <- function(model, decay = 0.75, groups = NULL) {
  check_required(model)
  check_is_model(model)
  decay <- check_rate(decay)
  if (!is.null(groups)) {
    is_names <- function(x) is.character(x) && length(x) > 0 && !anyNA(x) && all(nzchar(x))
    if (!length(groups) || !all(vapply(as.list(groups), is_names, NA))) {
      abort_argument(groups, "a list of names of layers or patterns", "groups", current_env())
    }
    groups <- unname(lapply(as.list(groups), as.list))
  }
  module <- keras_module("training.layer_rates", "`layer_rates()`", convert = TRUE)
  try_python(module$layer_rates(model, decay, groups))
}

#' @rdname optimizer_with_layer_rates
#' @export
optimizer_layer_rates <- function(model, optimizer = NULL) {
  check_required(model)
  check_is_model(model)
  optimizer <- check_optimizer(optimizer)
  module <- keras_module("training.layer_rates", "`optimizer_layer_rates()`", convert = TRUE)
  columns <- try_python(module$optimizer_layer_rates(model, optimizer))
  columns$layer_rate <- lapply(columns$layer_rate, function(x) x %||% NA_character_)
  as.data.frame(lapply(columns, unlist))
}

check_is_model <- function(x, arg = caller_arg(x), call = caller_env()) {
  if (!inherits(x, "keras.src.models.model.Model")) {
    abort_argument(x, "a keras3 model", arg, call)
  }
}

#' @exportS3Method reticulate::py_to_r
py_to_r.lrschedules.training.layer_rates.LayerRates <- function(x) {
  part <- function(name) reticulate::py_to_r(reticulate::py_get_attr(x, name))
  factors <- part("data")
  counts <- function(name) if (!is.null(part(name))) set_names(unlist(part(name)), names(factors))
  structure(
    factors,
    variables = counts("variables"),
    weights = counts("weights"),
    schedule = part("schedule"),
    class = "layer_rates"
  )
}

#' @rdname optimizer_with_layer_rates
#' @export
print.layer_rates <- function(x, ...) {
  factors <- unclass(x)
  columns <- list(
    layers = names(factors),
    factor = vapply(factors, format_factor, "")
  )
  for (count in c("variables", "weights")) {
    numbers <- attr(x, count)
    if (!is.null(numbers)) {
      columns[[count]] <- ifelse(
        names(factors) %in% names(numbers),
        vapply(numbers[names(factors)], function(n) if (is.na(n)) "" else in_prose(n), ""),
        ""
      )
    }
  }
  columns <- Map(function(column, title) format(c(title, column)), columns, names(columns))
  cat(sub(" +$", "", do.call(paste, c(unname(columns), sep = "  "))), sep = "\n")
  invisible(x)
}

format_factor <- function(x) {
  if (is.numeric(x)) {
    format(x, digits = 4, decimal.mark = ".")
  } else {
    spec_of(as_learning_rate_schedule(x))$class
  }
}

#' @rdname optimizer_with_layer_rates
#' @export
as.list.layer_rates <- function(x, ...) {
  factors <- unclass(x)
  attributes(factors) <- list(names = names(x))
  schedule <- attr(x, "schedule")
  if (is.null(schedule)) factors else lapply(factors, function(factor) schedule * factor)
}
