# shellcheck shell=bash
# The set-up that ./run and ./test share; sourced in the root of the repository.
# TIDEWIRE_SETUP=check prints what would be installed and installs nothing; TIDEWIRE_PACKAGES names another list.

say() { printf '%s\n' "$*"; }

is_installed() { [[ $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) == installed ]]; }

is_known() { [[ -n $(apt-cache madison "$1" 2>/dev/null) ]]; }

# Node.js of any origin is good from version 18 on, which is what Debian 12 has.
has_node() {
  command -v npm >/dev/null && command -v node >/dev/null && [[ $(node -p 'process.versions.node.split(".")[0] >= 18') == true ]]
}

# missing_packages GROUP…: one line for each missing package, its alternatives still joined by "|".
missing_packages() {
  local group names name reason
  while read -r group names reason; do
    [[ " $* " == *" $group "* ]] || continue
    for name in ${names//|/ }; do
      if is_installed "$name"; then continue 2; fi
    done
    printf '%s\n' "$names"
  done < <(grep -v -e '^#' -e '^$' "${TIDEWIRE_PACKAGES:-tools/packages.txt}")
}

# choose_packages NAMES…: of each set of alternatives the first one that apt knows.
choose_packages() {
  local names name
  for names in "$@"; do
    for name in ${names//|/ }; do
      if is_known "$name"; then break; fi
      name=${names%%|*}
    done
    printf '%s\n' "$name"
  done
}

# install_packages GROUP…: installs what is missing and only that. Where it can't, it says what is needed and goes on:
# the libraries may be there by other means, and CMake names the one that is not.
install_packages() {
  local groups=("$@") missing=() as_root=()
  if ! has_node; then groups+=(node); fi
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    say "This is not a Debian: install these yourself if they are missing (Debian's names): $(missing_packages "${groups[@]}" | xargs)"
    return 0
  fi
  mapfile -t missing < <(missing_packages "${groups[@]}")
  if ((${#missing[@]} == 0)); then return 0; fi
  if [[ ${TIDEWIRE_SETUP:-} == check ]]; then
    say "Would install: $(choose_packages "${missing[@]}" | xargs)"
    return 0
  fi
  if ((EUID != 0)); then
    if ! command -v sudo >/dev/null; then
      say "Not root and no sudo; install these, then try again: ${missing[*]}"
      return 0
    fi
    as_root=(sudo)
  fi
  "${as_root[@]}" apt-get update -qq
  mapfile -t missing < <(choose_packages "${missing[@]}")
  say "Installing ${missing[*]}"
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends -o Dpkg::Use-Pty=0 "${missing[@]}" >/dev/null
}

# unpack_packages GROUP: packages of which only the programs are wanted, each into build/debian/NAME: without what they depend on, and without
# services that would start. What is installed is left alone.
unpack_packages() {
  local name folder
  while read -r name; do
    folder=build/debian/$name
    if [[ -d $folder ]] || is_installed "$name"; then continue; fi
    if ! command -v apt-get >/dev/null; then
      say "This is not a Debian: install this yourself if it is missing (Debian's name): $name"
      continue
    fi
    if [[ ${TIDEWIRE_SETUP:-} == check ]]; then
      say "Would unpack: $name"
      continue
    fi
    if ! is_known "$name" && ((EUID == 0)); then apt-get update -qq; fi
    say "Unpacking $name"
    rm -rf "$folder.new"
    mkdir -p "$folder.new"
    (cd "$folder.new" && apt-get download -qq -o APT::Sandbox::User=root "$name" >/dev/null && dpkg-deb -x "$name"_*.deb . && rm "$name"_*.deb) ||
      return
    mv "$folder.new" "$folder"
  done < <(awk -v group="$1" '$1 == group { print $2 }' "${TIDEWIRE_PACKAGES:-tools/packages.txt}")
}

# build PRESET [CMAKE OPTIONS…]: configures and builds with all cores. Quiet as long as it works.
build() {
  local preset=$1 log
  shift
  say "Building build/$preset"
  mkdir -p build
  log=build/$preset-configure.log
  if ! cmake --preset "$preset" "$@" >"$log" 2>&1; then
    cat "$log" >&2
    return 1
  fi
  cmake --build --preset "$preset"
}

# python_install FILE: what that list of Python packages says, into build/python, once for each version of it.
python_install() {
  local stamp=build/python/.installed-requirements.txt
  if cmp -s "$1" "$stamp"; then return 0; fi
  say "Installing the Python packages of $1"
  python3 -m venv --clear build/python || return
  build/python/bin/python -m pip install --quiet --disable-pip-version-check --requirement "$1" || return
  cp "$1" "$stamp"
}

# npm_install FOLDER: what the folder's lock file says, once for each version of that file.
npm_install() {
  local stamp=$1/node_modules/.installed-lock.json
  if cmp -s "$1/package-lock.json" "$stamp"; then return 0; fi
  say "Installing the npm packages of $1"
  (cd "$1" && npm ci --ignore-scripts --loglevel=error) || return  # nothing here has to be built, and nothing reports home
  mkdir -p "$1/node_modules"
  cp "$1/package-lock.json" "$stamp"
}
