# Lists what is still to be filled in for a release, and fails if there is anything. CONTRIBUTING.md
# describes each entry.
# Usage: Rscript tools/placeholders.R

status <- 0L
missing <- function(file, pattern, ...) {
  line <- grep(pattern, readLines(file, encoding = "UTF-8"))[1]
  cat(file, if (!is.na(line)) paste0(":", line), ": ", ..., "\n", sep = "")
  status <<- 1L
}

description <- read.dcf("DESCRIPTION")
field <- function(name) if (name %in% colnames(description)) description[[1, name]] else ""

people <- eval(str2lang(field("Authors@R")))
for (i in seq_along(people)) {
  who <- people[[i]]
  name <- format(who, include = c("given", "family"))
  if (length(who$family) == 0 || grepl("maintainers", name)) {
    missing(
      "DESCRIPTION",
      "^Authors@R",
      "`",
      name,
      "` must be a person, with a given and a family name"
    )
  }
  email <- c(who$email, "no email")[[1]]
  if ("cre" %in% who$role && !grepl("@.*[.]", email) || grepl("[.]example$", email)) {
    missing("DESCRIPTION", email, "`", email, "` must be an address that is read")
  }
}
addresses <- c(URL = "site and of the sources", BugReports = "issues")
for (name in names(addresses)) {
  if (!grepl("^https://", field(name)) || grepl("[.]example\\b", field(name))) {
    pattern <- paste0("^", name)
    missing("DESCRIPTION", pattern, "`", name, "` must be the address of the ", addresses[[name]])
  }
}
version <- field("Version")
if (length(unlist(package_version(version))) > 3) {
  missing(
    "DESCRIPTION",
    "^Version",
    "`",
    version,
    "` must be the number of the release, such as 0.2.0"
  )
}
heading <- readLines("NEWS.md", n = 1, encoding = "UTF-8")
if (heading != paste("# lrschedules", version) || grepl("development", heading)) {
  missing("NEWS.md", "^# ", "`", heading, "` must be `# lrschedules`, followed by the version")
}
quit(status = status)
