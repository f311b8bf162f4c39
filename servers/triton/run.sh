#!/usr/bin/env bash
# run.sh [--dir DIR] [--http PORT] [--grpc PORT] [--metrics PORT] [--models DIR]… [-- TRITONSERVER ARGUMENTS…]
#
# Runs the server that install.sh has put into DIR (.servers/triton), on loopback, with the models beside this script.
# Prints `READY pid=… http=… grpc=… metrics=…` when it answers, and stays in the foreground; SIGTERM and SIGINT end it.
# Its log goes to DIR/tritonserver.PORT.log. For people and for other tools: servebench starts servers by itself.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
dir=$here/../../.servers/triton
http=8000 grpc=8001 metrics=8002
models=()
while [ $# -gt 0 ]; do
  case $1 in
    --dir) dir=$2; shift 2 ;;
    --http) http=$2; shift 2 ;;
    --grpc) grpc=$2; shift 2 ;;
    --metrics) metrics=$2; shift 2 ;;
    --models) models+=("--model-repository=$2"); shift 2 ;;
    --) shift; break ;;
    *) echo "run.sh: $1? See the beginning of this script." >&2; exit 2 ;;
  esac
done
[ ${#models[@]} -gt 0 ] || models=("--model-repository=$here/models")
[ -x "$dir/bin/tritonserver" ] || { echo "run.sh: there is no server in $dir: run install.sh" >&2; exit 1; }
log=$dir/tritonserver.$http.log
# Names of its own in /dev/shm, so that those of a killed server can be removed.
region=servebench_run_$$_

for port in "$http" "$grpc" "$metrics"; do
  if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
    echo "run.sh: port $port is in use" >&2
    exit 1
  fi
done

"$dir/bin/tritonserver" \
  --backend-directory="$dir/backends" --cache-directory="$dir/caches" \
  --backend-config=python,shm-region-prefix-name="$region" \
  --http-address=127.0.0.1 --grpc-address=127.0.0.1 --metrics-address=127.0.0.1 \
  --http-port="$http" --grpc-port="$grpc" --metrics-port="$metrics" \
  --allow-gpu-metrics=false --pinned-memory-pool-byte-size=0 --exit-timeout-secs=10 \
  "${models[@]}" "$@" >"$log" 2>&1 &
server=$!
clean() { rm -f /dev/shm/"$region"*; }
stop() {
  trap - TERM INT
  kill -TERM "$server" 2>/dev/null || true
  wait "$server" || true
  clean
  exit 0
}
trap stop TERM INT

answers() { # whether GET /v2/health/ready says 200
  local line
  exec 3<>"/dev/tcp/127.0.0.1/$http" || return 1
  printf 'GET /v2/health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&3
  IFS= read -r -t 2 line <&3 || line=
  exec 3>&-
  [[ $line == *' 200 '* ]]
}
for _ in $(seq 600); do
  if ! kill -0 "$server" 2>/dev/null; then
    echo "run.sh: the server has ended; the end of $log:" >&2
    tail -n 25 "$log" >&2
    clean
    exit 1
  fi
  if (answers) 2>/dev/null; then
    echo "READY pid=$server http=$http grpc=$grpc metrics=$metrics"
    code=0
    wait "$server" || code=$?
    clean
    echo "run.sh: the server has ended by itself with code $code" >&2
    exit "$code"
  fi
  sleep 0.1
done
echo "run.sh: the server is not ready after 60 s; see $log" >&2
kill -TERM "$server" 2>/dev/null || true
wait "$server" || true
clean
exit 1
