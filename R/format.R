# Numbers and sentences in the printed output of several functions.

# Formats one number with seven digits, and steps without an exponent (100000, not 1e+05). The decimal
# mark is a point whatever `OutDec` is, so that R can read the number back.
format_number <- function(x, big_mark = "") {
  scientific <- (abs(x) < 1e-4 && x != 0) || abs(x) > MAX_STEP
  text <- format(
    x,
    digits = 7,
    scientific = scientific,
    decimal.mark = ".",
    big.mark = big_mark
  )
  trimws(text)
}

numbers <- function(x) {
  format(vapply(x, function(x) in_prose(round(x, 2)), ""), justify = "right")
}

format_rates <- function(x) vapply(x, format, "", digits = 3, decimal.mark = ".")

# "1,280": for a reader, not for R.
in_prose <- function(n) {
  if (abs(n) > MAX_STEP || !is_whole(n)) {
    return(format_number(n, ","))
  }
  format(n, digits = 16, scientific = FALSE, big.mark = ",", decimal.mark = ".", trim = TRUE)
}

# "1 epoch", "1,280 steps"
count_of <- function(n, noun) {
  paste0(in_prose(n), " ", noun, if (n != 1) "s")
}

# Wraps text to the width of the console. Lines after the first are indented below its text.
said <- function(label, text) {
  indent <- min(nchar(label), 4)
  strwrap(text, getOption("width"), exdent = indent, initial = label)
}
