# shellcheck shell=bash
# Installs PostgreSQL with DocumentDB from Debian and FerretDB from the Go proxy. Sourced by scripts/mongodb.

root=$cache/root
ferretdb=$cache/bin/ferretdb
ferretdb_version=v2.7.0
recipe="forky postgresql-18-documentdb ferretdb-$ferretdb_version" # another recipe installs anew
others="set COUNTERSIGN_TEST_MONGODB_URI to a server of yours, or start a Docker engine"

# Mounts live in a namespace of their own and end with its processes: nothing on the machine sees them, so that
# removing the cache folder can never reach the machine's /dev. Where a container forbids mounts, it goes without.
enter() { # enter COMMAND...: runs it inside the installed system
  # shellcheck disable=SC2016
  local inside='mount -t proc proc "$0/proc" && mount --bind /dev "$0/dev"; exec chroot "$0" "$@"'
  private bash -c "$inside" "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/ LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"
}

private() {
  if unshare --mount true 2>/dev/null; then unshare --mount --propagation private "$@"; else "$@"; fi
}

may_install() {
  ((EUID == 0)) || die "no MongoDB-compatible server, and only root can install one" "run 'sudo make test', or $others"
  grep -qx 'ID=debian' /etc/os-release || die "the server can be installed on Debian only" "$others"
  command -v go >/dev/null || die "go is not in PATH" "install Go 1.26, or $others"
}

# The machine's own mirrors, in the order of its apt sources; both formats of sources are apt's business.
mirror() {
  local uri
  for uri in $(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | awk '!seen[$0]++'); do
    wget -q --spider --timeout=20 --tries=2 "${uri%/}/dists/forky/InRelease" && { echo "$uri"; return; }
  done
  echo "no apt source of this machine has Debian forky" >&2
  return 1
}

bootstrap() {
  if ! command -v debootstrap >/dev/null; then
    apt-get -qq update
    DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=120 install -y --no-install-recommends debootstrap wget
  fi
  rm -rf --one-file-system "$root"
  private debootstrap --variant=minbase forky "$root" "$(mirror)" sid # forky has no script of that name in Debian 12
}

install_postgresql() {
  printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d" # no service starts while packages are unpacked
  chmod +x "$root/usr/sbin/policy-rc.d"
  echo force-unsafe-io >"$root/etc/dpkg/dpkg.cfg.d/countersign"
  enter apt-get -qq install -y --no-install-recommends postgresql-18-documentdb locales-all
  enter apt-get -qq clean
}

build_ferretdb() {
  GOWORK=off GOFLAGS=-mod=mod GOBIN=$cache/bin nice go install "github.com/FerretDB/FerretDB/v2/cmd/ferretdb@$ferretdb_version"
}

# The download of the one and the compilation of the other go side by side.
install_all() {
  build_ferretdb &
  local build=$!
  bootstrap
  install_postgresql
  wait "$build"
}

installed() { [[ $(cat "$cache/installed" 2>/dev/null) == "$recipe" ]]; }

install() {
  may_install
  say "installing PostgreSQL with DocumentDB and FerretDB into $cache (once per machine, two to four minutes)"
  rm -f "$cache/installed"
  # A child shell, because errexit is off in whatever stands left of ||.
  bash -c "set -euo pipefail; cache='$cache' log='$log'; source '$here/mongodb.d/install.sh'; install_all" >"$log" 2>&1 9>&- ||
    die "installation failed: $(tail -n 3 "$log" | tr '\n' ' ')" "read $log, look at the network, try again; or $others"
  echo "$recipe" >"$cache/installed"
  say "installed in $SECONDS s"
}
