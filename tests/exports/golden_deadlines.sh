#!/usr/bin/env bash
# Writes golden_deadlines.csv with GNU date: for each day of 2027 and of 2028, a leap year, the day that is one month,
# three months and a year later. Where that month has no such day, it is the month's last.
set -euo pipefail

later() { # day, months
  local first last day
  first=$(date -u -d "${1%-*}-01 +$2 months" +%F)
  last=$(date -u -d "$first +1 month -1 day" +%d)
  day=${1##*-}
  ((10#$day > 10#$last)) && day=$last
  echo "${first%-*}-$day"
}

echo "from,P1M,P3M,P1Y"
from=2027-01-01
while [[ $from < 2029-01-01 ]]; do
  echo "$from,$(later "$from" 1),$(later "$from" 3),$(later "$from" 12)"
  from=$(date -u -d "$from +1 day" +%F)
done
