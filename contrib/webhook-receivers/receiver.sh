#!/bin/sh
# Receives one of openloom's webhooks: a request on standard input, the answer on standard output. Checks it, and runs
# your command for each event, once.
#
# usage: WEBHOOK_SECRET_FILE=FILE STATE=DIRECTORY receiver.sh COMMAND [ARGUMENT...]
#
# The command gets the body on its standard input; if it fails, the webhook is refused and comes again. A shell can't
# listen, so something does that for it:
#   socat TCP-LISTEN:9000,bind=127.0.0.1,fork,reuseaddr EXEC:"./receiver.sh ./on-event.sh"
#   systemd-socket-activate --inetd -a -l 127.0.0.1:9000 ./receiver.sh ./on-event.sh
# Needs nothing but POSIX sh and coreutils. The secret is never an argument of a program, where ps would show it.
set -u
longest=1048576 # bytes of a body; openloom sends at most 20,000
tolerance=300   # seconds that an attempt may be old, as Standard Webhooks says

answer() {
    printf 'HTTP/1.1 %s\r\nContent-Type: text/plain\r\nContent-Length: %s\r\nConnection: close\r\n\r\n%s\n' \
        "$1" "$((${#2} + 1))" "$2"
    exit 0
}

# The bytes of standard input in hexadecimal, and back.
hex() { od -A n -v -t x1 | tr -d ' \n'; }
bytes() {
    rest=$1
    while [ -n "$rest" ]; do
        tail=${rest#??}
        # shellcheck disable=SC2059
        printf "\\$(printf %03o "0x${rest%"$tail"}")"
        rest=$tail
    done
}

# HMAC-SHA-256 (RFC 2104) of the file $2 under the key $1, both results in hexadecimal.
padded() { # the key $1, filled up to 64 bytes, each XORed with $2
    rest=$1
    count=0
    while [ "$count" -lt 64 ]; do
        tail=${rest#??}
        byte=${rest%"$tail"}
        # shellcheck disable=SC2059
        printf "\\$(printf %03o $((0x${byte:-0} ^ $2)))"
        rest=$tail
        count=$((count + 1))
    done
}
hmac() {
    key=$1
    [ "${#key}" -le 128 ] || key=$(bytes "$key" | sha256sum | cut -c 1-64)
    inner=$({ padded "$key" 54; cat "$2"; } | sha256sum | cut -c 1-64)
    { padded "$key" 92; bytes "$inner"; } | sha256sum | cut -c 1-64
}

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

IFS= read -r line || exit 0
case $line in
POST\ *) ;;
*) answer '405 Method Not Allowed' 'only POST' ;;
esac
id='' stamp='' signatures='' length=''
count=0
while IFS= read -r line; do
    line=${line%"$(printf '\r')"}
    [ -n "$line" ] || break
    count=$((count + 1))
    [ "$count" -le 100 ] || answer '431 Too Large' 'too many headers'
    value=${line#*:}
    value=${value# }
    case $(printf %s "${line%%:*}" | tr '[:upper:]' '[:lower:]') in
    webhook-id) id=$value ;;
    webhook-timestamp) stamp=$value ;;
    webhook-signature) signatures=$value ;;
    content-length) length=$value ;;
    esac
done
case $length in
'' | *[!0-9]* | ????????*) answer '413 Too Large' 'too large, or no Content-Length' ;;
esac
[ "$length" -le "$longest" ] || answer '413 Too Large' 'too large'
case $id in '' | *[!A-Za-z0-9_-]*) answer '401 Unauthorized' 'webhook-id is missing' ;; esac
case $stamp in '' | *[!0-9]* | ????????????*) answer '401 Unauthorized' 'webhook-timestamp is missing' ;; esac
age=$(($(date +%s) - stamp))
[ "${age#-}" -le "$tolerance" ] || answer '401 Unauthorized' 'it is too old, or from the future'

# Byte by byte: a program that reads ahead would find less than was promised, as read took the head byte by byte.
dd bs=1 count="$length" 2>/dev/null >"$work/body"
{ printf '%s.%s.' "$id" "$stamp"; cat "$work/body"; } >"$work/signed"

secret=$(cat "$WEBHOOK_SECRET_FILE") || answer '500 Internal Server Error' 'no secret'
case $secret in
whsec_*) key=$(printf %s "${secret#whsec_}" | base64 -d | hex) ;;
*) key=$(printf %s "$secret" | hex) ;;
esac
expected=$(bytes "$(hmac "$key" "$work/signed")" | base64)
fits=no
for signature in $signatures; do
    [ "$signature" != "v1,$expected" ] || fits=yes
done
[ "$fits" = yes ] || answer '401 Unauthorized' 'no signature fits'

mkdir -p "$STATE"
[ ! -e "$STATE/$id" ] || answer '200 OK' 'taken before'
"$@" <"$work/body" >&2 || answer '500 Internal Server Error' 'the command failed'
: >"$STATE/$id"
answer '200 OK' 'taken'
