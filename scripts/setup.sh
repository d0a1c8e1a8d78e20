#!/bin/sh
# Makes .venv from requirements.lock and installs the package into it. Run by make; nothing to do a second time.
set -eu
cd "$(dirname "$0")/.."

stamp=.venv/.made-from
# a changed lock or package, or a checkout that was moved, makes the environment anew
want="$(cat requirements.lock pyproject.toml | cksum) $(pwd)"
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$want" ]; then exit 0; fi

fail() {
  printf '\nset-up stopped: %s\n  why      %s\n  to do    %s\n' "$1" "$2" "$3" >&2
  exit 1
}
begun=$(date +%s)
step() { printf '▸ set-up: %s\n' "$1"; }
took() { now=$(date +%s); printf '  %s · %s s\n' "$1" "$((now - begun))"; begun=$now; }

step "a Python from 3.11 to 3.13"
python=
for name in ${PYTHON:-} python3 python3.13 python3.12 python3.11; do
  if "$name" -c 'import sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; then
    python=$name
    break
  fi
done
[ -n "$python" ] || fail "no fitting Python" "none of python3, python3.13, python3.12, python3.11 is 3.11 to 3.13 with venv" \
  "install one, or name it: make report PYTHON=/path/to/python3.12"
took "$("$python" -c 'import sys; print("Python " + sys.version.split()[0])')"

step "an environment in .venv"
rm -rf .venv
"$python" -m venv .venv || fail "no environment" "$python -m venv failed" "install the venv module (Debian: apt install python3-venv)"
took "made"

step "packages of requirements.lock, each checked by sha256 (1.5 GB on disk)"
# uv installs in seconds where pip takes minutes; where it cannot reach the index, pip with its own settings can
awk '/^uv==/ {on = 1; print; next} /^[^ ]/ {on = 0} on' requirements.lock > .venv/uv.lock
.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r .venv/uv.lock ||
  fail "packages could not be fetched" "pip could not install uv; its message stands above" \
    "check the network and pip's settings (pip config list), then run make again"
if ! .venv/bin/uv pip install --quiet --python .venv/bin/python --require-hashes -r requirements.lock; then
  printf '  uv did not reach the index; trying pip, which takes some minutes\n'
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock ||
    fail "packages could not be fetched" "uv and pip both failed; their messages stand above" \
      "check the network and free disk space (2 GB), then run make again"
fi
took "installed"

step "the package ecomplan"
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable . ||
  fail "ecomplan could not be installed" "pip's message stands above" "git status: is src/ complete?"
printf '%s' "$want" > "$stamp"
took "installed"
