# Which constructor builds which Python class. The names follow from the classes' by a rule, so
# that printing needs no Python; the exceptions to it are listed.

# The constructors whose names do not follow from their classes'.
CONSTRUCTORS <- c(
  Accumulate = "schedule_accumulate",
  Clamp = "schedule_clamp",
  Cooldown = "schedule_cooldown",
  Hold = "schedule_hold",
  Join = "schedule_join",
  MomentumOneCycle = "momentum_schedule_one_cycle",
  Noise = "schedule_noise",
  Offset = "schedule_offset",
  PolynomialWarmUp = "learning_rate_schedule_polynomial_warmup",
  Repeat = "schedule_repeat",
  Scale = "schedule_scale",
  Stretch = "schedule_stretch",
  Warmup = "schedule_warmup"
)

# Classes that arithmetic makes, which have no constructor.
OPERATORS <- c(Difference = "-", Product = "*", Quotient = "/", Sum = "+")

# "ExponentialDecay" is built by `learning_rate_schedule_exponential_decay()`.
constructor_name <- function(class) {
  if (class %in% names(CONSTRUCTORS)) {
    return(CONSTRUCTORS[[class]])
  }
  paste0(
    "learning_rate_schedule_",
    in_lower_case(gsub("(?<=[a-z0-9])(?=[A-Z])", "_", class, perl = TRUE))
  )
}

# In a Turkish locale `tolower("I")` is a letter without a dot.
in_lower_case <- function(x) chartr(paste(LETTERS, collapse = ""), paste(letters, collapse = ""), x)

constructor_label <- function(class) {
  sub("^learning_rate_schedule_", "", constructor_name(class))
}

constructor_of <- function(class) {
  get(constructor_name(class), mode = "function")
}
