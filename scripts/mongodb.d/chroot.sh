# shellcheck shell=bash
# Runs commands inside the installed system at $root. Sourced by mongodb.d/ferretdb.sh and mongodb.d/install.

# Mounts live in a namespace of their own and end with its processes: nothing on the machine sees them, so that
# removing the cache folder can never reach the machine's /dev.
private() { unshare --mount --propagation private "$@"; }

enter() { # enter COMMAND...
  # shellcheck disable=SC2016
  local inside='mount -t proc proc "$0/proc"; mount --bind /dev "$0/dev"; exec chroot "$0" "$@"'
  # shellcheck disable=SC2154
  private bash -ec "$inside" "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/ LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"
}
