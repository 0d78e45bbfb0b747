#' Give each layer its own learning rate
#'
#' `optimizer_with_layer_rates()` makes an optimizer whose learning rate is multiplied by a factor in
#' each layer: 0.1 for a backbone that was trained before, 1 for a new head. `layer_rates()` makes such
#' factors from the depth of the layers. `optimizer_layer_rates()` shows the rate of every variable.
#'
#' @section Names:
#' A name is one of these:
#' - the name of a layer, or of a model inside the model: it matches all variables inside;
#' - a path of such names, as in `"encoder/dense"`, if several layers have the same name;
#' - a regular expression that matches the whole path of a variable, as in `"backbone/.*"` or
#'   `".*/bias"`. The path is the one that Keras gives (`variable$path`), or leads through the layers
#'   of the model.
#'
#' A variable that no name matches has the factor 1. Names are looked up when Keras builds the
#' optimizer, at the start of `fit()`. If two names match one variable, there is an error. If a name
#' matches nothing in the model, there is a warning with the nearest paths. `optimizer_layer_rates()`
#' makes it an error.
#'
#' Outside of `fit()` and `load_model()`, as in a custom training loop, the optimizer knows only
#' Keras's own paths. They do not name the inner model of a functional model.
#'
#' @section What the factor does:
#' - It multiplies the rate in the variable's own update, not the gradient: the step of
#'   `optimizer_adam()` at a factor of 0.1 is a tenth.
#' - Weight decay that the optimizer takes off is multiplied too, as in the parameter groups of PyTorch
#'   and in timm.
#' - A factor of 0 leaves the variable unchanged, bit for bit. The optimizer's moments continue:
#'   `freeze_weights()` also saves their time and memory. Ftrl computes the weights from its moments:
#'   after a factor of 0 they start again from there.
#' - A factor that is a schedule is given the optimizer's count of steps. One that is 0 until step 500
#'   and 1 from there unfreezes the layers at step 500, and nothing is compiled again.
#' - Where an averaged model replaces the weights (`use_ema = TRUE`), variables whose factor is 0 at
#'   that step keep their own values.
#'
#' All else that is about the learning rate works as before. The monitor and
#' [optimizer_learning_rate()] give the rate of the optimizer, without factors. The factors are saved
#' with the model, and `load_model()` loads them where this package is attached.
#' [optimizer_with_schedules()] can be called before or after.
#'
#' After you freeze or unfreeze layers, compile the model with a new optimizer: with the same names it
#' finds the layers again.
#'
#' @section When to use a `MultiOptimizer`:
#' Keras's `MultiOptimizer` trains parts of a model with optimizers of different kinds, or with
#' schedules that have nothing in common. It keeps one count and one state for each part. For one
#' optimizer with smaller rates in some layers, factors are simpler, and one schedule drives all.
#'
#' @param optimizer For `optimizer_with_layer_rates()`, an optimizer of keras3 that was not trained; in
#'   a loss scale optimizer the one inside gets the factors. For `optimizer_layer_rates()`, which
#'   optimizer of the model, as in [optimizer_step()].
#' @param ... Factors, by names of layers or patterns, as in `head = 1, "backbone/.*" = 0.1`: each is
#'   one number, 0 or more, or a schedule. The value of `layer_rates()`, or a named list, can be given
#'   without a name.
#' @param model A keras3 model that is built; for `optimizer_layer_rates()` a compiled one.
#' @param decay The factor of each layer to the layer after it, 0 or more.
#' @param groups The names or patterns of layers, from input to output, if the order of the model's
#'   layers is not the one that counts: a list of character vectors, whose elements share a factor.
#'   `NULL` for the order of the model: each layer that has weights, with those of a model inside of
#'   it. A normalisation has the factor of the layer before it, and a layer that is made of others,
#'   such as an attention, is one layer.
#' @param x The value of `layer_rates()`, or an optimizer's `layer_rates`.
#' @returns
#' - `optimizer_with_layer_rates()`: a new optimizer, whose class inherits from the class of
#'   `optimizer`. `optimizer$layer_rates` prints each name with its factor and, once the optimizer is
#'   built, how many variables and weights it covers.
#' - `layer_rates()`: a named list of factors, which prints as a table. Change it as any list:
#'   `rates$head <- 2`.
#' - `optimizer_layer_rates()`: a data frame with a row for each variable, also of frozen layers, and
#'   the columns `variable` (its path), `layer_rate` (the name that matches it), `factor`, `rate` (of
#'   the next step, and 0 if it is frozen), `weights` and `trainable`.
#' - `as.list()` of an optimizer's `layer_rates`: the rate of each name as a schedule, the optimizer's
#'   schedule times the factor, for [schedule_compare()]. Of others, the factors.
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
  check_new_optimizer(optimizer, "Its layers get their factors before {.fn compile}.")
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
        "{.arg ...} must be factors, each with the name of a layer or a pattern of its own.",
        i = "{.code head = 1, \"backbone/.*\" = 0.1} are two."
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
      abort_argument(groups, "a list of names of layers", "groups", current_env())
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
    abort_argument(x, "a model of keras3", arg, call)
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
        vapply(numbers[names(factors)], function(n) if (is.na(n)) "" else format_number(n), ""),
        ""
      )
    }
  }
  columns <- Map(function(column, title) format(c(title, column)), columns, names(columns))
  cat(sub(" +$", "", do.call(paste, c(unname(columns), sep = "  "))), sep = "\n")
  invisible(x)
}

format_factor <- function(x) {
  if (is.numeric(x)) format(x, digits = 4) else spec_of(as_learning_rate_schedule(x))$class
}

#' @rdname optimizer_with_layer_rates
#' @export
as.list.layer_rates <- function(x, ...) {
  factors <- unclass(x)
  attributes(factors) <- list(names = names(x))
  schedule <- attr(x, "schedule")
  if (is.null(schedule)) factors else lapply(factors, function(factor) schedule * factor)
}
