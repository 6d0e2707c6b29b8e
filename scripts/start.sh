#!/bin/sh
# npm start | npm run demo | npm run dev: install what is missing, build what is stale, then become the program, so that a signal to
# npm's child reaches it (npm kills its own shell and would leave a grandchild running).
cd "$(dirname "$0")/.." || exit 1
. scripts/prepare.sh
install_packages
find_node
case $1 in
  dev) exec "$PANDU_NODE" src/dev.ts ;;
  *)
    build_pages
    exec "$PANDU_NODE" --max-old-space-size=512 src/cli.ts "$@"
    ;;
esac
