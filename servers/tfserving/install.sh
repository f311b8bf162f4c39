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
. "$here/../common.sh"
dir=${1:-$here/../../.servers/tfserving}
python=${PYTHON:-python3}
tensorflow=${TENSORFLOW_VERSION:-2.21.0}

command -v "$python" >/dev/null || lacks "there is no $python"
version=$(python_version "$python")

enter "$dir"

stamp="tensorflow $tensorflow, python $version, models $(cksum <"$here/make_models.py" | cut -d' ' -f1)"
if ! installed "$stamp"; then
  rm -rf "$dir/.installed" "$dir/models"
  make_venv "$python"
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
