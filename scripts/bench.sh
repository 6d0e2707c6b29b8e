#!/bin/sh
# npm run bench [-- PART …]
cd "$(dirname "$0")/.." || exit 1
. scripts/prepare.sh
install_packages
find_node
exec "$PANDU_NODE" bench/run.ts "$@"
