# shellcheck shell=bash disable=SC2154
# PostgreSQL with DocumentDB behind FerretDB, on loopback ports. Sourced by scripts/mongodb.

root=$cache/root
ferretdb=$cache/bin/ferretdb
ferretdb_version=v2.7.0
recipe="forky postgresql-18-documentdb ferretdb-$ferretdb_version" # another recipe installs anew
others="set COUNTERSIGN_TEST_MONGODB_URI to a server of yours, or start a Docker engine"
port='' pg_port=''

# shellcheck source=scripts/mongodb.d/chroot.sh
source "$here/mongodb.d/chroot.sh"

installed() { [[ $(cat "$cache/installed" 2>/dev/null) == "$recipe" ]]; }

may_install() {
  ((EUID == 0)) || die "no MongoDB-compatible server, and only root can install one" "run it with sudo, or $others"
  grep -qx 'ID=debian' /etc/os-release || die "the server can be installed on Debian only" "$others"
  private true 2>/dev/null || die "this container forbids mounts" "give it CAP_SYS_ADMIN, or $others"
  [[ $cache != *[[:space:]]* ]] || die "debootstrap cannot install into '$cache'" "set COUNTERSIGN_MONGODB_CACHE to a folder without spaces"
  command -v go >/dev/null || die "go is not in PATH" "install Go 1.26, or $others"
}

ensure_installed() {
  installed && return
  may_install
  stop_servers
  say "installing PostgreSQL with DocumentDB and FerretDB into $cache (once per machine, one to five minutes)"
  rm -f "$cache/installed"
  "$here/mongodb.d/install" "$cache" "$ferretdb_version" >"$log" 2>&1 9>&- ||
    die "installation failed: $(tail -n 3 "$log" | tr '\n' ' ')" "read $log, look at the network, try again; or $others"
  echo "$recipe" >"$cache/installed"
  say "installed in $SECONDS s"
}

pg() { enter pg_ctlcluster --skip-systemctl-redirect 18 main "$@"; }
psql() { enter psql -qtA -h 127.0.0.1 -p "$pg_port" -U postgres -c "$1"; }

# The client's own way to the data: it fails when FerretDB is gone, and when PostgreSQL is.
answers() {
  [[ -n $port ]] && timeout 10 "$ferretdb" ping --listen-addr="127.0.0.1:$port" --state-dir="$cache/state" --log-level=error \
    --postgresql-url="postgres://postgres@127.0.0.1:$pg_port/postgres"
}

read_ports() {
  [[ -f $ports ]] || return 0
  port=$(sed -n 's/^port=//p' "$ports")
  pg_port=$(sed -n 's/^pg_port=//p' "$ports")
}

choose_ports() { # keeps those of the last time, if they are still free
  if [[ -z $pg_port ]] || listening "$pg_port"; then pg_port=$(free_port); fi
  if [[ -z $port ]] || listening "$port"; then port=$(free_port); fi
  printf 'port=%s\npg_port=%s\n' "$port" "$pg_port" >"$ports"
}

settings() {
  local durable=off
  if [[ -n ${COUNTERSIGN_MONGODB_DURABLE:-} ]]; then durable=on; fi
  cat <<CONF
port = $pg_port
listen_addresses = '127.0.0.1'
max_connections = 200
shared_preload_libraries = 'pg_cron,pg_documentdb_core,pg_documentdb'
cron.database_name = 'postgres'
cron.log_run = off
cron.log_statement = off
fsync = $durable
full_page_writes = $durable
synchronous_commit = $durable
CONF
}

configure() {
  local etc=$root/etc/postgresql/18/main
  settings >"$etc/conf.d/countersign.conf"
  printf 'local all all trust\nhost all all 127.0.0.1/32 trust\n' >"$etc/pg_hba.conf"
}

configured() { settings | cmp -s - "$root/etc/postgresql/18/main/conf.d/countersign.conf"; }

pg_start() { pg start >>"$log" 2>&1 9>&-; }

renew_data() {
  say "PostgreSQL does not start: making its data anew"
  enter bash -c 'pg_dropcluster 18 main; pg_createcluster 18 main' >>"$log" 2>&1
  configure
}

# Backends outlive a killed postmaster for a moment and block the next. Without fsync a machine that lost power
# leaves damaged data behind; nothing in it is worth a repair.
start_postgresql() {
  configure
  pg_start || { sleep 2 && pg_start; } || { renew_data && pg_start; } ||
    die "PostgreSQL does not start" "read $log; or remove $cache and try again"
  wait_for PostgreSQL psql 'CREATE EXTENSION IF NOT EXISTS documentdb CASCADE'
}

ferretdb_command() { # ferretdb_command PORT DIR: into the array command
  command=(
    "$ferretdb" --postgresql-url="postgres://postgres@127.0.0.1:$pg_port/postgres" --listen-addr="127.0.0.1:$1" --no-auth
    --state-dir="$2" --telemetry=disable --debug-addr=- --log-level=warn
  )
}

start_ferretdb() {
  local command
  mkdir -p "$cache/state"
  ferretdb_command "$port" "$cache/state"
  setsid nohup "${command[@]}" >"$cache/ferretdb.log" 2>&1 9>&- </dev/null &
  echo $! >"$cache/ferretdb.pid"
  wait_for FerretDB answers
}

stop_servers() {
  local pid
  pid=$(cat "$cache/ferretdb.pid" 2>/dev/null) || pid=none
  if grep -qzxF -e "--state-dir=$cache/state" "/proc/$pid/cmdline" 2>/dev/null; then kill "$pid"; fi # a pid may be another's by now
  [[ -d $root/var/lib/postgresql/18/main ]] || return 0
  pg --force stop >>"$log" 2>&1 || true
  rm -f "$root"/run/postgresql/.s.PGSQL.* # a killed one's; its pid may be taken
}

ferretdb_up() {
  ensure_installed
  read_ports
  if ! answers 2>>"$log"; then
    say "starting PostgreSQL and FerretDB"
    stop_servers
    choose_ports
    start_postgresql
    start_ferretdb
  elif ! configured; then
    configure
    pg reload >>"$log" 2>&1
  fi
  echo "mongodb://127.0.0.1:$port/?directConnection=true"
}

# A Docker engine, or a server that the environment names, has no process that a test may kill: so this one is always FerretDB.
ferretdb_serve() {
  local command own=$1/port
  others="leave out the tests that kill a store"
  locked
  ferretdb_up >/dev/null
  mkdir -p "$1"
  [[ -f $own ]] || free_port >"$own"
  ferretdb_command "$(<"$own")" "$1"
  echo "mongodb://127.0.0.1:$(<"$own")/?directConnection=true"
  exec "${command[@]}" 9>&-
}

ferretdb_down() { if installed; then stop_servers; fi; }

ferretdb_status() {
  read_ports
  if ! installed; then
    echo "ferretdb: not installed"
  elif answers 2>/dev/null; then
    echo "ferretdb: running on 127.0.0.1:$port"
  else
    echo "ferretdb: installed, not running"
  fi
}
