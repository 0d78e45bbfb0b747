# Builds the site into docs/, without a network. Run `tools/setup site` first.
# Usage: Rscript tools/site/build.R

libraries <- ".dev/site/node_modules"

options(
  pkgdown.internet = FALSE,
  # Any other download, such as the index of another package's site, fails at once.
  download.file.method = "no network",
  # The sites of these packages, so that links to their pages need no index.
  downlit.local_packages = c(
    callr = "https://callr.r-lib.org",
    cli = "https://cli.r-lib.org",
    ggplot2 = "https://ggplot2.tidyverse.org",
    keras3 = "https://keras3.posit.co",
    reticulate = "https://rstudio.github.io/reticulate",
    rlang = "https://rlang.r-lib.org",
    testthat = "https://testthat.r-lib.org",
    withr = "https://withr.r-lib.org"
  ),
  sass.cache = FALSE
)

# The address of the site is the first URL in DESCRIPTION. Until a release names one, it is this.
url <- c(
  na.omit(strsplit(read.dcf("DESCRIPTION", "URL"), "[ ,\n]+")[[1]]),
  "https://lrschedules.example"
)
url <- sub("/$", "", url[[1]])

unlink("docs", recursive = TRUE)
pkgdown::build_site(
  override = list(url = url),
  devel = FALSE,
  install = FALSE,
  new_process = FALSE,
  preview = FALSE
)

copy <- function(package, files) {
  folder <- file.path("docs/lib", package)
  dir.create(folder, recursive = TRUE)
  licence <- list.files(file.path(libraries, package), "^LICEN[SC]E", full.names = TRUE)
  from <- c(file.path(libraries, package, "dist", files), licence)
  stopifnot(file.copy(from, folder, recursive = TRUE))
}
copy("autocomplete.js", "autocomplete.jquery.min.js")
copy("clipboard", "clipboard.min.js")
copy("fuse.js", "fuse.min.js")
copy("headroom.js", c("headroom.min.js", "jQuery.headroom.min.js"))
copy("katex", c("katex.min.css", "katex.min.js", "contrib/auto-render.min.js", "fonts"))
copy("mark.js", "mark.min.js")

# Adds the alternative texts that pkgdown omits: for a picture with a caption, the caption, and for a
# picture drawn by an example, its code. Also removes the logo, which this package does not have.
describe <- function(path) {
  html <- xml2::read_html(path, encoding = "UTF-8")
  xml2::xml_remove(xml2::xml_find_all(
    html,
    "//img[@class = 'logo' and not(contains(@src, 'logo'))]"
  ))
  for (image in xml2::xml_find_all(html, "//main//img[not(@alt) or @alt = '']")) {
    caption <- xml2::xml_find_all(image, "following-sibling::p[@class = 'caption']")
    plot <- xml2::xml_find_all(image, "parent::*[contains(@class, 'r-plt')]")
    if (length(caption)) {
      xml2::xml_set_attr(image, "alt", xml2::xml_text(caption[[1]]))
    } else if (length(plot)) {
      lines <- xml2::xml_find_all(plot[[1]], "preceding-sibling::span")
      code <- rev(cumprod(rev(xml2::xml_attr(lines, "class") == "r-in"))) == 1
      lines <- trimws(xml2::xml_text(lines[code]))
      xml2::xml_set_attr(image, "alt", paste("Drawn by", paste(lines, collapse = " ")))
    }
  }
  xml2::write_html(html, path, format = FALSE)
}

# Joins sentences that pkgdown splits after a line of \value that ends in \code{}.
join_value <- function(path) {
  html <- paste(readLines(path, encoding = "UTF-8"), collapse = "\n")
  value <- regexpr('(?s)<h2 id="value">.*?</div>', html, perl = TRUE)
  regmatches(html, value) <- gsub("</code></p>\\s*<p>", "</code> ", regmatches(html, value))
  writeLines(html, path, useBytes = TRUE)
}

pages <- list.files("docs", "[.]html$", recursive = TRUE, full.names = TRUE)
invisible(lapply(list.files("docs/reference", "[.]html$", full.names = TRUE), join_value))
invisible(lapply(pages, describe))

# README links to the vignettes' sources, for readers of the repository. The site needs their pages.
home <- xml2::read_html("docs/index.html", encoding = "UTF-8")
for (link in xml2::xml_find_all(home, "//main//a[starts-with(@href, 'vignettes/')]")) {
  article <- sub("^vignettes/(.*)[.]Rmd", "articles/\\1.html", xml2::xml_attr(link, "href"))
  xml2::xml_set_attr(link, "href", article)
}
xml2::write_html(home, "docs/index.html", format = FALSE)

# In the list of functions, show a function without its methods, which would hide it.
index <- xml2::read_html("docs/reference/index.html", encoding = "UTF-8")
for (topic in xml2::xml_find_all(index, "//main//dt[code[not(.//i)]]")) {
  xml2::xml_remove(xml2::xml_find_all(topic, "code[.//i]"))
}
xml2::write_html(index, "docs/reference/index.html", format = FALSE)

# Replace addresses with paths from the site's root, so that search works wherever the site is served.
index <- jsonlite::read_json("docs/search.json")
url <- paste0(url, "/")
index <- Filter(function(entry) is.character(entry$path), index)
index <- lapply(index, function(entry) {
  stopifnot(startsWith(entry$path, url))
  entry$path <- substring(entry$path, nchar(url) + 1)
  # The top of a page has no anchor.
  entry$id <- if (is.character(entry$id)) entry$id else ""
  entry
})
jsonlite::write_json(index, "docs/search.json", auto_unbox = TRUE)
