#!/usr/bin/env bash
# Hold your server to the contract: installs the contract tests, starts the server, tests it, stops it.
# The exit code is that of the tests: 0 green, 1 red, 2 could not run, 3 something is left over.
# Needs Python 3.11 or newer, and the token of a tenant for tests in CONTRACT_MONETIZE360_TOKEN.
set -euo pipefail

PACKAGE="${PACKAGE:-monetization-sandbox[contract]}"
SERVE="${SERVE:-python examples/records_server/app.py --port 8080}" # how your server is started
TARGET="${TARGET:-http://127.0.0.1:8080/v1}"                         # its base URL
REPORT="${REPORT:-contract-report}"
NOT_OURS="${NOT_OURS:-listWorkflows getWorkflow executeWorkflow listExecutions getExecution createWebhook}"

python3 -m venv .contract
export PATH="$PWD/.contract/bin:$PATH"
pip install --quiet "$PACKAGE"

# shellcheck disable=SC2086 # the command and its arguments
$SERVE >server.log 2>&1 &
server=$!
trap 'kill "$server"' EXIT
for _ in $(seq 100); do
  curl --silent --output /dev/null "$TARGET" && break
  kill -0 "$server" # it has ended: so do we
  sleep 0.2
done

excused=()
for operation in $NOT_OURS; do
  excused+=(--excuse "$operation=it keeps records only")
done
msandbox contract run --target "$TARGET" --api monetize360 --profile "${PROFILE:-quick}" \
  --report-dir "$REPORT" "${excused[@]}"
