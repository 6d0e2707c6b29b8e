#!/bin/sh
# npm run faults [-- NAME …]
cd "$(dirname "$0")/.." || exit 1
. scripts/prepare.sh
install_packages
find_node
exec "$PANDU_NODE" tests/faults/run.ts "$@"
