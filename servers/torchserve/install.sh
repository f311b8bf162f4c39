#!/usr/bin/env bash
# install.sh [DIR]
#
# Puts a real TorchServe under DIR (by default .servers/torchserve in the repository), from the wheel on PyPI, with the
# archives of the handlers beside this script. Does nothing when the wanted versions are there already. Afterwards DIR
# has
#   venv/bin/torchserve   the server, with ONNX Runtime in its Python
#   store/*.mar           one archive for each handler of models/; `mlp` as versions 1.0 and 2.0 (mlp_v2.mar)
#
# Needs Linux, Java 11 or later (17 is what TorchServe is tested with), and PyTorch: that of the system's python3, or,
# on Debian and as root, the package python3-torch, which this installs (150 MB; the wheels on PyPI are gigabytes).
# Environment: PYTHON, the interpreter that has PyTorch (/usr/bin/python3); the versions below.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../common.sh"
dir=$here/../../.servers/torchserve
for argument in "$@"; do
  case $argument in
    -*) echo "usage: install.sh [DIR]" >&2; exit 2 ;;
    *) dir=$argument ;;
  esac
done

python=${PYTHON:-/usr/bin/python3}
torchserve=${TORCHSERVE_VERSION:-0.12.0}
archiver=${TORCH_MODEL_ARCHIVER_VERSION:-0.12.0}
onnxruntime=${ONNXRUNTIME_VERSION:-1.20.1}

command -v java >/dev/null || lacks "there is no java: install a JRE (on Debian openjdk-17-jre-headless)"
command -v "$python" >/dev/null || lacks "there is no $python"

enter "$dir"

stamp="torchserve $torchserve, torch-model-archiver $archiver, onnxruntime $onnxruntime, $(cd "$here" && cat models/* | sha256sum | cut -c1-12)"
if installed "$stamp"; then
  echo "TorchServe ($stamp) is in $dir"
  exit 0
fi
rm -f "$dir/.installed"

has_torch() { "$python" -c 'import torch, venv, ensurepip' 2>/dev/null; }
if ! has_torch; then
  command -v apt-get >/dev/null && [ "$(id -u)" = 0 ] ||
    lacks "$python has no PyTorch (with venv): install it, or name another one in PYTHON"
  export DEBIAN_FRONTEND=noninteractive
  packages=(python3-venv python3-torch python3-numpy)
  apt() { download apt-get -qq -o DPkg::Lock::Timeout=300 "$@" >/dev/null; }
  (apt install -y --no-install-recommends "${packages[@]}") ||
    { apt update; apt install -y --no-install-recommends "${packages[@]}"; }
  has_torch || lacks "$python still has no PyTorch: is it Debian's own interpreter?"
fi

make_venv "$python" --system-site-packages
pip install --quiet --prefer-binary \
  "torchserve==$torchserve" "torch-model-archiver==$archiver" psutil requests pyyaml 'numpy<2'
# For the handler of ONNX files; it needs only numpy to run a model on the CPU.
pip install --quiet --only-binary=:all: --no-deps "onnxruntime==$onnxruntime"

rm -rf "$dir/store" "$dir/draft"
mkdir -p "$dir/store" "$dir/draft"
archive() { # FILE NAME VERSION HANDLER [FURTHER OPTIONS…]
  local file=$1 name=$2 version=$3 handler=$4
  shift 4
  "$dir/venv/bin/torch-model-archiver" --model-name "$name" --version "$version" \
    --handler "$here/models/$handler" --export-path "$dir/draft" --force "$@" >/dev/null
  mv "$dir/draft/$name.mar" "$dir/store/$file"
}
archive mlp.mar mlp 1.0 mlp.py
archive mlp_v2.mar mlp 2.0 mlp.py
for name in echo slow fail stream; do archive "$name.mar" "$name" 1.0 "$name.py"; done
archive base.mar base 1.0 base.py --config-file "$here/models/base-config.yaml"
rmdir "$dir/draft"

echo "$stamp" >"$dir/.installed"
echo "TorchServe ($stamp) is in $dir"
