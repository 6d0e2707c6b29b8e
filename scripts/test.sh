#!/bin/sh
# npm test: install what is missing, then every gate; the last line says how many passed and failed.
cd "$(dirname "$0")/.." || exit 1
. scripts/prepare.sh
install_packages
find_node
exec "$PANDU_NODE" scripts/test.ts "$@"
