#!/bin/sh
# Makes a backup, restores it into an empty folder and verifies what came out; keeps the newest ones. Exit 0 only if all of that went well:
# a backup that was never restored is a hope.
#   PANDU_DATA                    the data folder of the running Pandu
#   PANDU_BACKUPS                 where backups are kept
#   PANDU_BACKUP_PASSPHRASE_FILE  optional; the first line is the passphrase
#   PANDU_BACKUPS_KEPT            how many, default 14
set -eu
umask 077
cd "$(dirname "$0")/.."
: "${PANDU_DATA:?}" "${PANDU_BACKUPS:?}"
file=$PANDU_BACKUPS/pandu-$(date -u +%Y%m%dT%H%M%SZ).backup
set --
if [ -n "${PANDU_BACKUP_PASSPHRASE_FILE:-}" ]; then set -- --passphrase-file "$PANDU_BACKUP_PASSPHRASE_FILE"; fi

./pandu backup "$file" "$@"

# An empty place of its own: no setting of the running Pandu may lead the rehearsal into the real database.
rehearsal=$PANDU_BACKUPS/rehearsal.$$
trap 'rm -rf "$rehearsal"' EXIT
rehearse() {
  env -u DATABASE_URL -u PANDU_DATABASE_WEB_URL -u PANDU_DATABASE_WORKER_URL -u PANDU_SECRET PANDU_DATA="$rehearsal" PANDU_LOG=warn ./pandu "$@"
}
rehearse restore "$file" "$@"
rehearse verify

ls -1t "$PANDU_BACKUPS"/pandu-*.backup | tail -n "+$((${PANDU_BACKUPS_KEPT:-14} + 1))" | while IFS= read -r old; do rm -f -- "$old"; done
echo "backup: $file is made, restored and verified"
