# shellcheck shell=bash
# Runs commands inside the installed system at $root. Sourced by mongodb.d/ferretdb.sh and mongodb.d/install.

# The one mount lives in a namespace of its own and ends with its processes. It is /proc and not /dev, of which
# debootstrap makes enough: whoever removes the cache folder must never reach the machine's devices.
private() {
  local propagation=private
  unshare --mount true 2>/dev/null || propagation=unchanged # in a chroot / is no mount that could be made private
  unshare --mount --propagation "$propagation" "$@"
}

enter() { # enter COMMAND...
  # shellcheck disable=SC2016
  local inside='mount -t proc proc "$0/proc"; exec chroot "$0" "$@"'
  # shellcheck disable=SC2154
  private bash -ec "$inside" "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/ LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"
}
