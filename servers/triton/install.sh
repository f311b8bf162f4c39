#!/usr/bin/env bash
# install.sh [DIR] [--perf-analyzer] [--model-analyzer]
#
# Puts a real NVIDIA Triton Inference Server under DIR (by default .servers/triton in the repository): its CPU build
# with the python backend and the local response cache, taken from the wheel `nvidia-pytriton` on PyPI. Only those
# files are used; nothing of PyTriton's own API is installed. With --perf-analyzer also NVIDIA's load generator, from
# the wheel `tritonclient` (the package `perf-analyzer` on PyPI is an empty placeholder). With --model-analyzer its
# Model Analyzer as well, which calls the load generator; it brings 60 packages and 600 MB.
#
# Does nothing when the wanted versions are there already. Afterwards DIR has
#   bin/tritonserver     starts the server with the interpreter that its python backend needs
#   backends/, caches/   what --backend-directory and --cache-directory want; servebench finds them beside bin/
#   bin/perf_analyzer    with --perf-analyzer
#   bin/model-analyzer   with --model-analyzer
#
# Needs Linux on x86-64 with glibc 2.35 or later, Python 3.8 to 3.13 with venv and its shared library, 400 MB of disk.
# Environment: PYTHON, the interpreter (python3); the versions below.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../common.sh"
dir=$here/../../.servers/triton
perf_analyzer=no
model_analyzer=no
for argument in "$@"; do
  case $argument in
    --perf-analyzer) perf_analyzer=yes ;;
    --model-analyzer) perf_analyzer=yes model_analyzer=yes ;;
    -*) echo "usage: install.sh [DIR] [--perf-analyzer] [--model-analyzer]" >&2; exit 2 ;;
    *) dir=$argument ;;
  esac
done

python=${PYTHON:-python3}
# 0.7.0 brings Triton 2.51.0, of release 24.10. perf_analyzer 2.51.0 is the last one for glibc before 2.38.
pytriton=${PYTRITON_VERSION:-0.7.0}
numpy=${NUMPY_VERSION:-1.26.4}
onnxruntime=${ONNXRUNTIME_VERSION:-1.20.1}
tritonclient=${TRITONCLIENT_VERSION:-2.51.0}
analyzer=${MODEL_ANALYZER_VERSION:-1.58.0}

[ "$(uname -s) $(uname -m)" = 'Linux x86_64' ] || lacks "the wheel has binaries for Linux on x86-64 only"
command -v "$python" >/dev/null || lacks "there is no $python"
version=$(python_version "$python")

enter "$dir"

stamp="pytriton $pytriton, numpy $numpy, onnxruntime $onnxruntime, python $version"
peer_stamp="tritonclient $tritonclient"
analyzer_stamp="model analyzer $analyzer, python $version"

install_server() {
  rm -f "$dir/.installed"
  make_venv "$python"
  # onnxruntime needs only numpy to run a model on the CPU.
  pip install --quiet --only-binary=:all: --no-deps \
    "nvidia-pytriton==$pytriton" "numpy==$numpy" "onnxruntime==$onnxruntime"

  local site bundle
  site=$("$dir/venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
  bundle=$site/pytriton/tritonserver

  # Each instance of a python model is a process of this program, which is linked against one version of Python. The
  # wheel has it for all versions, outside of the backend's folder.
  local stub=$bundle/python_backend_stubs/$version/triton_python_backend_stub
  [ -f "$stub" ] || lacks "the wheel has no python backend for Python $version"
  cp -f "$stub" "$bundle/backends/python/triton_python_backend_stub"
  chmod +x "$bundle/backends/python/triton_python_backend_stub" "$bundle/bin/tritonserver"

  # The wheel's library folder comes first in that program's search path: the library of this very interpreter goes
  # there, if it has one of its own.
  local library
  library=$("$dir/venv/bin/python" -c 'import sysconfig; print(sysconfig.get_config_var("LIBDIR"))')/libpython$version.so.1.0
  [ ! -f "$library" ] || ln -sfn "$library" "$site/nvidia_pytriton.libs/libpython$version.so.1.0"
  # The embedded interpreter ignores PYTHONDONTWRITEBYTECODE, and would leave __pycache__ in model repositories.
  echo 'import sys; sys.dont_write_bytecode = True' >"$site/no_bytecode.pth"

  local file missing
  for file in "$bundle/bin/tritonserver" "$bundle/backends/python/libtriton_python.so" \
    "$bundle/backends/python/triton_python_backend_stub"; do
    missing=$(ldd "$file" | grep 'not found' || true)
    [ -z "$missing" ] || lacks "${file##*/} lacks libraries (for libpython: apt-get install libpython$version):
$missing"
  done

  mkdir -p "$dir/bin"
  ln -sfn "$bundle/backends" "$dir/backends"
  ln -sfn "$bundle/caches" "$dir/caches"
  cat >"$dir/bin/tritonserver" <<'SH'
#!/usr/bin/env bash
# The python backend takes the interpreter of the first python3 on the path.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
unset PYTHONHOME PYTHONPATH
export PATH="$root/venv/bin:$PATH"
# Instances give parallelism, not the threads of libraries inside of them.
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-1} OPENBLAS_NUM_THREADS=${OPENBLAS_NUM_THREADS:-1}
exec "$(readlink -f "$root/backends")/../bin/tritonserver" "$@"
SH
  chmod +x "$dir/bin/tritonserver"
  echo "$stamp" >"$dir/.installed"
}

install_perf_analyzer() {
  rm -f "$dir/.installed-perf-analyzer"
  local home=$dir/perf_analyzer
  rm -rf "$home"
  mkdir -p "$home/lib" "$home/wheel"
  pip download --quiet --no-deps --only-binary=:all: --platform manylinux1_x86_64 -d "$home/wheel" "tritonclient==$tritonclient"
  "$dir/venv/bin/python" - "$home" <<'PY'
import glob, os, sys, zipfile
home = sys.argv[1]
(wheel,) = glob.glob(home + "/wheel/tritonclient-*.whl")
with zipfile.ZipFile(wheel) as archive:
    (member,) = [name for name in archive.namelist() if name.endswith("data/bin/perf_analyzer")]
    with open(home + "/perf_analyzer", "wb") as program:
        program.write(archive.read(member))
os.chmod(home + "/perf_analyzer", 0o755)
PY
  rm -r "$home/wheel"
  # It asks for two libraries that the server's wheel has under other names.
  local libraries
  libraries=$("$dir/venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/nvidia_pytriton.libs
  ln -sf "$libraries"/libb64-*.so.0d "$home/lib/libb64.so.0d"
  ln -sf "$libraries"/libcudart-*.so.12.* "$home/lib/libcudart.so.12"
  cat >"$dir/bin/perf_analyzer" <<'SH'
#!/usr/bin/env bash
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
LD_LIBRARY_PATH="$root/perf_analyzer/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" exec "$root/perf_analyzer/perf_analyzer" "$@"
SH
  chmod +x "$dir/bin/perf_analyzer"
  "$dir/bin/perf_analyzer" --version >/dev/null || fail "perf_analyzer does not start"
  echo "$peer_stamp" >"$dir/.installed-perf-analyzer"
}

# It wants versions of its own of what the server's python backend uses.
install_model_analyzer() {
  rm -f "$dir/.installed-model-analyzer"
  local home=$dir/model-analyzer
  [ -x "$home/bin/python" ] || "$python" -m venv "$home" || lacks "$python has no venv"
  download "$home/bin/python" -m pip --disable-pip-version-check install --quiet --only-binary=:all: \
    "triton-model-analyzer==$analyzer"
  ln -sfn "$home/bin/model-analyzer" "$dir/bin/model-analyzer"
  "$dir/bin/model-analyzer" --version >/dev/null || fail "model-analyzer does not start"
  echo "$analyzer_stamp" >"$dir/.installed-model-analyzer"
}

installed "$stamp" || install_server
[ "$perf_analyzer" = no ] || installed "$peer_stamp" .installed-perf-analyzer || install_perf_analyzer
[ "$model_analyzer" = no ] || installed "$analyzer_stamp" .installed-model-analyzer || install_model_analyzer
echo "Triton ($stamp) is in $dir"
