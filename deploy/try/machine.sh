# shellcheck shell=bash
# A Debian in a machine of its own, to try things in; sourced by the scripts here, in the root of the repository. It needs root, Debian's packages within reach,
# a finished release build, dpkg-dev, debootstrap, and user-mode-linux: a Linux that is a process of this machine, needs nothing of its kernel and has one of its own,
# with systemd as its first process. TIDEWIRE_TRY_WITH=qemu takes qemu-system-x86 instead, which is slow without /dev/kvm. Nothing of this machine is
# changed; all files are in TIDEWIRE_TRY (/var/tmp/tidewire-try), where the Debian stays for the next time.
folder=${TIDEWIRE_TRY:-/var/tmp/tidewire-try}
with=${TIDEWIRE_TRY_WITH:-uml}
build=build/release

give_up() {
  echo "$*" >&2
  exit 2
}

needs() { command -v "$1" >/dev/null || give_up "$1 is missing: apt install $2"; }

check_needs() {
  ((EUID == 0)) || give_up "not root"
  case $with in
    uml) needs linux.uml user-mode-linux ;;
    qemu) needs qemu-system-x86_64 qemu-system-x86 ;;
    *) give_up "TIDEWIRE_TRY_WITH is uml or qemu" ;;
  esac
  needs debootstrap debootstrap
  needs dpkg-shlibdeps dpkg-dev
  [[ -x $build/tools/tidewire && -x $build/tools/tidectl ]] || give_up "there is no build: ./run build"
  mkdir -p "$folder"
}

# The package, and the same as a later version.
make_packages() {
  local unpacked=$folder/later
  rm -rf "$folder/packages" "$unpacked"
  (cd "$build" && cpack -G DEB -B "$folder/packages" -D CPACK_DEBIAN_COMPRESSION_TYPE=gzip >/dev/null)
  mv "$folder"/packages/tidewire_*.deb "$folder/packages/first.deb"
  dpkg-deb -R "$folder/packages/first.deb" "$unpacked"
  sed -i 's/^Version: .*/Version: 9.9.9/' "$unpacked/DEBIAN/control"
  dpkg-deb -Zgzip --root-owner-group -b "$unpacked" "$folder/packages/later.deb" >/dev/null
  rm -r "$unpacked"
}

# A Debian of the release on which the package was made, once.
make_debian() {
  local release
  release=$(. /etc/os-release && echo "$VERSION_CODENAME")
  if [[ -e $folder/debian/.made ]]; then return; fi
  rm -rf "$folder/debian"
  echo "Making a Debian ($release) in $folder/debian"
  debootstrap --include=systemd-sysv,dbus,udev,procps,curl,openssl,ca-certificates,linux-image-cloud-amd64 "$release" "$folder/debian" \
    >"$folder/debootstrap.log" 2>&1 || give_up "see $folder/debootstrap.log"
  touch "$folder/debian/.made"
}

# make_root PROGRAM: a copy of it that runs inside/PROGRAM at each boot, with what the package depends on where apt finds it: inside there is no network.
make_root() {
  local root=$folder/root
  rm -rf "$root"
  cp -a "$folder/debian" "$root"
  install -d "$root/try"
  cp "$folder"/packages/*.deb deploy/try/inside/* deploy/sysctl/99-tidewire.conf "$root/try/"
  mv "$root/try/$1" "$root/try/run"
  cp /etc/resolv.conf "$root/etc/resolv.conf"
  chroot "$root" apt-get install -qq -y --download-only /try/first.deb >"$folder/download.log" 2>&1 || give_up "see $folder/download.log"
  install -m 644 deploy/try/inside/try.service "$root/etc/systemd/system/"
  ln -s ../try.service "$root/etc/systemd/system/multi-user.target.wants/try.service"
  ln -s /dev/ttyS1 "$root/try/output"
  echo tried >"$root/etc/hostname"
  echo "127.0.0.1 localhost tried" >"$root/etc/hosts"
}

# The console is the first serial port, and /try/output the second one.
start_uml() {
  exec setsid linux.uml "mem=$1" "ubd0=$folder/root.img" root=/dev/ubda rw con=null con0=null,fd:1 ssl=null ssl1=null,fd:3 \
    >"$folder/console.log" 2>&1 3>"$folder/output" </dev/null
}

start_qemu() {
  local root=$folder/root accelerator=tcg
  # Some virtual machines have a /dev/kvm and processors that cannot do it.
  if [[ -w /dev/kvm ]] && grep -Eqw 'vmx|svm' /proc/cpuinfo; then accelerator=kvm; fi
  exec setsid qemu-system-x86_64 -accel "$accelerator" -cpu max -m "$1" -smp 2 -nic none -display none -monitor none \
    -drive "file=$folder/root.img,format=raw,if=virtio" -kernel "$root"/boot/vmlinuz-* -initrd "$root"/boot/initrd.img-* \
    -append "root=/dev/vda rw console=ttyS0" -serial "file:$folder/console.log" -serial "file:$folder/output"
}

# boot MEMORY MINUTES: shows what is said inside, and returns when the machine is switched off. Fails unless all checks held.
boot() {
  local image=$folder/root.img n
  rm -f "$image"
  truncate -s 4G "$image"
  mke2fs -q -t ext4 -d "$folder/root" "$image"
  : >"$folder/output"
  echo "Booting it with $with; its console is in $folder/console.log"
  "start_$with" "$1" &
  machine=$!
  tail -n +1 -f "$folder/output" &
  shown=$!
  trap 'kill $shown; kill -KILL -- "-$machine" 2>/dev/null' EXIT
  for ((n = 0; n < 60 * $2; n++)); do
    kill -0 $machine 2>/dev/null || break
    sleep 1
  done
  if kill -0 $machine 2>/dev/null; then give_up "not done after $2 minutes; see $folder/console.log"; fi
  grep -Eq '^[0-9]+ passed, 0 failed\s*$' "$folder/output"
}
