#!/usr/bin/env bash
# Checks that the console is there, and that people can sign in at its address:
#
#   check-console.sh CONSOLE_URL CONSOLE_ADDRESSES
#
# The first is an output of the app stage, the second of the identity stage: where the console is registered, separated
# by commas; empty if nobody knows.

set -euo pipefail

folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=infra/scripts/lib.sh
source "$folder/lib.sh"
show_help "$@"

url=${1:?the address of the console}
addresses=${2:-}

# The sign-in service sends people back to addresses that it knows.
shopt -s nocasematch
if [[ -n $addresses && ,$addresses, != *,"$url",* ]]; then
  fail "Nobody can sign in at $url: the console is registered at ${addresses//,/ and }." \
    'Set PUBLIC_BASE_URL for the identity stage too, as for the app stage, and run the identity stage again.'
fi

# The page, a page of one of its views, and what it reads first. The second shows that a whole folder needs no token.
for path in '' /new /config.json; do
  status=$(curl --silent --output /dev/null --write-out '%{http_code}' --max-time 60 --retry 3 "$url$path") || true
  case $status in
    200) ;;
    401) fail "App Service authentication asks for a token at $url$path." \
      'Deploy the app stage again, and look at its excluded paths: az webapp auth show' ;;
    403) fail "The app refuses this machine at $url$path: its network is not in ALLOWED_NETWORKS." ;;
    404) fail "There is no $url$path. The app has no CONSOLE_CLIENT_ID, or its package was built without the console." ;;
    *) fail "$url$path answered ${status:-nothing}." ;;
  esac
done
echo "$url"
