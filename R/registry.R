# Which constructor builds which Python class. A rule derives the name of the constructor from the name
# of the class, so that printing needs no Python.

# The exceptions to the rule.
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

# The classes made by arithmetic, which have no constructor.
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

# In a Turkish locale, `tolower("I")` returns a dotless letter.
in_lower_case <- function(x) chartr(paste(LETTERS, collapse = ""), paste(letters, collapse = ""), x)

constructor_label <- function(class) {
  sub("^learning_rate_schedule_", "", constructor_name(class))
}

constructor_of <- function(class) {
  get(constructor_name(class), mode = "function")
}
