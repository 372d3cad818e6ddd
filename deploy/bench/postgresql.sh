#!/usr/bin/env bash
# What PostgreSQL does on this machine with the same task: durable transfers between accounts, one
# function call each (both rows locked in the order of their ids, idempotency key, two updates).
#
#   deploy/bench/postgresql.sh [ACCOUNTS] [SECONDS]     default 10000 10
#
# Installs Debian's postgresql if it is missing (root), runs a cluster of its own in a temporary
# folder on a socket, and prints one line per measurement: clients, transfers per second, latency.
set -euo pipefail

ACCOUNTS=${1:-10000}
SECONDS_EACH=${2:-10}

BIN=$(find /usr/lib/postgresql -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -1 || true)
if [ -z "$BIN" ] || [ ! -x "$BIN/pgbench" ]; then
  echo 'postgresql.sh: installing postgresql' >&2
  apt-get update -q >&2
  DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends postgresql >&2
  BIN=$(find /usr/lib/postgresql -maxdepth 2 -name bin | sort -V | tail -1)
fi

FOLDER=$(mktemp -d /tmp/florin-postgresql.XXXXXX)
AS=()
if [ "$(id -u)" -eq 0 ]; then
  chown postgres "$FOLDER"
  AS=(setpriv --reuid=postgres --regid=postgres --init-groups --)
fi
finish() {
  "${AS[@]}" "$BIN/pg_ctl" -D "$FOLDER/data" -m immediate stop >/dev/null 2>&1 || true
  rm -rf "$FOLDER"
}
trap finish EXIT

cd "$FOLDER"
"${AS[@]}" "$BIN/initdb" -D "$FOLDER/data" --auth=trust --no-sync >/dev/null
# Durable (fsync and synchronous_commit stay on), and no worse off than a careful operator leaves it.
"${AS[@]}" tee -a "$FOLDER/data/postgresql.conf" >/dev/null <<'CONF'
listen_addresses = ''
max_connections = 100
shared_buffers = 1GB
max_wal_size = 8GB
wal_buffers = 16MB
checkpoint_timeout = 30min
CONF
echo "unix_socket_directories = '$FOLDER'" | "${AS[@]}" tee -a "$FOLDER/data/postgresql.conf" >/dev/null
"${AS[@]}" "$BIN/pg_ctl" -D "$FOLDER/data" -l "$FOLDER/log" -w start >/dev/null
export PGHOST="$FOLDER" PGUSER=postgres PGDATABASE=postgres
[ "$(id -u)" -eq 0 ] || PGUSER=$(id -un)

"$BIN/psql" -q -v ON_ERROR_STOP=1 -v accounts="$ACCOUNTS" <<'SQL'
CREATE TABLE account (id int PRIMARY KEY, minor numeric(39) NOT NULL CHECK (minor >= 0));
CREATE TABLE transfer (key uuid PRIMARY KEY, debit int NOT NULL, credit int NOT NULL,
                       minor numeric(39) NOT NULL, at timestamptz NOT NULL DEFAULT now());
INSERT INTO account SELECT n, 1000000000 FROM generate_series(1, :accounts) n;
CREATE FUNCTION pay(k uuid, d int, c int, m numeric) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM account WHERE id IN (d, c) ORDER BY id FOR UPDATE;
  INSERT INTO transfer (key, debit, credit, minor) VALUES (k, d, c, m);
  UPDATE account SET minor = minor - m WHERE id = d;
  UPDATE account SET minor = minor + m WHERE id = c;
END $$;
VACUUM ANALYZE;
SQL

cat > "$FOLDER/spread.sql" <<SQL
\set d random(1, $ACCOUNTS)
\set c 1 + (:d + random(1, $ACCOUNTS - 1) - 1) % $ACCOUNTS
SELECT pay(gen_random_uuid(), :d, :c, 1);
SQL
cat > "$FOLDER/hot.sql" <<SQL
\set c random(2, $ACCOUNTS)
SELECT pay(gen_random_uuid(), 1, :c, 1);
SQL
cat > "$FOLDER/set.sql" <<SQL
WITH legs AS MATERIALIZED (
  SELECT 1 + (random() * ($ACCOUNTS - 1))::int AS d, 1 + (random() * ($ACCOUNTS - 1))::int AS c
  FROM generate_series(1, 1000)),
kept AS (INSERT INTO transfer (key, debit, credit, minor)
  SELECT gen_random_uuid(), d, c, 1 FROM legs RETURNING debit, credit, minor),
net AS (SELECT id, sum(minor) AS minor FROM (
  SELECT debit AS id, -minor AS minor FROM kept UNION ALL SELECT credit, minor FROM kept) x
  GROUP BY id)
UPDATE account SET minor = account.minor + net.minor FROM net WHERE account.id = net.id;
SQL

measure() { # label, script, clients, transfers per call
  "$BIN/pgbench" -n -M prepared -f "$FOLDER/$2" -c "$3" -j 2 -T "$SECONDS_EACH" 2>/dev/null |
    awk -v what="$1" -v clients="$3" -v each="$4" '
      /^latency average/ { latency = $4 }
      /^tps/ { printf "%-10s %3d clients %10.0f transfers/s %8.2f ms\n", what, clients, $3 * each, latency }'
}
for clients in 1 4 16 64; do measure spread spread.sql "$clients" 1; done
measure hot hot.sql 64 1
measure set set.sql 4 1000
