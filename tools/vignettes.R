# Runs the vignettes. Pages in vignettes-src/ contain code. The pages of the same names in vignettes/,
# which are shipped, show the code and its results, but run nothing, so that the package builds and
# installs the same with and without Python.
# Usage: tools/with-env Rscript tools/vignettes.R render|compare [PAGE...]
#   render   writes the pages and their pictures to vignettes/
#   compare  runs the pages, writes nothing, and reports each difference from vignettes/: in a word, a
#            number, or the data behind a picture
# The environment variable RESULTS names a file, which gets one line per page: "passed" or "failed",
# and the page's name.

args <- commandArgs(trailingOnly = TRUE)
if (!length(args) || !args[[1]] %in% c("render", "compare")) {
  writeLines(sub("^# ", "", readLines("tools/vignettes.R")[4:7]))
  quit(status = 2)
}
compares <- args[[1]] == "compare"
sources <- list.files("vignettes-src", "[.]Rmd$")
pages <- sub("[.]Rmd$", "", sources)
wanted <- if (length(args) > 1) args[-1] else pages
stopifnot("There is no such page" = wanted %in% pages)
dir.create("vignettes/figures", recursive = TRUE, showWarnings = FALSE)
shipped <- normalizePath("vignettes")
made <- tempfile("vignettes")
dir.create(file.path(made, "figures"), recursive = TRUE)

# ---- From code to a page ----

# Describes each line, area and mark of a picture by the number and the positions of its points. A mean
# weighted by the order of the points distinguishes elements with the same points.
data_behind <- function(plot) {
  marks <- c("C_plotXY", "C_segments", "C_rect", "C_polygon")
  described <- lapply(plot[[1]], function(entry) {
    arguments <- as.list(entry[[2]])
    if (arguments[[1]]$name %in% marks) {
      coordinates <- if (is.list(arguments[[2]])) arguments[[2]][1:2] else arguments[2:3]
      means <- vapply(coordinates, function(x) c(mean(x), weighted.mean(x, seq_along(x))), c(0, 0))
      paste0(length(coordinates[[1]]), " at ", paste(signif(means, 3), collapse = " "))
    }
  })
  paste(unlist(described), collapse = ", ")
}

# Halves the size of the file, without visible loss.
fewer_shades <- function(path) {
  png::writePNG(round(png::readPNG(path) * 15) / 15, path)
  path
}

drawn <- NULL
knitr::render_markdown(fence_char = "`")
knitr::knit_hooks$set(
  evaluate = function(...) {
    result <- evaluate::evaluate(...)
    plots <- Filter(function(part) inherits(part, "recordedplot"), result)
    drawn <<- if (length(plots)) data_behind(plots[[length(plots)]])
    result
  },
  # Set the margins here, so that the code of each picture does not.
  margins = function(before, options, envir) {
    if (before) {
      par(las = 1, mar = c(4.1, 5, 2, 0.5), mgp = c(2.6, 0.7, 0), font.main = 1)
    }
  },
  plot = function(x, options) {
    stopifnot("A picture has no `fig.alt`" = nzchar(options$fig.alt))
    sprintf(
      "<img src=\"%s\" alt=\"%s\" style=\"max-width: 100%%; box-sizing: border-box\" />\n\n<!-- drawn: %s -->\n",
      sub(".*(figures/)", "\\1", x),
      options$fig.alt,
      drawn
    )
  }
)
knitr::opts_chunk$set(
  error = FALSE,
  message = FALSE,
  comment = "#>",
  collapse = TRUE,
  fig.width = 7,
  fig.height = 4,
  dpi = 96,
  dev = "png",
  dev.args = list(type = "cairo"),
  fig.process = fewer_shades,
  margins = TRUE
)
knitr::opts_knit$set(unnamed.chunk.label = "chunk", progress = FALSE)
options(width = 80, digits = 7, cli.num_colors = 1, str = utils::strOptions())

# Runs all pages in one process, which starts TensorFlow once; each page attaches its packages.
attached <- search()
render <- function(page) {
  on.exit(
    for (package in setdiff(search(), attached)) {
      detach(package, character.only = TRUE)
    }
  )
  # A picture's name begins with the name of its page.
  knitr::opts_chunk$set(fig.path = file.path(made, "figures", paste0(page, "-")))
  output <- file.path(made, paste0(page, ".Rmd"))
  input <- file.path("vignettes-src", paste0(page, ".Rmd"))
  knitr::knit(input, output, envir = new.env(parent = globalenv()), quiet = TRUE)
  lines <- readLines(output)
  header <- which(lines == "---")[[2]]
  note <- sprintf("<!-- Made by `make vignettes` from vignettes-src/%s.Rmd: edit that. -->", page)
  writeLines(c(lines[seq_len(header)], "", note, lines[-seq_len(header)]), output)
}

# ---- What differs between two pages ----

NUMBER <- "[0-9]+([.][0-9]+)?(e[-+]?[0-9]+)?"

# Whole numbers must be equal. Other numbers may differ by 1 in the last printed digit, but not by more
# than 1 %: training gives different last bits on different processors.
numbers_agree <- function(now, before) {
  last_digit <- function(x) {
    mantissa <- sub("e.*", "", x)
    exponent <- ifelse(grepl("e", x), sub(".*e", "", x), "0")
    decimals <- ifelse(grepl(".", x, fixed = TRUE), nchar(sub(".*[.]", "", mantissa)), 0)
    10^(as.numeric(exponent) - decimals)
  }
  fractional <- grepl("[.e]", now) | grepl("[.e]", before)
  allowed <- pmin(1.01 * last_digit(now), 1.01 * last_digit(before), 0.01 * as.numeric(before))
  all(abs(as.numeric(now) - as.numeric(before)) <= ifelse(fractional, allowed, 0))
}

lines_agree <- function(now, before) {
  words <- function(x) trimws(gsub("[ -]+", " ", gsub(NUMBER, "0", x)))
  words(now) == words(before) &&
    numbers_agree(
      regmatches(now, gregexpr(NUMBER, now))[[1]],
      regmatches(before, gregexpr(NUMBER, before))[[1]]
    )
}

ship <- function(page) {
  figures <- function(folder) {
    list.files(file.path(folder, "figures"), paste0("^", page, "-"), full.names = TRUE)
  }
  unlink(figures(shipped))
  file.copy(figures(made), file.path(shipped, "figures"))
  file.copy(file.path(made, paste0(page, ".Rmd")), shipped, overwrite = TRUE)
}

# The lines of a page that differ from the shipped page, if any.
differences <- function(page) {
  before <- file.path(shipped, paste0(page, ".Rmd"))
  if (!file.exists(before)) {
    return("the page is missing: run `make vignettes`")
  }
  now <- readLines(file.path(made, paste0(page, ".Rmd")))
  before <- readLines(before)
  if (length(now) != length(before)) {
    first <- which(!mapply(lines_agree, head(now, length(before)), head(before, length(now))))
    first <- min(first, length(now), length(before))
    return(sprintf(
      "it has %d lines, not %d; the first that differs:\n  now:     %s\n  shipped: %s",
      length(now),
      length(before),
      now[[first]],
      before[[first]]
    ))
  }
  differ <- !mapply(lines_agree, now, before)
  sprintf("line %d\n  now:     %s\n  shipped: %s", which(differ), now[differ], before[differ])
}

# ---- All of them ----

report <- function(result, page) {
  if (nzchar(Sys.getenv("RESULTS"))) {
    cat(result, "\t", page, "\n", sep = "", file = Sys.getenv("RESULTS"), append = TRUE)
  }
}

status <- 0
for (page in wanted) {
  before <- sum(proc.time()[c(1, 2, 4, 5)])
  found <- tryCatch(
    {
      render(page)
      if (compares) {
        differences(page)
      } else {
        ship(page)
        NULL
      }
    },
    error = function(cnd) paste("it stopped:", conditionMessage(cnd))
  )
  cat(sprintf("%-36s %5.1f s of CPU time\n", page, sum(proc.time()[c(1, 2, 4, 5)]) - before))
  if (length(found)) {
    cat(paste0("vignettes/", page, ".Rmd: ", found, "\n"), sep = "")
    status <- 1
  }
  report(if (length(found)) "failed" else "passed", page)
}

# The shipped pictures must be the pictures that the pages show.
shown <- unlist(lapply(list.files(shipped, "[.]Rmd$", full.names = TRUE), function(path) {
  text <- readLines(path)
  sub("\".*", "", sub(".*<img src=\"figures/", "", grep("<img src=\"figures/", text, value = TRUE)))
}))
there <- list.files(file.path(shipped, "figures"))
if (!setequal(shown, there)) {
  others <- c(setdiff(shown, there), setdiff(there, shown))
  cat("vignettes/figures: missing, or shown by no page: ", toString(others), "\n", sep = "")
  status <- 1
}
quit(status = status)
