#!/bin/sh
# Set-up for `make run` (setup.sh run) and `make test` (setup.sh test): the Python environment in
# .venv and, for the tests, Debian packages and Node.js packages. Does only what is missing, and goes
# on where an interrupted run stopped.
set -eu
cd "$(dirname "$0")/.."

PACKAGES="curl nginx apache2 caddy postfix dovecot-core dovecot-submissiond postgresql redis-server fonts-noto-cjk
swaks libnet-ssleay-perl msmtp s-nail php-cli libphp-phpmailer groff-base"
# Debian installs one mail server at a time, so these are unpacked, and run from where they lie.
UNPACKED="exim4-daemon-light opensmtpd"
SERVERS=.venv/servers

fail() {
    printf '%s\n' "$*" >&2
    exit 1
}

# Prints the first Python that is new enough. A name may exist and yet not start.
find_python() {
    for name in python3 python3.14 python3.13 python3.12 python3.11; do
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$name"
            return
        fi
    done
    return 1
}

can_install() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null
}

# Installs Debian packages without questions, and without starting the servers among them.
install_packages() {
    echo "Installing $* ..."
    policy=/usr/sbin/policy-rc.d
    if [ ! -e "$policy" ]; then
        trap 'rm -f "$policy"' EXIT
        trap 'exit 1' INT TERM
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod +x "$policy"
    fi
    export DEBIAN_FRONTEND=noninteractive
    echo 'postfix postfix/main_mailer_type select No configuration' | debconf-set-selections
    apt-get -qq update
    apt-get -qq install --no-install-recommends "$@" >/dev/null
}

installed() {
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

make_environment() {
    if .venv/bin/python -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        return
    fi
    python=$(find_python) || fail \
        "SMTP Panel needs Python 3.11 or newer, and found none. Install it, for instance with: apt-get install python3"
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        package=$("$python" -c 'import sys; print("python3.%d-venv" % sys.version_info[1])')
        can_install || fail \
            "$python can't make environments. Install what it lacks, then try again: sudo apt-get install $package"
        install_packages "$package"
    fi
    "$python" -m venv --clear .venv
}

# The stamp says which requirements are installed; it is written when all of them are.
install_requirements() {
    wanted=$(cat requirements.txt "$2" | sha256sum)
    stamp=.venv/installed-$1
    if [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ]; then
        return
    fi
    echo "Installing Python packages into .venv ..."
    .venv/bin/python -m pip --disable-pip-version-check --quiet install -r "$2"
    echo "$wanted" >"$stamp"
}

install_test_packages() {
    if ! command -v dpkg-query >/dev/null; then
        echo "No Debian here: the tests expect Chromium, nginx, Postfix, Dovecot, Exim, OpenSMTPD, PostgreSQL, Redis, npm and the font Noto Sans CJK."
        return
    fi
    missing=
    for package in "$@"; do
        installed "$package" || missing="$missing $package"
    done
    if [ -z "$missing" ]; then
        return
    fi
    can_install || fail "The tests need Debian packages that are missing. Install them, then try again: sudo apt-get install$missing"
    # shellcheck disable=SC2086  # each word of the list is a package
    install_packages $missing
}

# A machine may have Node.js and npm from elsewhere than Debian.
node_packages() {
    if ! { node --version && command -v npm; } >/dev/null 2>&1; then
        echo nodejs npm
    fi
}

# Unpacks a Debian package without installing it; the libraries that it needs are installed.
unpack() {
    if [ -e "$SERVERS/$1" ] || ! command -v dpkg-deb >/dev/null; then
        return
    fi
    echo "Unpacking $1 ..."
    part=$SERVERS/part
    rm -rf "$part"
    mkdir -p "$part"
    download "$1" || { can_install && apt-get -qq update && download "$1"; } || fail \
        "The tests need the Debian package $1, which can't be downloaded. Bring the lists of packages up to date, then try again: sudo apt-get update"
    # shellcheck disable=SC2046  # each word of the list is a package
    install_test_packages $(dpkg-deb -f "$part"/*.deb Depends | tr , '\n' | sed -n 's/^ *\(lib[^ |]*\).*/\1/p')
    dpkg-deb -x "$part"/*.deb "$part/root"
    mv "$part/root" "$SERVERS/$1"
    rm -r "$part"
}

download() {
    (cd "$part" && apt-get -qq -o APT::Sandbox::User=root download "$1")
}

# The stamp says which lock file is installed; it is written when all of it is.
install_node_packages() {
    wanted=$(sha256sum <tests/interop/package-lock.json)
    stamp=$SERVERS/installed-node
    if [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ]; then
        return
    fi
    echo "Installing Node.js packages into $SERVERS ..."
    mkdir -p "$SERVERS/node"
    cp tests/interop/package.json tests/interop/package-lock.json "$SERVERS/node"
    (cd "$SERVERS/node" && npm ci --omit=optional --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null)
    echo "$wanted" >"$stamp"
}

# Ubuntu has Chromium as a snap alone, which does not run everywhere; Playwright brings its own.
install_browser() {
    if [ -e .venv/installed-chromium ]; then
        return
    fi
    echo "Installing Chromium ..."
    if can_install; then
        .venv/bin/python -m playwright install --with-deps chromium
    else
        .venv/bin/python -m playwright install chromium
    fi
    touch .venv/installed-chromium
}

on_ubuntu() {
    grep -qs '^ID=ubuntu' /etc/os-release
}

# Two set-ups at once take turns.
exec 9<requirements.txt
flock 9

make_environment
case ${1:-run} in
run) install_requirements run requirements.txt ;;
test)
    install_requirements test tests/requirements.txt
    if on_ubuntu; then
        install_test_packages $PACKAGES $(node_packages)
        install_browser
    else
        install_test_packages chromium-headless-shell $PACKAGES $(node_packages)
    fi
    for package in $UNPACKED; do
        unpack "$package"
    done
    install_node_packages
    ;;
*) fail "Usage: scripts/setup.sh [run|test]" ;;
esac
