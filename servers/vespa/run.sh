#!/usr/bin/env bash
# run.sh [--dir DIR] [--http PORT] [--application DIR]
#
# Runs the container that install.sh has put into DIR (.servers/vespa), on loopback, with a copy of the application beside
# this script; ONNX files in its folder models/ are evaluated. Prints `READY pid=… http=…` when it answers, and stays in
# the foreground; SIGTERM and SIGINT end it. Its log goes to DIR/vespa.PORT.log. For people and for other tools:
# servebench starts containers by itself.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
dir=$here/../../.servers/vespa
http=8080
application=$here/application
while [ $# -gt 0 ]; do
  case $1 in
    --dir) dir=$2; shift 2 ;;
    --http) http=$2; shift 2 ;;
    --application) application=$(cd "$2" && pwd); shift 2 ;;
    *) echo "run.sh: $1? See the beginning of this script." >&2; exit 2 ;;
  esac
done
[ -f "$dir/.installed" ] || { echo "run.sh: there is no container in $dir: run install.sh" >&2; exit 1; }
dir=$(cd "$dir" && pwd)
log=$dir/vespa.$http.log
if (exec 3<>"/dev/tcp/127.0.0.1/$http") 2>/dev/null; then
  echo "run.sh: port $http is in use" >&2
  exit 1
fi

work=$(mktemp -d)
cp -R "$application" "$work/application"
mkdir -p "$work/application/models" "$work/tmp"
# The container's class moves servers from any port to the one that is wanted.
sed -i.old 's/ port="[0-9]*"/ port="0"/' "$work/application/services.xml"
rm "$work/application/services.xml.old"
opened=()
for package in java.io java.lang java.net java.nio sun.security.ssl; do
  opened+=("--add-opens=java.base/$package=ALL-UNNAMED")
done
cd "$work"
VESPA_HOME=$work java -Xmx512m -Djava.io.tmpdir="$work/tmp" "${opened[@]}" -cp "$dir/classes:$dir/lib/*" \
  "$here/../../packages/plugin-vespa/java/VespaContainer.java" "$work/application" "$http" >"$log" 2>&1 &
server=$!
stop() {
  trap - TERM INT
  kill -TERM "$server" 2>/dev/null || true
  wait "$server" || true
  rm -rf "$work"
  exit "${1:-0}"
}
trap stop TERM INT

for _ in $(seq 600); do
  if (exec 3<>"/dev/tcp/127.0.0.1/$http") 2>/dev/null; then
    echo "READY pid=$server http=$http"
    wait "$server" || true
    stop
  fi
  kill -0 "$server" 2>/dev/null || { tail -n 20 "$log" >&2; stop 1; }
  sleep 0.2
done
echo "run.sh: not ready after two minutes; see $log" >&2
stop 1
