# For tools/test and tools/release-check: builds the package and checks it.

# build_package FOLDER: builds the tarball in FOLDER.
build_package() {
  # R CMD build copies the whole folder before it looks at .Rbuildignore, so .dev must not be in it.
  mkdir -p "$1/lrschedules" &&
    tar -cf - -C "$root" --exclude=./.dev --exclude=./.git . | tar -xf - -C "$1/lrschedules" &&
    (cd "$1" && "$root/tools/with-env" env -u PYTHONPATH R CMD build lrschedules)
}

# check_package TARBALL FOLDER [NAME=VALUE | -u NAME | --OPTION]...: runs R CMD check --as-cran in FOLDER,
# with these environment variables and options. REMOTE=yes allows it to use the network.
check_package() {
  local tarball=$1 folder=$2 empty=$2/empty-repository options=() unset=() set=()
  shift 2
  while [ $# -gt 0 ]; do
    case $1 in
      -u)
        unset+=(-u "$2")
        shift
        ;;
      --*) options+=("$1") ;;
      *) set+=("$1") ;;
    esac
    shift
  done
  mkdir -p "$folder/tmp" "$empty/src/contrib" && touch "$empty/src/contrib/PACKAGES" "$folder/Rprofile"
  local remote=true
  if [ "${REMOTE:-}" != yes ]; then
    remote=false
    # Use an empty repository: the check reads each repository that R is set up for.
    echo "options(repos = c(CRAN = 'file://$empty', BioCsoft = 'file://$empty'," \
      "BioCann = 'file://$empty', BioCexp = 'file://$empty'))" >"$folder/Rprofile"
  fi
  # Use a separate temporary directory, so that the check finds nothing that other processes left.
  (cd "$folder" && "$root/tools/with-env" env -u PYTHONPATH -u NOT_CRAN -u CI "${unset[@]}" \
    TMPDIR="$folder/tmp" R_PROFILE_USER="$folder/Rprofile" _R_CHECK_FORCE_SUGGESTS_=false \
    _R_CHECK_SYSTEM_CLOCK_=false _R_CHECK_CRAN_INCOMING_REMOTE_="$remote" \
    "${set[@]}" R CMD check --as-cran "${options[@]}" "$tarball")
}
