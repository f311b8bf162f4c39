#!/usr/bin/env bash
# install.sh [DIR]
#
# Puts real TensorFlow behind TensorFlow Serving's published API under DIR (by default .servers/tfserving in the
# repository): TensorFlow for the CPU and the stubs `tensorflow-serving-api`, both from PyPI, with the server.py beside
# this script. The program tensorflow_model_server itself is in no package registry: it comes from TensorFlow's own apt
# repository and as a container image. Where TF_SERVING_BIN names it, the tests of this repository use it instead.
#
# Does nothing when the wanted versions are there already. Afterwards DIR has
#   bin/tensorflow_model_server   takes the flags of the real one, those that matter here
#   models/                       SavedModels that TensorFlow has written: see make_models.py
#
# Needs Linux on x86-64 or arm64, Python 3.10 to 3.13 with venv, 2 GB of disk. Environment: PYTHON, the interpreter
# (python3); TENSORFLOW_VERSION.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
dir=${1:-$here/../../.servers/tfserving}
python=${PYTHON:-python3}
tensorflow=${TENSORFLOW_VERSION:-2.21.0}

fail() { echo "install.sh: $1" >&2; exit 1; }

command -v "$python" >/dev/null || fail "there is no $python"
version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')

mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
# One installation at a time; whoever waited finds it done.
exec 9>"$dir/.lock"
flock -w 900 9 || fail "another installation into $dir has been running for 15 minutes"

stamp="tensorflow $tensorflow, python $version, models $(cksum <"$here/make_models.py" | cut -d' ' -f1)"
if [ ! -f "$dir/.installed" ] || [ "$(cat "$dir/.installed")" != "$stamp" ]; then
  rm -rf "$dir/.installed" "$dir/models"
  [ -x "$dir/venv/bin/python" ] || "$python" -m venv "$dir/venv" || fail "$python has no venv"
  # A download that hangs must not hang whoever called this.
  pip() { timeout 800 "$dir/venv/bin/python" -m pip --disable-pip-version-check "$@"; }
  pip install --quiet --only-binary=:all: "tensorflow-cpu==$tensorflow"
  # Its own dependency is the package for GPUs.
  pip install --quiet --no-deps "tensorflow-serving-api==$tensorflow"
  TF_CPP_MIN_LOG_LEVEL=3 CUDA_VISIBLE_DEVICES=-1 \
    "$dir/venv/bin/python" "$here/make_models.py" "$dir/models" >"$dir/make_models.log" 2>&1 ||
    fail "the models could not be written; see $dir/make_models.log"
  mkdir -p "$dir/bin"
  cat >"$dir/bin/tensorflow_model_server" <<SH
#!/bin/sh
export TF_CPP_MIN_LOG_LEVEL=3 CUDA_VISIBLE_DEVICES=-1
exec "$dir/venv/bin/python" "$here/server.py" "\$@"
SH
  chmod +x "$dir/bin/tensorflow_model_server"
  echo "$stamp" >"$dir/.installed"
fi
echo "TensorFlow behind TensorFlow Serving's API ($stamp) is in $dir"
