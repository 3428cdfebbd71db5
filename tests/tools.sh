#!/bin/sh
# Installs what the tests check the template with (SAM's translator and ministack, an emulator of AWS, in target/deploy; cfn-lint and the SAM CLI in
# target/cloudformation), what they sign PDFs with (pyHanko in target/pyhanko, and Java with iText 5, PDFBox 2 and Bouncy Castle) and read them with
# (pdfsig, pdftotext and pdftoppm, MuPDF, qpdf, certutil, and pyHanko again) and what they look at the pages with (Chromium, its driver, fonts for
# Chinese, and axe-core in target/axe). Where all is there, it does nothing and takes no time.
set -eu
cd "$(dirname "$0")/.."

missing=
need() { command -v "$1" >/dev/null || missing="$missing $2"; }

need pdfsig poppler-utils
need pdftotext poppler-utils
need qpdf qpdf
need mutool mupdf-tools
jars=/usr/share/java
# A runtime without the compiler cannot run a source file.
command -v javac >/dev/null || missing="$missing default-jdk-headless"
[ -e $jars/itext5.jar ] || missing="$missing libitext5-java"
[ -e $jars/pdfbox2.jar ] && [ -e $jars/fontbox2.jar ] || missing="$missing libpdfbox2-java"
[ -e $jars/bcpkix.jar ] && [ -e $jars/bcprov.jar ] && [ -e $jars/bcutil.jar ] || missing="$missing libbcpkix-java"
[ -e $jars/commons-logging.jar ] || missing="$missing libcommons-logging-java"
need certutil libnss3-tools
need strip binutils
need chromium chromium
need chromedriver chromium-driver
fc-list :lang=zh 2>/dev/null | grep -q . || missing="$missing fontconfig fonts-noto-cjk"
axe=target/axe/ready-4.14.1
[ -e "$axe" ] || need npm npm
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

# Markers are written last, so that a broken installation is made anew.
marker=target/pyhanko/ready-0.38.0
if [ ! -e "$marker" ]; then
    rm -rf target/pyhanko
    python3 -m venv target/pyhanko
    target/pyhanko/bin/pip install --quiet --disable-pip-version-check pyHanko==0.38.0 pyhanko-cli==0.6.0
    touch "$marker"
fi

if [ ! -e "$axe" ]; then
    rm -rf target/axe
    mkdir -p target/axe
    npm install --prefix target/axe --no-save --ignore-scripts --no-audit --no-fund --loglevel=error axe-core@4.14.1
    touch "$axe"
fi

# The emulator and the translator go together; the linters want other versions of what both use.
marker=target/deploy/ready-1.5.33
if [ ! -e "$marker" ]; then
    rm -rf target/deploy
    python3 -m venv target/deploy
    target/deploy/bin/pip install --quiet --disable-pip-version-check \
        ministack==1.5.33 aws-sam-translator==1.115.0 cryptography==50.0.2
    touch "$marker"
fi

marker=target/cloudformation/ready-1.58.0
if [ ! -e "$marker" ]; then
    rm -rf target/cloudformation
    python3 -m venv target/cloudformation
    target/cloudformation/bin/pip install --quiet --disable-pip-version-check cfn-lint==1.58.0 aws-sam-cli==1.170.0
    touch "$marker"
fi
