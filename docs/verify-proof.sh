#!/usr/bin/env bash
# Checks a tlog-proof (c2sp.org/tlog-proof) against a tlog-policy (c2sp.org/tlog-policy) with OpenSSL 3 and the usual small tools; nothing
# of this project runs. Usage: bash docs/verify-proof.sh order.tlog-proof policy.txt
set -euo pipefail
proof=$1 policy=$2
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT

sha() { openssl dgst -sha256 -r | cut -c1-64; }
bytes() { printf "$(sed 's/../\\x&/g')"; } # from hexadecimal
hex() { base64 -d | od -An -v -tx1 | tr -d ' \n'; }

# True when the head carries a line of this key that holds. The id is that of the name and the key; a witness signs its time too.
signed_by() {
  local name=${1%%+*} id=${1#*+} key line time
  key=${id#*+} id=${id%%+*}
  line=$(grep -F "— $name " "$work/head" | cut -d' ' -f3 | while read -r one; do
    [ "$(echo "$one" | hex | cut -c1-8)" = "$id" ] && echo "$one" && break
  done) || return 1
  (printf '\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00'; echo "$key" | base64 -d | tail -c 32) > "$work/key"
  echo "$line" | base64 -d | tail -c 64 > "$work/sig"
  cp "$work/text" "$work/signed"
  if [ "$(echo "$key" | hex | cut -c1-2)" = 04 ]; then
    time=$((16#$(echo "$line" | hex | cut -c9-24)))
    (printf 'cosignature/v1\ntime %s\n' "$time"; cat "$work/text") > "$work/signed"
  fi
  openssl pkeyutl -verify -rawin -pubin -keyform DER -inkey "$work/key" -in "$work/signed" \
    -sigfile "$work/sig" > "$work/openssl" 2>&1
}

[ "$(head -1 "$proof")" = 'c2sp.org/tlog-proof@v1' ] || { echo 'not a tlog-proof'; exit 1; }
sed '1,/^$/d' "$proof" > "$work/head"
sed '/^$/q' "$work/head" | sed '$d' > "$work/text"

log=$(sed -n 's/^log \([^ ]*\).*/\1/p' "$policy" | head -1)
[ "$(head -1 "$work/text")" = "${log%%+*}" ] || { echo "not a log of the policy"; exit 1; }
signed_by "$log" || { echo "the log ${log%%+*} did not sign this head"; exit 1; }
echo "head of $(sed -n 2p "$work/text") entries, signed by ${log%%+*}"

have=0
for witness in $(sed -n 's/^witness [^ ]* \([^ ]*\).*/\1/p' "$policy"); do
  signed_by "$witness" || continue
  have=$((have + 1))
  echo "cosigned by ${witness%%+*}"
done
need=$(sed -n 's/^group [^ ]* \([0-9]*\) .*/\1/p' "$policy")
[ "$have" -ge "${need:-0}" ] || { echo "cosigned by $have, needed are $need"; exit 1; }

# RFC 9162, section 2.1.3.2: from the entry up to the root.
at=$(sed -n 's/^index //p' "$proof")
last=$(($(sed -n 2p "$work/text") - 1))
[ "$at" -le "$last" ] || { echo 'the index is beyond the head'; exit 1; }
hash=$( (printf '\0'; sed -n 's/^extra //p' "$proof" | base64 -d) | sha)
for node in $(sed '/^$/,$d; 1,/^index /d' "$proof"); do
  node=$(echo "$node" | hex)
  [ "$last" != 0 ] || { echo 'the path is too long'; exit 1; }
  if [ $((at % 2)) = 1 ] || [ "$at" = "$last" ]; then
    hash=$(echo "01$node$hash" | bytes | sha)
    while [ $((at % 2)) = 0 ] && [ "$at" != 0 ]; do at=$((at / 2)) last=$((last / 2)); done
  else
    hash=$(echo "01$hash$node" | bytes | sha)
  fi
  at=$((at / 2)) last=$((last / 2))
done
[ "$last" = 0 ] && [ "$hash" = "$(sed -n 3p "$work/text" | hex)" ] || { echo 'the path does not lead to the root'; exit 1; }
echo "entry $(sed -n 's/^index //p' "$proof") is in that log:"
# Its payload, base64url without padding; GNU base64 gives what it has and complains.
(sed -n 's/^extra //p' "$proof" | base64 -d | cut -d. -f2 | tr '_-' '/+' | base64 -d 2> /dev/null || true)
echo
