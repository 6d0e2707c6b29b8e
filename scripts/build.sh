#!/bin/sh
# Installs the packages and builds the pages, and starts nothing: for a checkout that the service may only read (docs/running.md).
cd "$(dirname "$0")/.." || exit 1
. scripts/prepare.sh
install_packages
find_node
build_pages
echo "Pandu is installed and built in $PWD."
