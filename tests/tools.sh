#!/bin/sh
# Installs the independent programs that the tests read PDFs with: pdfsig and pdftotext, qpdf, certutil, and pyHanko
# in target/pyhanko. Where all is there, it does nothing and takes no time.
set -eu
cd "$(dirname "$0")/.."

missing=
for need in pdfsig:poppler-utils pdftotext:poppler-utils qpdf:qpdf certutil:libnss3-tools; do
    command -v "${need%%:*}" >/dev/null || missing="$missing ${need#*:}"
done
python3 -c 'import venv, ensurepip' 2>/dev/null || missing="$missing python3-venv"
if [ -n "$missing" ]; then
    if [ "$(id -u)" != 0 ]; then
        echo "These packages are missing; install them and run this again:$missing" >&2
        exit 1
    fi
    apt-get update -qq
    # The names stand apart on purpose.
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing
fi

# The marker is written last, so that a broken installation is made anew.
marker=target/pyhanko/ready-0.38.0
if [ ! -e "$marker" ]; then
    rm -rf target/pyhanko
    python3 -m venv target/pyhanko
    target/pyhanko/bin/pip install --quiet --disable-pip-version-check pyHanko==0.38.0 pyhanko-cli==0.6.0
    touch "$marker"
fi
