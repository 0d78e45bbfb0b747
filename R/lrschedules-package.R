#' lrschedules: learning-rate schedules for Keras
#'
#' A schedule is an R value that is also a function of the training step. Build
#' one with a `learning_rate_schedule_*()` function, look at it with [print()],
#' [plot()][plot.learning_rate_schedule] and [schedule_values()], and give it to
#' an optimizer of \pkg{keras3} as its `learning_rate`.
#'
#' @section Find your way:
#' \describe{
#'   \item{What a schedule is}{[learning_rate_schedule] and [is_learning_rate_schedule()], and under which name it is here if you know it
#'     from another library: [coming_from_other_libraries].}
#'   \item{Schedules of Keras}{[learning_rate_schedule_exponential_decay()],
#'     [learning_rate_schedule_inverse_time_decay()], [learning_rate_schedule_polynomial_decay()],
#'     [learning_rate_schedule_piecewise_constant_decay()], [learning_rate_schedule_cosine_decay()],
#'     [learning_rate_schedule_cosine_decay_restarts()]: called as in \pkg{keras3}.}
#'   \item{Schedules of other libraries}{of optax, PyTorch, Hugging Face, timm, fastai and TensorFlow
#'     Addons: [learning_rate_schedule_constant()], [learning_rate_schedule_piecewise_interpolate()],
#'     [learning_rate_schedule_inverse_sqrt_decay()], [learning_rate_schedule_cyclical()],
#'     [learning_rate_schedule_one_cycle()], [learning_rate_schedule_warmup_stable_decay()],
#'     [learning_rate_schedule_tanh_decay()], [learning_rate_schedule_tabulated()].}
#'   \item{Schedules of TensorFlow 1}{[learning_rate_schedule_natural_exp_decay()],
#'     [learning_rate_schedule_linear_cosine_decay()],
#'     [learning_rate_schedule_noisy_linear_cosine_decay()], and [v1_exponential_decay()] and its
#'     siblings, called with a step as there.}
#'   \item{Schedules of Model Garden}{[learning_rate_schedule_exponential_decay_with_offset()],
#'     [learning_rate_schedule_polynomial_decay_with_offset()],
#'     [learning_rate_schedule_cosine_decay_with_offset()],
#'     [learning_rate_schedule_piecewise_constant_decay_with_offset()],
#'     [learning_rate_schedule_step_cosine_decay_with_offset()],
#'     [learning_rate_schedule_power_decay_with_offset()], [learning_rate_schedule_linear_warmup()],
#'     [learning_rate_schedule_polynomial_warmup()], [learning_rate_schedule_direct_power_decay()],
#'     [learning_rate_schedule_power_and_linear_decay()].}
#'   \item{Schedules of your own}{[learning_rate_schedule()] of a function of the step,
#'     [as_learning_rate_schedule()] of numbers, a data frame or an object of Keras, and
#'     [LearningRateSchedule()], a class.}
#'   \item{Combined}{[schedule_warmup()], [schedule_cooldown()], [schedule_join()], [schedule_then()],
#'     [schedule_offset()], [schedule_hold()], [schedule_repeat()], [schedule_stretch()],
#'     [schedule_accumulate()], [schedule_for_batch_size()], [schedule_clamp()], [schedule_scale()],
#'     [schedule_noise()], and the operators of [schedule_arithmetic].}
#'   \item{Counted in epochs}{[training_plan()], [epochs()], [fraction()].}
#'   \item{Looked at}{[plot()][plot.learning_rate_schedule], [schedule_compare()],
#'     [schedule_values()], [summary()][summary.learning_rate_schedule],
#'     [print()][print.learning_rate_schedule], [schedule_explain()], [schedule_code()], and
#'     [schedule_check()] before it trains; [schedule_designer()], an app.}
#'   \item{In training}{[find_learning_rate()] finds the rate to train with;
#'     [callback_learning_rate_monitor()] records the rates that trained; [set_optimizer_schedule()],
#'     [scale_learning_rate()] and [callback_reduce_schedule_on_plateau()] change them;
#'     [optimizer_with_layer_rates()], [layer_rates()] and [optimizer_layer_rates()] are for fine-tuning;
#'     [optimizer_with_schedules()] and [momentum_schedule_one_cycle()] are for an optimizer's other
#'     numbers; [optimizer_schedule()], [optimizer_learning_rate()] and [optimizer_step()] say what a
#'     model's optimizer holds; [workers_and_devices] for many machines.}
#'   \item{Saved and resumed}{[schedule_write()], [schedule_read()], [to_keras()],
#'     [set_optimizer_step()], [callback_resume_check()].}
#' }
#'
#' @section Vignettes:
#' Pages with code to run, in the order in which to read them; `browseVignettes("lrschedules")` opens
#' them all. They are part of a package that was built before it was installed (see README).
#' - `vignette("get-started", "lrschedules")`: *Get started*
#' - `vignette("steps-and-epochs", "lrschedules")`: *Steps and epochs*
#' - `vignette("choosing-a-schedule", "lrschedules")`: *Choosing a schedule*, with a picture of each
#' - `vignette("composing-schedules", "lrschedules")`: *Composing schedules*
#' - `vignette("changing-the-rate", "lrschedules")`: *Changing the rate while training*, and freezing
#'   and unfreezing layers
#' - `vignette("saving-loading-resuming", "lrschedules")`: *Saving, loading, resuming*
#' - `vignette("coming-from-other-libraries", "lrschedules")`: *Coming from other libraries*
#' - `vignette("what-compiled-training-does", "lrschedules")`: *What compiled training does to a
#'   schedule*
#' - `vignette("many-machines", "lrschedules")`: *Many machines*
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
#' it to an optimizer, does. To look at a schedule Python needs NumPy alone. Optimizers, tensors,
#' Keras's own objects and training need `keras` 3 and one of its backends, which are loaded then.
#' [has_numpy()] and [has_keras()] say whether they are there.
#' Models that were saved with a schedule load again without `custom_objects`:
#' in R once the package is loaded, and in Python once the folder
#' `system.file("python", package = "lrschedules")` is installed with pip.
#'
#' Choose the backend before Keras is loaded: `config_set_backend()` works after you have looked at
#' schedules, but not after you have built a model, a tensor or an optimizer. Keras is then loaded a
#' second time, and keras3's functions and the schedules stay with the first: restart R instead.
#'
#' @section Errors:
#' An argument out of its range is an error of class `rlang_error`, of the function that was
#' called: the message names the argument, says what it must be and shows what was given. So is an
#' error of this package's Python code, with the same text. Any other error raised in Python, by
#' Keras or in a class of your own, is the `parent` of an R error with your own call, and
#' `reticulate::py_last_error()` gives its traceback.
#'
#' @keywords internal
#' @examples
#' # A run of 40 epochs: five of warmup, then half a cosine wave.
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
