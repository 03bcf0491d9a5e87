#!/usr/bin/env bash
# Checks that a Swift toolchain is present and that the system has what it links with; installs what is missing
# with apt when it may, otherwise says what to install and stops.
set -euo pipefail

if ! command -v swift >/dev/null; then
  echo "plimsoll: no Swift toolchain found. Install Swift 6.2 or newer from https://www.swift.org/install and run make again." >&2
  exit 1
fi
version=$(swift --version 2>/dev/null | sed -nE 's/.*Swift version ([0-9]+\.[0-9]+).*/\1/p' | head -1)
if [ "$(printf '%s\n6.2\n' "$version" | sort -V | head -1)" != "6.2" ]; then
  echo "plimsoll: Swift $version is too old; 6.2 or newer is needed." >&2
  exit 1
fi

missing=()
command -v git >/dev/null || missing+=(git)
[ -e /usr/include/stdio.h ] || missing+=(libc6-dev)
ls /usr/lib/gcc/*/*/crtbeginS.o >/dev/null 2>&1 || missing+=(libgcc-12-dev)
ls -d /usr/include/c++/* >/dev/null 2>&1 || missing+=(libstdc++-12-dev)
[ -e /usr/include/sqlite3.h ] || missing+=(libsqlite3-dev)
[ -e /etc/ssl/certs/ca-certificates.crt ] || missing+=(ca-certificates)
[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "plimsoll: installing ${missing[*]}"
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
else
  echo "plimsoll: these system packages are missing: ${missing[*]}" >&2
  echo "plimsoll: install them (Debian and Ubuntu: sudo apt-get install ${missing[*]}) and run make again." >&2
  exit 1
fi
