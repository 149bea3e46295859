#!/bin/sh
# Finds the browser of the tests, or installs it. Debian's chromium is the one that Playwright drives here.
set -eu
for name in "${ONECLICK_TEST_BROWSER:-chromium}" chromium-browser google-chrome; do
    command -v "$name" >/dev/null 2>&1 && exit 0
done
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    echo "Installing Debian's chromium for the browser tests"
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null && exit 0
fi
echo "The browser tests need chromium: install it (Debian, Ubuntu: sudo apt-get install chromium) or name one in ONECLICK_TEST_BROWSER." >&2
exit 1
