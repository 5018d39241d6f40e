#!/bin/sh
# runc, without one capability that Docker asks for in `run --privileged` and in `exec` into such a container. Where the
# machine's bounding set lacks it, runc stops with "unable to apply caps: operation not permitted".
bundle=. process= previous=
for argument in "$@"; do
  case "$previous" in
    --bundle | -b) bundle=$argument ;;
    --process | -p) process=$argument ;;
  esac
  case "$argument" in
    --bundle=*) bundle=${argument#*=} ;;
    --process=*) process=${argument#*=} ;;
  esac
  previous=$argument
done
strip() {
  jq -c "if $2 then $2 |= map_values(map(select(. != \"CAP_SYS_RESOURCE\"))) else . end" "$1" >"$1.new" &&
    cat "$1.new" >"$1"
  rm -f "$1.new"
}
case " $* " in
  *" create "* | *" run "*) [ -f "$bundle/config.json" ] && strip "$bundle/config.json" .process.capabilities ;;
  *" exec "*) [ -n "$process" ] && strip "$process" .capabilities ;;
esac
exec "$(command -v runc || echo /usr/sbin/runc)" "$@"
