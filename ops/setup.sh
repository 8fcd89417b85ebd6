#!/bin/sh
# Make .venv from the hash-locked requirements. Debian's python3 comes without the venv module: as root it is installed,
# otherwise the command to do it is printed.
set -eu

python=${PYTHON:-python3}

if ! "$python" -c 'import sys; sys.exit(not ((3, 11) <= sys.version_info[:2] < (3, 14)))' 2>/dev/null; then
    echo "setup: Python 3.11, 3.12 or 3.13 is needed as '$python'; name another with: make PYTHON=python3.12 ..." >&2
    exit 1
fi

if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    package="python$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')-venv"
    if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
        apt-get update -qq && apt-get install -y -qq "$package" >/dev/null
    else
        echo "setup: Python's venv module is missing; install it with: sudo apt-get install $package" >&2
        exit 1
    fi
fi

echo "setup: installing into .venv (about a minute the first time)" >&2
"$python" -m venv .venv
.venv/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
.venv/bin/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
