#!/bin/sh
# Makes sure that the tests have a browser, with fonts for Chinese and emoji: `make test` runs this first.
# Prints nothing when all is there. Installs through apt-get where it may, and says what to do where it may not.
set -eu

# The names that tests/ looks for too.
for name in chromium chromium-browser google-chrome google-chrome-stable; do
    if command -v "$name" >/dev/null 2>&1; then browser=$name; fi
done
has_fonts() { ! command -v fc-list >/dev/null 2>&1 || [ -n "$(fc-list :lang=zh-cn family)" ]; }

if [ -n "${browser:-}" ] && has_fonts; then exit 0; fi

packages='chromium fonts-noto-cjk fonts-noto-color-emoji'
if [ "$(id -u)" = 0 ]; then as_root=''
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then as_root='sudo -n'
else as_root='no'
fi

give_up() {
    if [ -n "${browser:-}" ]; then
        echo "tools/browser.sh: no font for Chinese found, screenshots will lack it. $1" >&2
        exit 0
    fi
    echo "tools/browser.sh: the tests in a browser need Chromium (or Chrome) on the PATH. $1" >&2
    exit 1
}

if command -v apt-get >/dev/null 2>&1; then
    if [ "$as_root" = no ]; then give_up "As root: apt-get install $packages"; fi
    echo "Installing $packages…"
    export DEBIAN_FRONTEND=noninteractive
    # shellcheck disable=SC2086 # both are lists of words
    if ! { $as_root apt-get update -qq && $as_root apt-get install -y -qq --no-install-recommends $packages; } >/dev/null; then
        give_up "apt-get could not install it (see above). Try: apt-get update && apt-get install $packages"
    fi
elif command -v dnf >/dev/null 2>&1; then
    give_up 'Try: sudo dnf install chromium google-noto-sans-cjk-fonts google-noto-color-emoji-fonts'
elif command -v pacman >/dev/null 2>&1; then
    give_up 'Try: sudo pacman -S chromium noto-fonts-cjk noto-fonts-emoji'
elif command -v apk >/dev/null 2>&1; then
    give_up 'Try: apk add chromium font-noto-cjk font-noto-emoji'
elif command -v brew >/dev/null 2>&1; then
    give_up 'Try: brew install --cask chromium'
else
    give_up 'Install it from https://www.chromium.org/getting-involved/download-chromium/'
fi
