# What the install.sh of each server begins with. They exit with 69 when this machine lacks what has to be there before,
# with 75 when a download has failed, and with 1 for everything else: then the installation itself is broken.

lacks() { echo "install.sh: $1" >&2; exit 69; }
fail() { echo "install.sh: $1" >&2; exit 1; }

# enter DIR: makes DIR, sets `dir` to its full path, and waits for other installations into it.
enter() {
  mkdir -p "$1"
  dir=$(cd "$1" && pwd)
  exec 9>"$dir/.lock"
  ! command -v flock >/dev/null || flock -w 900 9 ||
    fail "another installation into $dir has been running for 15 minutes"
}

# installed STAMP [FILE]: whether DIR has what STAMP names.
installed() { [ -f "$dir/${2:-.installed}" ] && [ "$(cat "$dir/${2:-.installed}")" = "$1" ]; }

# download COMMAND…: one that hangs must not hang whoever called this.
download() {
  local limit=()
  ! command -v timeout >/dev/null || limit=(timeout 800)
  "${limit[@]}" "$@" || { echo "install.sh: could not download: $*" >&2; exit 75; }
}

# make_venv PYTHON [OPTION…]: a virtual environment in DIR, for pip.
make_venv() {
  local python=$1
  shift
  [ -x "$dir/venv/bin/python" ] || "$python" -m venv "$@" "$dir/venv" || lacks "$python has no venv"
}
pip() { download "$dir/venv/bin/python" -m pip --disable-pip-version-check "$@"; }

python_version() { "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])'; }
