# shellcheck shell=bash
# Runs PostgreSQL and FerretDB on loopback ports. Sourced by scripts/mongodb.

port='' pg_port=''

pg() { enter pg_ctlcluster --skip-systemctl-redirect 18 main "$@"; }
psql() { enter psql -qtA -h 127.0.0.1 -p "$pg_port" -U postgres -c "$1"; }

pg_answers() { [[ -n $pg_port ]] && listening "$pg_port"; }
ferretdb_answers() { [[ -n $port ]] && listening "$port" && ferretdb_pid >/dev/null; }

ferretdb_pid() { # prints the pid only if it is still a ferretdb of ours
  local pid
  pid=$(cat "$cache/ferretdb.pid" 2>/dev/null) && [[ $(readlink "/proc/$pid/exe") == "$ferretdb" ]] && echo "$pid"
}

choose_ports() {
  if listening "$pg_port" || [[ -z $pg_port ]]; then pg_port=$(free_port); fi
  if listening "$port" || [[ -z $port ]]; then port=$(free_port); fi
  printf 'port=%s\npg_port=%s\n' "$port" "$pg_port" >"$ports"
}

read_ports() {
  if [[ -f $ports ]]; then
    port=$(sed -n 's/^port=//p' "$ports")
    pg_port=$(sed -n 's/^pg_port=//p' "$ports")
  fi
}

configure() {
  local etc=$root/etc/postgresql/18/main
  cat >"$etc/conf.d/countersign.conf" <<CONF
port = $pg_port
listen_addresses = '127.0.0.1'
shared_preload_libraries = 'pg_cron,pg_documentdb_core,pg_documentdb'
cron.database_name = 'postgres'
max_connections = 200
fsync = off
synchronous_commit = off
full_page_writes = off
CONF
  printf 'local all all trust\nhost all all 127.0.0.1/32 trust\n' >"$etc/pg_hba.conf"
}

start_postgresql() {
  configure
  pg start >>"$log" 2>&1 9>&- || return
  wait_for PostgreSQL psql 'SELECT 1'
  psql 'CREATE EXTENSION IF NOT EXISTS documentdb CASCADE' >>"$log" 2>&1
}

start_ferretdb() {
  mkdir -p "$cache/state"
  setsid nohup "$ferretdb" --postgresql-url="postgres://postgres@127.0.0.1:$pg_port/postgres" \
    --listen-addr="127.0.0.1:$port" --no-auth --state-dir="$cache/state" --telemetry=disable --debug-addr=- \
    --log-level=warn >"$cache/ferretdb.log" 2>&1 9>&- </dev/null &
  echo $! >"$cache/ferretdb.pid"
  wait_for FerretDB listening "$port"
}

ferretdb_up() {
  installed || { ferretdb_down; install; }
  read_ports
  if ! pg_answers || ! ferretdb_answers; then
    say "starting PostgreSQL and FerretDB"
    ferretdb_down
    choose_ports
    start_postgresql
    start_ferretdb
  fi
  echo "mongodb://127.0.0.1:$port/?directConnection=true"
}

ferretdb_down() {
  local pid
  if pid=$(ferretdb_pid); then kill "$pid"; fi
  if [[ -d $root/var/lib/postgresql/18/main ]] && ((EUID == 0)); then pg --force stop >/dev/null 2>&1 || true; fi
}

ferretdb_status() {
  read_ports
  if ! installed; then echo "ferretdb: not installed"; return; fi
  if pg_answers && ferretdb_answers; then echo "ferretdb: running on 127.0.0.1:$port"; else echo "ferretdb: installed, not running"; fi
}
