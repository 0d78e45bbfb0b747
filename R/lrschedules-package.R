#' lrschedules: learning-rate schedules for Keras
#'
#' A schedule is an R value that is also a function of the training step. Build
#' one with a `learning_rate_schedule_*()` function, inspect it with [print()],
#' [plot()][plot.learning_rate_schedule] and [schedule_values()], and pass it to
#' a \pkg{keras3} optimizer as its `learning_rate`.
#'
#' @section Find your way:
#' \describe{
#'   \item{What a schedule is}{[learning-rate-schedules] and [is_learning_rate_schedule()]. If you know a
#'     schedule from another library, look up its name here in [coming_from_other_libraries].}
#'   \item{Schedules of Keras}{[learning_rate_schedule_exponential_decay()],
#'     [learning_rate_schedule_inverse_time_decay()], [learning_rate_schedule_polynomial_decay()],
#'     [learning_rate_schedule_piecewise_constant_decay()], [learning_rate_schedule_cosine_decay()],
#'     [learning_rate_schedule_cosine_decay_restarts()]: called as in \pkg{keras3}.}
#'   \item{Schedules of other libraries}{of optax, PyTorch, Hugging Face, timm, fastai and TensorFlow
#'     Addons: [learning_rate_schedule_constant()], [learning_rate_schedule_piecewise_interpolate()],
#'     [learning_rate_schedule_inverse_sqrt_decay()], [learning_rate_schedule_cyclical()],
#'     [learning_rate_schedule_one_cycle()], [learning_rate_schedule_warmup_stable_decay()],
#'     [learning_rate_schedule_tanh_decay()].}
#'   \item{Schedules of TensorFlow 1}{[learning_rate_schedule_natural_exp_decay()],
#'     [learning_rate_schedule_linear_cosine_decay()],
#'     [learning_rate_schedule_noisy_linear_cosine_decay()], and functions such as
#'     [v1_exponential_decay()], called with a step as in TensorFlow 1.}
#'   \item{Schedules of Model Garden}{[learning_rate_schedule_exponential_decay_with_offset()],
#'     [learning_rate_schedule_polynomial_decay_with_offset()],
#'     [learning_rate_schedule_cosine_decay_with_offset()],
#'     [learning_rate_schedule_piecewise_constant_decay_with_offset()],
#'     [learning_rate_schedule_step_cosine_decay_with_offset()],
#'     [learning_rate_schedule_power_decay_with_offset()], [learning_rate_schedule_linear_warmup()],
#'     [learning_rate_schedule_polynomial_warmup()], [learning_rate_schedule_direct_power_decay()],
#'     [learning_rate_schedule_power_and_linear_decay()].}
#'   \item{Write your own}{[learning_rate_schedule()] from a function of the step,
#'     [learning_rate_schedule_tabulated()] from a table of rates, [as_learning_rate_schedule()] from
#'     numbers, a data frame or a Keras object, and [LearningRateSchedule()] for a class.}
#'   \item{Combine}{[schedule_warmup()], [schedule_cooldown()], [schedule_join()], [schedule_then()],
#'     [schedule_offset()], [schedule_hold()], [schedule_repeat()], [schedule_stretch()],
#'     [schedule_accumulate()], [schedule_for_batch_size()], [schedule_clamp()], [schedule_scale()],
#'     [schedule_noise()], and the operators of [schedule_arithmetic].}
#'   \item{Count in epochs}{[training_plan()], [epochs()], [fraction()].}
#'   \item{Inspect}{[plot()][plot.learning_rate_schedule], [schedule_compare()],
#'     [schedule_values()], [summary()][summary.learning_rate_schedule],
#'     [print()][print.learning_rate_schedule], [schedule_explain()], [schedule_code()].}
#'   \item{Check}{[schedule_check()] finds likely mistakes before you train.}
#'   \item{Design}{[schedule_designer()] opens an app.}
#'   \item{Train}{[find_learning_rate()] finds a rate to train with;
#'     [callback_learning_rate_monitor()] records the rates that train; [set_optimizer_schedule()],
#'     [scale_learning_rate()] and [callback_reduce_schedule_on_plateau()] change them;
#'     [optimizer_with_layer_rates()], [layer_rates()] and [optimizer_layer_rates()] are for fine-tuning;
#'     [optimizer_with_schedules()] and [momentum_schedule_one_cycle()] schedule other optimizer
#'     settings; [optimizer_schedule()], [optimizer_learning_rate()] and [optimizer_step()] read a
#'     model's optimizer; [workers_and_devices] describes training on many machines.}
#'   \item{Save and resume}{[schedule_write()], [schedule_read()], [to_keras()],
#'     [set_optimizer_step()], [callback_resume_check()].}
#' }
#'
#' @section Vignettes:
#' Read these pages in this order; `browseVignettes("lrschedules")` lists them all. They are only
#' installed if the package was built before it was installed (see README).
#' - `vignette("get-started", "lrschedules")`: *Get started*
#' - `vignette("steps-and-epochs", "lrschedules")`: *Steps and epochs*
#' - `vignette("choosing-a-schedule", "lrschedules")`: *Choosing a schedule*, with a picture of each
#' - `vignette("composing-schedules", "lrschedules")`: *Composing schedules*
#' - `vignette("changing-the-rate", "lrschedules")`: *Changing the rate while training*, and freezing
#'   and unfreezing layers
#' - `vignette("fine-tuning", "lrschedules")`: *Fine-tuning*, with a learning rate for each layer
#' - `vignette("saving-loading-resuming", "lrschedules")`: *Saving, loading, resuming*
#' - `vignette("coming-from-other-libraries", "lrschedules")`: *Coming from other libraries*
#' - `vignette("what-compiled-training-does", "lrschedules")`: *What compiled training does to a
#'   schedule*
#' - `vignette("many-machines", "lrschedules")`: *Many machines*
#'
#' @section Exactness:
#' Whole periods, plateaus and offsets are computed in 64-bit integers and rates in
#' 64-bit floating point, wherever the schedule is evaluated: in R, eagerly, or in
#' training steps compiled by TensorFlow, XLA, JAX or PyTorch. For training, the result
#' is then rounded once, to Keras's `floatx` (32 bits by default). So the printed rate
#' is the rate that trains, to a relative error of 1e-6. No rate is above 1e38,
#' which 32 bits can still represent. (Apple's MPS devices don't support 64-bit
#' floating point. There the rate is computed in 32 bits, but steps are still exact.)
#'
#' @section Python:
#' Attaching the package does not start Python. Evaluating a schedule, or passing
#' it to an optimizer, does. To inspect a schedule, you only need NumPy. Optimizers, tensors,
#' Keras's own objects and training need `keras` 3.3 or later (3.10 with JAX) and a backend, which are
#' loaded when you first use them.
#' [has_numpy()] and [has_keras()] test whether they are available.
#' Models that were saved with a schedule load without `custom_objects`:
#' in R when this package is loaded, and in Python after `import lrschedules`, if you have installed the
#' folder `system.file("python", package = "lrschedules")` with pip.
#'
#' Choose the backend before Keras is loaded: `config_set_backend()` works after you have inspected
#' schedules, but not after you have built a model, a tensor or an optimizer. It would then load Keras a
#' second time, while keras3's functions and the schedules would still use the first copy. Restart R
#' instead.
#'
#' @section Errors:
#' If an argument is invalid, the function that you called fails with an error of class `rlang_error`: it
#' names the argument, says what it must be and shows what you gave. Errors from this package's Python
#' code become R errors with the same text. Any other Python error, raised by Keras or by a class that
#' you wrote, is the `parent` of an R error with your call, and `reticulate::py_last_error()` shows its
#' traceback.
#'
#' @keywords internal
#' @examples
#' # 40 epochs: 5 epochs of warmup, then half a cosine wave.
#' plan <- training_plan(samples = 1000, batch_size = 32, epochs = 40)
#' schedule <- learning_rate_schedule_cosine_decay(0.1, epochs(35, plan)) |>
#'   schedule_warmup(epochs(5, plan))
#' schedule
#' @examplesIf has_numpy()
#' schedule(epochs(c(0, 1, 5, 20, 40), plan))
#' schedule_explain(schedule, plan)
#' schedule_check(schedule, plan)
#' plot(schedule, plan = plan)
#' @import rlang
"_PACKAGE"
