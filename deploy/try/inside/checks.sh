# shellcheck shell=bash
# What the scripts of deploy/try say and count; sourced. Each check is a line in the file "counted" of the current folder.

# check WHAT COMMAND…: it must succeed.
check() {
  local what=$1 told
  shift
  if told=$("$@" 2>&1); then
    echo "ok      $what"
    echo ok >>counted
  else
    echo "NOT OK  $what"
    # shellcheck disable=SC2001
    sed 's/^/        | /' <<<"$told"
    echo not >>counted
  fi
}

refused() { ! "$@"; }

# until COMMAND…: it succeeds within a minute.
until_it() {
  local end=$((SECONDS + 60))
  while ((SECONDS < end)); do
    if "$@" >/dev/null 2>&1; then return 0; fi
    sleep 0.2
  done
  echo "never within a minute: $*"
  "$@"
}

# says PATTERN TEXT
says() { grep -Eq "$1" <<<"$2" || { echo "no '$1' in: $2"; false; }; }

base64url() { base64 -w 0 | tr '+/' '-_' | tr -d '='; }

# token SECRET: of a client who may read and publish, for ten minutes.
token() {
  local text claims
  claims=$(printf '{"sub":"try","scope":"read publish","exp":%d}' $(($(date +%s) + 600)))
  text=$(base64url <<<'{"alg":"HS256"}').$(base64url <<<"$claims")
  printf '%s.%s' "$text" "$(printf '%s' "$text" | openssl dgst -sha256 -hmac "$1" -binary | base64url)"
}

# Prints how many checks held; fails unless all did.
verdict() {
  local passed failed
  passed=$(grep -c '^ok' counted || true)
  failed=$(grep -c '^not' counted || true)
  echo "$passed passed, $failed failed"
  ((passed > 0 && failed == 0))
}
