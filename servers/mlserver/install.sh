#!/usr/bin/env bash
# install.sh [DIR]
#
# Puts a real MLServer (Seldon's server of the Open Inference Protocol) under DIR (by default .servers/mlserver in the
# repository), from PyPI, with ONNX Runtime for the runtime that servebench brings. Does nothing when the wanted versions
# are there already. Afterwards DIR has
#   venv/bin/mlserver   the server
#
# Needs Linux or macOS, Python 3.9 to 3.12 with venv, 400 MB of disk. Environment: PYTHON, the interpreter (python3); the
# versions below.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../common.sh"
dir=${1:-$here/../../.servers/mlserver}
python=${PYTHON:-python3}
mlserver=${MLSERVER_VERSION:-1.7.1}
numpy=${NUMPY_VERSION:-1.26.4}
onnxruntime=${ONNXRUNTIME_VERSION:-1.20.1}

command -v "$python" >/dev/null || lacks "there is no $python"
version=$(python_version "$python")

enter "$dir"

stamp="mlserver $mlserver, numpy $numpy, onnxruntime $onnxruntime, python $version"
if ! installed "$stamp"; then
  rm -f "$dir/.installed"
  make_venv "$python"
  pip install --quiet --prefer-binary "mlserver==$mlserver" "numpy==$numpy"
  # It needs only numpy to run a model on the CPU.
  pip install --quiet --only-binary=:all: --no-deps "onnxruntime==$onnxruntime"
  echo "$stamp" >"$dir/.installed"
fi
echo "MLServer ($stamp) is in $dir"
