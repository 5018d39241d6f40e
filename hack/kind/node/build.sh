#!/usr/bin/env bash
# Builds a kind node image from Debian packages and Go modules; nothing is pulled.
# Usage: build.sh WORK IMAGE PROGRAMS KIND
#   WORK      a folder for what is built; what is there already is not built again
#   IMAGE     the name of the image
#   PROGRAMS  the folder with kube-apiserver, kube-controller-manager, kubectl and etcd (hack/controlplane)
#   KIND      the version of kind whose files for a node are taken
# Needs root, Go 1.26, docker (DOCKER_HOST), mmdebstrap, jq, and the containerd of Debian bookworm.
set -euo pipefail
WORK=$1 IMAGE=$2 PROGRAMS=$3 KIND=$4
HERE=$(cd "$(dirname "$0")" && pwd)
COREDNS=v1.14.2
BIN=$WORK/bin ROOT=$WORK/root
K8S=$(sed -nE 's#^(require)?[[:space:]]*k8s.io/kubernetes (v[^ ]+).*#\2#p' "$HERE/../../controlplane/go.mod")
# The flags of hack/controlplane, so that what it compiled is not compiled again.
export CGO_ENABLED=0 GOFLAGS="-mod=mod -trimpath -buildvcs=false" GOTOOLCHAIN=local GOWORK=off
mkdir -p "$BIN" "$WORK/logs"
say() { echo "  [$(date +%T)] $*"; }
build() { # build NAME FOLDER PACKAGE [LDFLAGS]
  [ -x "$BIN/$1" ] && return
  local started=$SECONDS
  (cd "$2" && go build -ldflags "-s -w ${4:-}" -o "$BIN/$1" "$3")
  say "$1 in $((SECONDS - started)) s"
}

# --- programs -------------------------------------------------------------------------------------------------
for name in kube-apiserver kube-controller-manager kubectl etcd; do [ -x "$BIN/$name" ] || cp "$PROGRAMS/$name" "$BIN/"; done
mkdir -p "$WORK/kubernetes"
cp "$HERE"/../../controlplane/go.{mod,sum} "$WORK/kubernetes/"
version=k8s.io/component-base/version
minor=${K8S#v1.} minor=${minor%%.*}
for name in kubelet kubeadm kube-scheduler kube-proxy; do
  build $name "$WORK/kubernetes" k8s.io/kubernetes/cmd/$name \
    "-X $version.gitVersion=$K8S -X $version.gitMajor=1 -X $version.gitMinor=$minor -X $version.gitTreeState=clean"
done
# CoreDNS with the plugins of kubeadm's Corefile alone, over the same versions of what it shares with Kubernetes.
if [ ! -x "$BIN/coredns" ]; then
  mkdir -p "$WORK/coredns"
  cp "$HERE"/../../controlplane/go.{mod,sum} "$HERE/coredns/main.go" "$WORK/coredns/"
  (cd "$WORK/coredns" && go get github.com/coredns/coredns@$COREDNS)
  build coredns "$WORK/coredns" .
fi
build pause "$HERE/pause" .
if [ ! -f "$WORK/kind/go.mod" ]; then
  mkdir -p "$WORK/kind"
  (cd "$WORK/kind" && go mod init mlregistry.io/hack/kind/kind 2>/dev/null)
fi
(cd "$WORK/kind" && go get "sigs.k8s.io/kind@$KIND")
files=$(cd "$WORK/kind" && go list -m -f '{{.Dir}}' sigs.k8s.io/kind)/images/base/files

# --- a Debian root with systemd 252, which boots on cgroup v1, and its containerd 1.6 --------------------------
sources=/etc/apt/sources.list.d/debian.sources
[ -f "$WORK/root.tar" ] || {
  mmdebstrap --quiet --variant=minbase --format=tar \
    --include=systemd,dbus,conntrack,iptables,nftables,iproute2,ethtool,mount,kmod,runc,containerd,containernetworking-plugins,ca-certificates,curl,jq,procps,hostname,socat \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/doc/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' bookworm "$WORK/root.unfinished.tar" $([ -f $sources ] && echo $sources)
  mv "$WORK/root.unfinished.tar" "$WORK/root.tar"
}
say "the node's root"
rm -rf "$ROOT" && mkdir -p "$ROOT" && tar -C "$ROOT" -xf "$WORK/root.tar"
mkdir -p "$ROOT"/{kind,opt/cni/bin,etc/cni/net.d,etc/kubernetes/manifests}
# kind's own files (entry point, units, containerd's configuration) come with its Go module.
cp -r --no-preserve=mode,ownership "$files/etc/." "$ROOT/etc/"
cp -r --no-preserve=mode,ownership "$files/kind/." "$ROOT/kind/"
install -m 755 "$files/usr/local/bin/entrypoint" "$ROOT/usr/local/bin/"
chmod 755 "$ROOT"/kind/bin/*
rm -f "$ROOT"/lib/systemd/system/{sysinit.target.wants/systemd-tmpfiles-setup.service,multi-user.target.wants/*,local-fs.target.wants/*} \
  "$ROOT"/lib/systemd/system/{sockets.target.wants/*{udev,initctl}*,basic.target.wants/*} "$ROOT"/etc/systemd/system/*.wants/*
# kind's unit is the one that counts; Debian's looks for containerd elsewhere.
rm -f "$ROOT/lib/systemd/system/containerd.service"
for program in containerd containerd-shim-runc-v2 ctr; do ln -sf "/usr/bin/$program" "$ROOT/usr/local/bin/$program"; done
echo ReadKMsg=no >>"$ROOT/etc/systemd/journald.conf"
ln -sf /usr/lib/systemd/systemd "$ROOT/sbin/init"
chroot "$ROOT" systemctl -q enable kubelet containerd undo-mount-hacks
chroot "$ROOT" systemctl -q mask systemd-binfmt
install -m 755 "$BIN"/{kubelet,kubeadm,kubectl} "$ROOT/usr/bin/"
cp "$ROOT"/usr/lib/cni/{ptp,loopback,host-local,portmap} "$ROOT/opt/cni/bin/"
echo -n "$K8S" >"$ROOT/kind/version"
chroot "$ROOT" ctr oci spec | jq '.hooks.createContainer += [{"path":"/kind/bin/mount-product-files.sh"}] | del(.process.rlimits)' \
  >"$ROOT/etc/containerd/cri-base.json"
cp "$HERE/10-ptp.conflist" "$ROOT/etc/cni/net.d/"

# --- the control plane's images, in the store of the node's containerd ------------------------------------------
say "images"
IMAGES=$WORK/images
rm -rf "$IMAGES" && mkdir -p "$IMAGES"
names=()
import() { # import NAME FOLDER [CHANGE]: an image of one layer
  tar -C "$2" --owner=0 --group=0 -c . |
    docker import --change 'ENV PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' ${3:+--change "$3"} - "$1" >/dev/null
  names+=("$1")
}
for name in $("$BIN/kubeadm" config images list --kubernetes-version "$K8S"); do
  program=${name##*/} program=${program%%:*} change=
  [ "$program" != pause ] || continue
  mkdir -p "$IMAGES/$program/usr/local/bin"
  cp "$BIN/$program" "$IMAGES/$program/usr/local/bin/"
  if [ "$program" = kube-proxy ]; then # which drives these tools; without their libraries it runs and does nothing
    mkdir -p "$IMAGES/$program"/{usr/sbin,run,tmp,usr/lib/x86_64-linux-gnu}
    for tool in xtables-nft-multi nft conntrack; do
      cp -L "$ROOT$(chroot "$ROOT" sh -c "command -v $tool")" "$IMAGES/$program/usr/sbin/"
    done
    chroot "$ROOT" sh -c 'ldd $(command -v xtables-nft-multi nft conntrack) /usr/lib/x86_64-linux-gnu/xtables/*.so' |
      grep -o '/[^ ]*\.so[^ ]* (' | tr -d ' (' | sort -u | while read -r library; do
      mkdir -p "$IMAGES/$program$(dirname "$library")" && cp -L "$ROOT$library" "$IMAGES/$program$library"
    done
    cp -r "$ROOT/usr/lib/x86_64-linux-gnu/xtables" "$IMAGES/$program/usr/lib/x86_64-linux-gnu/"
    for tool in iptables ip6tables; do
      for end in "" -save -restore; do ln -s xtables-nft-multi "$IMAGES/$program/usr/sbin/$tool$end"; done
    done
  fi
  [ "$program" != coredns ] || change='ENTRYPOINT ["coredns"]'
  import "$name" "$IMAGES/$program" "$change"
done
mkdir -p "$IMAGES/pause" && cp "$BIN/pause" "$IMAGES/pause/"
import "$(sed -n 's/.*sandbox_image = "\(.*\)"/\1/p' "$ROOT/etc/containerd/config.toml")" "$IMAGES/pause" 'ENTRYPOINT ["/pause"]'
docker save -o "$IMAGES/images.tar" "${names[@]}"
# The node's own containerd on its own store, just to fill it.
socket=$IMAGES/containerd.sock
"$ROOT/usr/bin/containerd" --root "$ROOT/var/lib/containerd" --state "$IMAGES/state" --address "$socket" \
  --config /dev/null >"$WORK/logs/containerd.log" 2>&1 &
containerd=$!
for _ in $(seq 100); do ctr -a "$socket" version >/dev/null 2>&1 && break; sleep .2; done
"$ROOT/usr/bin/ctr" -a "$socket" -n k8s.io images import --no-unpack "$IMAGES/images.tar" >/dev/null
kill $containerd
wait $containerd || true

# --- the node image ---------------------------------------------------------------------------------------------
rm -rf "$ROOT"/var/cache/apt/* "$ROOT"/var/lib/apt/lists/*
tar -C "$ROOT" -c . |
  docker import --change 'ENV container=docker' --change 'ENTRYPOINT ["/usr/local/bin/entrypoint","/sbin/init"]' - "$IMAGE" >/dev/null
rm -rf "$ROOT" "$IMAGES"
say "$IMAGE"
