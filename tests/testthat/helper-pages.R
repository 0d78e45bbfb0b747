# The help pages, also if the package is loaded from its sources.
help_pages <- function() {
  path <- getNamespaceInfo("lrschedules", "path")
  if (dir.exists(file.path(path, "man"))) {
    tools::Rd_db(dir = path)
  } else {
    tools::Rd_db("lrschedules")
  }
}

# The rows of the help page `coming_from_other_libraries`: the section, the call there and the call
# here. The vignette of the same name also shows them.
rows_of_page <- function() {
  page <- help_pages()[["coming_from_other_libraries.Rd"]]
  tag <- function(x) if (is.null(attr(x, "Rd_tag"))) "" else attr(x, "Rd_tag")
  text <- function(x) trimws(paste(unlist(x), collapse = ""))
  codes <- function(x) {
    if (tag(x) %in% c("\\code", "\\verb")) {
      text(x)
    } else if (is.list(x)) {
      unlist(lapply(x, codes))
    }
  }
  tables <- function(section) {
    is_table <- vapply(section[[2]], function(x) tag(x) == "\\describe", NA)
    if (!any(is_table)) {
      return(NULL)
    }
    cells <- unlist(lapply(section[[2]][is_table], codes))
    data.frame(
      library = text(section[[1]]),
      there = cells[c(TRUE, FALSE)],
      here = cells[c(FALSE, TRUE)]
    )
  }
  sections <- Filter(function(x) tag(x) == "\\section", page)
  do.call(rbind, lapply(sections, tables))
}
