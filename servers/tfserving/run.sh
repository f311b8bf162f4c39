#!/usr/bin/env bash
# run.sh [--dir DIR] [--grpc PORT] [--rest PORT] [-- FLAGS…]
#
# Runs what install.sh has put into DIR (.servers/tfserving), or the program that TF_SERVING_BIN names, with the models of
# DIR/models and its metrics. Prints `READY pid=… grpc=… rest=…` when it answers, and stays in the foreground; SIGTERM and
# SIGINT end it. For people and for tests: servebench starts servers by itself.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
dir=$here/../../.servers/tfserving
grpc=8500 rest=8501
while [ $# -gt 0 ]; do
  case $1 in
    --dir) dir=$2; shift 2 ;;
    --grpc) grpc=$2; shift 2 ;;
    --rest) rest=$2; shift 2 ;;
    --) shift; break ;;
    *) echo "run.sh: $1? See the beginning of this script." >&2; exit 2 ;;
  esac
done
dir=$(cd "$dir" && pwd)
program=${TF_SERVING_BIN:-$dir/bin/tensorflow_model_server}
[ -x "$program" ] || { echo "run.sh: there is no server in $dir: run install.sh" >&2; exit 1; }

files=$(mktemp -d)
{
  echo 'model_config_list {'
  for model in "$dir"/models/*/; do
    model=${model%/}
    echo "  config { name: \"${model##*/}\" base_path: \"$model\" model_platform: \"tensorflow\" model_version_policy { all {} } }"
  done
  echo '}'
} >"$files/models.config"
echo 'prometheus_config { enable: true path: "/monitoring/prometheus/metrics" }' >"$files/monitoring.config"

"$program" --port="$grpc" --rest_api_port="$rest" --model_config_file="$files/models.config" \
  --monitoring_config_file="$files/monitoring.config" "$@" >"$dir/server.$rest.log" 2>&1 &
server=$!
stop() {
  trap - TERM INT
  kill -TERM "$server" 2>/dev/null || true
  wait "$server" || true
  rm -rf "$files"
  exit 0
}
trap stop TERM INT

answers() { # whether the status of a model can be asked for
  local line
  exec 3<>"/dev/tcp/127.0.0.1/$rest" || return 1
  printf 'GET /v1/models/mlp HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&3
  IFS= read -r -t 2 line <&3 || line=
  exec 3>&-
  [[ $line == *' 200 '* ]]
}
for _ in $(seq 600); do
  if ! kill -0 "$server" 2>/dev/null; then
    echo "run.sh: the server has ended; the end of its log:" >&2
    tail -n 25 "$dir/server.$rest.log" >&2
    rm -rf "$files"
    exit 1
  fi
  if (answers) 2>/dev/null; then
    echo "READY pid=$server grpc=$grpc rest=$rest"
    code=0
    wait "$server" || code=$?
    rm -rf "$files"
    echo "run.sh: the server has ended by itself with code $code" >&2
    exit "$code"
  fi
  sleep 0.1
done
echo "run.sh: the server is not ready after 60 s; see $dir/server.$rest.log" >&2
kill -TERM "$server" 2>/dev/null || true
wait "$server" || true
rm -rf "$files"
exit 1
