#!/bin/sh
# npm run tables [-- --verify]
cd "$(dirname "$0")/.." || exit 1
. scripts/prepare.sh
install_packages
find_node
exec "$PANDU_NODE" scripts/tables.ts "$@"
