#!/usr/bin/env bash
# run.sh [--dir DIR] [--inference PORT] [--management PORT] [--metrics PORT] [--grpc PORT] [--grpc-management PORT]
#        [--tokens] [KEY=VALUE…]
#
# Runs the server that install.sh has put into DIR (.servers/torchserve), on loopback, without any model: register those
# of DIR/store. KEY=VALUE are lines of config.properties, for example metrics_mode=log or job_queue_size=10. With
# --tokens the server demands them; they are in the file key_file.json of the folder that is printed.
# Prints `READY pid=… inference=… management=… metrics=… grpc=… folder=…` when it answers, and stays in the foreground;
# SIGTERM and SIGINT end it. For people and for other tools: servebench starts servers by itself.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
dir=$here/../../.servers/torchserve
inference=8080 management=8081 metrics=8082 grpc=7070 grpc_management=7071
tokens=(--disable-token-auth)
properties=()
while [ $# -gt 0 ]; do
  case $1 in
    --dir) dir=$2; shift 2 ;;
    --inference) inference=$2; shift 2 ;;
    --management) management=$2; shift 2 ;;
    --metrics) metrics=$2; shift 2 ;;
    --grpc) grpc=$2; shift 2 ;;
    --grpc-management) grpc_management=$2; shift 2 ;;
    --tokens) tokens=(); shift ;;
    *=*) properties+=("$1"); shift ;;
    *) echo "run.sh: $1? See the beginning of this script." >&2; exit 2 ;;
  esac
done
[ -f "$dir/.installed" ] || { echo "run.sh: there is no server in $dir: run install.sh" >&2; exit 1; }
dir=$(cd "$dir" && pwd)

for port in "$inference" "$management" "$metrics" "$grpc" "$grpc_management"; do
  if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
    echo "run.sh: port $port is in use" >&2
    exit 1
  fi
done

work=$dir/run-$inference
rm -rf "$work"
mkdir -p "$work/tmp"
cat >"$work/config.properties" <<PROPERTIES
inference_address=http://127.0.0.1:$inference
management_address=http://127.0.0.1:$management
metrics_address=http://127.0.0.1:$metrics
grpc_inference_address=127.0.0.1
grpc_management_address=127.0.0.1
grpc_inference_port=$grpc
grpc_management_port=$grpc_management
metrics_mode=prometheus
disable_system_metrics=true
default_workers_per_model=1
number_of_netty_threads=2
vmargs=-Xmx512m
PROPERTIES
[ ${#properties[@]} -eq 0 ] || printf '%s\n' "${properties[@]}" >>"$work/config.properties"

# TorchServe keeps its process id in TMPDIR, and its keys in the working directory: two servers need their own.
cd "$work"
TMPDIR="$work/tmp" TEMP="$work/tmp" LOG_LOCATION="$work/logs" METRICS_LOCATION="$work/logs" \
  "$dir/venv/bin/torchserve" --start --foreground --ncs --model-store "$dir/store" \
  --ts-config "$work/config.properties" --enable-model-api "${tokens[@]}" >"$work/stdout.log" 2>&1 &
launcher=$!
stop() {
  trap - TERM INT
  kill -TERM "$launcher" 2>/dev/null || true
  [ ! -s "$work/tmp/.model_server.pid" ] || kill -TERM "$(cat "$work/tmp/.model_server.pid")" 2>/dev/null || true
  wait "$launcher" 2>/dev/null || true
  exit 0
}
trap stop TERM INT

# /ping answers before the gRPC ports listen; without its token it answers 400.
answers() {
  local line port
  exec 3<>"/dev/tcp/127.0.0.1/$inference" || return 1
  printf 'GET /ping HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&3
  IFS= read -r -t 2 line <&3 || line=
  exec 3>&-
  [[ $line == *' 200 '* || $line == *' 400 '* ]] || return 1
  for port in "$management" "$grpc" "$grpc_management"; do exec 3<>"/dev/tcp/127.0.0.1/$port" || return 1; done
}
for _ in $(seq 600); do
  if ! kill -0 "$launcher" 2>/dev/null; then
    echo "run.sh: the server has ended; the end of $work/stdout.log:" >&2
    tail -n 25 "$work/stdout.log" >&2
    exit 1
  fi
  if (answers) 2>/dev/null; then
    echo "READY pid=$(cat "$work/tmp/.model_server.pid") inference=$inference management=$management" \
      "metrics=$metrics grpc=$grpc folder=$work"
    wait "$launcher" || true
    exit 0
  fi
  sleep 0.1
done
echo "run.sh: the server is not ready after 60 s; see $work/stdout.log" >&2
stop
