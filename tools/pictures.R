# Draws the pictures of the help pages, man/figures/schedule-*.svg, from the code below each picture.
# Usage: tools/with-env Rscript tools/pictures.R [--check]
#   --check  writes nothing, and fails if a picture differs from what the code on its page draws
library(lrschedules)

LAST <- 200
WIDTH <- 480
HEIGHT <- 200
LEFT <- 52
BOTTOM <- HEIGHT - 34

# The pictures of a page: each file, and the code for its solid line and then its dashed line.
pictures_of <- function(page) {
  text <- paste(readLines(page), collapse = "\n")
  found <- regmatches(text, gregexpr("\\\\figure\\{schedule-[^}]*\\}.*\n\n.*", text, perl = TRUE))
  lapply(found[[1]], function(entry) {
    code <- regmatches(entry, gregexpr("(?<=\\\\code\\{)[^}]*", entry, perl = TRUE))[[1]]
    list(file = regmatches(entry, regexpr("schedule-[^}]*", entry)), code = code)
  })
}

# Rounds to a tenth of a pixel, to keep files small.
px <- function(x) sub("\\.0$", "", sprintf("%.1f", x))

# The step function through these points, without points where nothing changes.
path_of <- function(x, y) {
  turns <- which(c(TRUE, y[-1] != y[-length(y)]))
  corners <- paste0("H", x[turns], "V", y[turns])[-1]
  paste0("M", x[[1]], " ", y[[1]], paste(corners, collapse = ""), "H", x[[length(x)]])
}

# Makes an element, or several if an attribute has several values.
element <- function(name, ..., text = NULL) {
  attributes <- list(...)
  written <- do.call(
    paste0,
    Map(function(k, v) paste0(" ", k, "=\"", v, "\""), names(attributes), attributes)
  )
  end <- if (is.null(text)) "/>" else paste0(">", text, "</", name, ">")
  paste0("<", name, written, end)
}

label <- function(x, y, text, anchor = "middle") {
  element("text", x = x, y = y, `text-anchor` = anchor, text = text)
}

# A transparent background, and colours that are visible on white and on black.
drawing <- function(code) {
  steps <- 0:LAST
  rates <- lapply(code, function(text) eval(parse(text = text))(steps))
  top <- max(unlist(rates))
  x_of <- function(step) px(LEFT + step / LAST * (WIDTH - LEFT - 12))
  y_of <- function(rate) px(BOTTOM - rate / top * (BOTTOM - 14))
  ticks <- list(step = pretty(steps, 4), rate = pretty(c(0, top), 4))
  ticks$rate <- ticks$rate[ticks$rate <= top]
  line <- function(rates, ...) {
    element("path", d = path_of(x_of(steps), y_of(rates)), fill = "none", ...)
  }
  c(
    paste0(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 ",
      paste(WIDTH, HEIGHT),
      "\" font-family=\"sans-serif\" font-size=\"12\" fill=\"#767676\" stroke-linejoin=\"round\">"
    ),
    element(
      "path",
      d = paste0("M", LEFT, " ", y_of(ticks$rate), "H", WIDTH - 12, collapse = ""),
      stroke = "#767676",
      `stroke-opacity` = 0.3
    ),
    label(LEFT - 8, px(as.numeric(y_of(ticks$rate)) + 4), ticks$rate, "end"),
    label(x_of(ticks$step), BOTTOM + 16, ticks$step),
    label(x_of(LAST / 2), HEIGHT - 4, "step"),
    line(rates[[1]], stroke = "#0072B2", `stroke-width` = 2),
    if (length(rates) > 1) {
      line(rates[[2]], stroke = "#D55E00", `stroke-width` = 1.5, `stroke-dasharray` = "5 4")
    },
    "</svg>"
  )
}

pages <- list.files("man", "\\.Rd$", full.names = TRUE)
pictures <- unlist(lapply(pages, pictures_of), recursive = FALSE)
files <- file.path("man/figures", vapply(pictures, function(picture) picture$file, ""))
drawings <- lapply(pictures, function(picture) drawing(picture$code))
there <- list.files("man/figures", "^schedule-.*\\.svg$", full.names = TRUE)

if ("--check" %in% commandArgs(trailingOnly = TRUE)) {
  current <- vapply(
    seq_along(files),
    function(i) file.exists(files[[i]]) && identical(readLines(files[[i]]), drawings[[i]]),
    NA
  )
  wrong <- c(files[!current], setdiff(there, files))
  if (length(wrong) > 0 || length(files) == 0) {
    stop("`make pictures` would change ", toString(wrong))
  }
} else {
  unlink(setdiff(there, files))
  for (i in seq_along(files)) {
    writeLines(drawings[[i]], files[[i]])
  }
}
cat(length(files), "pictures\n")
