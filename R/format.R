# Numbers and sentences as the printed output of several functions shows them.

# Seven digits, and steps without an exponent: 100000, not 1e+05. With a point whatever `OutDec` is, so
# that R reads it back.
format_number <- function(x) {
  scientific <- (abs(x) < 1e-4 && x != 0) || abs(x) > MAX_STEP
  trimws(format(x, digits = 7, scientific = scientific, decimal.mark = "."))
}

numbers <- function(x) {
  format(vapply(x, function(x) format_number(round(x, 2)), ""), justify = "right")
}

format_rates <- function(x) vapply(x, format, "", digits = 3, decimal.mark = ".")

# "1 epoch", "2 epochs"
count_of <- function(n, noun) {
  paste0(format_number(n), " ", noun, if (n != 1) "s")
}

# Lines as wide as the console, those after the first indented as far as the text of the first.
said <- function(label, text) {
  indent <- min(nchar(label), 4)
  strwrap(text, getOption("width"), exdent = indent, initial = label)
}
