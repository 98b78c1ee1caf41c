# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
#
# Prepares a checkout: system packages (Debian and its relatives), .venv, Verifield in it. Sourced by the scripts beside
# it, not run. Does nothing that is already done, and prints one line for each thing it does.

# Qt's libraries, for the offscreen platform and for a window under X.
QT_PACKAGES=(
    libgl1 libegl1 libglib2.0-0 libfontconfig1 libxkbcommon0 libdbus-1-3 libfreetype6
    libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0 libxcb-render-util0 libxcb-shape0
    libxcb-xkb1 libxkbcommon-x11-0 libx11-xcb1 fonts-dejavu-core
)
# For the tests: a screen that exists only in memory, a keyring service, servers to deliver to, another implementation of
# checkpoints and proofs, a browser.
TEST_PACKAGES=(
    xvfb xauth dbus gnome-keyring mosquitto influxdb victoria-metrics golang-go golang-golang-x-mod-dev chromium
)

say() { printf '%s\n' "$*"; }

give_up() {
    printf '%s\n' "$@" >&2
    exit 1
}

# Run a command quietly; show what it said only if it fails.
quietly() {
    local log status
    log=$(mktemp)
    "$@" >"$log" 2>&1 </dev/null
    status=$?
    [ "$status" -eq 0 ] || cat "$log" >&2
    rm -f "$log"
    return "$status"
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

# Print those of the named Debian packages that are not installed, also not under a name that provides them.
missing_packages() {
    dpkg-query --show --showformat='${db:Status-Status} ${Package}, ${Provides}\n' |
        awk -v wanted="$*" '
            $1 == "installed" {
                sub(/^installed /, ""); gsub(/\([^)]*\)/, ""); gsub(/[ ,]+/, " ")
                count = split($0, names, " ")
                for (i = 1; i <= count; i++) present[names[i]] = 1
            }
            END {
                count = split(wanted, names, " ")
                for (i = 1; i <= count; i++) if (!(names[i] in present)) print names[i]
            }'
}

install_system_packages() {
    command -v apt-get >/dev/null || return 0
    local missing
    mapfile -t missing < <(missing_packages "$@")
    [ "${#missing[@]}" -gt 0 ] || return 0
    say "Installing system packages: ${missing[*]}"
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || give_up \
            "These system packages are missing, and there is no sudo here to install them with." \
            "Run this as root, then start again:  apt-get install ${missing[*]}"
        # The question for the password is asked here: quietly() would hide it.
        sudo -v || give_up "Installing system packages needs the administrator's rights, which sudo refused."
    fi
    quietly as_root apt-get update -qq ||
        give_up "The package lists could not be fetched (see above). Check the network and start again."
    quietly as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" ||
        give_up "The system packages could not be installed (see above)."
}

# Print the first Python that is new enough.
find_python() {
    local candidate
    for candidate in python3 python3.11 python3.12 python3.13 python3.14; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$candidate"
            return 0
        fi
    done
    return 1
}

make_environment() {
    local python
    .venv/bin/python -m pip --version >/dev/null 2>&1 && return 0
    python=$(find_python) || give_up "Verifield needs Python 3.11 or newer, and none was found."
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        install_system_packages "$("$python" -c 'import sys; print("python3.%d-venv" % sys.version_info.minor)')"
    fi
    say "Making a Python environment in .venv"
    quietly "$python" -m venv --clear .venv || give_up "The Python environment could not be made (see above)."
}

# install_verifield EXTRA: put Verifield and the extra's libraries into .venv, unless that was done for this pyproject.toml.
# The extra `dev` contains `window`.
install_verifield() {
    local extra=$1 now done_for
    now=$(.venv/bin/python -c \
        'import hashlib, pathlib; print(hashlib.sha256(pathlib.Path("pyproject.toml").read_bytes()).hexdigest())')
    done_for=$(cat .venv/verifield-setup 2>/dev/null)
    case "$done_for" in
        "$now $extra" | "$now dev") return 0 ;;
    esac
    say "Installing Verifield and its libraries into .venv (the first time this takes minutes)"
    quietly .venv/bin/python -m pip install --quiet --disable-pip-version-check --editable ".[$extra]" ||
        give_up "The libraries could not be installed (see above). Check the network and start again."
    printf '%s %s\n' "$now" "$extra" >.venv/verifield-setup
}
