#!/usr/bin/env bash
# Prints how the subject of every token begins that GitHub gives to a repository's jobs. It needs the GitHub CLI.
#
#   infra/scripts/github-subject.sh contoso/personal-data-export
#
# A federated credential must match the subject exactly. Repositories made or renamed since 15 July 2026 have numbers in
# it, which no other repository ever gets: repo:contoso@1/personal-data-export@2. Older ones have their name alone, until
# they opt in.

set -euo pipefail

folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=infra/scripts/lib.sh
source "$folder/lib.sh"
show_help "$@"

repository=${1:?owner/name}
name=$(gh api "repos/$repository" --jq .full_name) || fail \
  "GitHub shows no repository $repository. Sign in with gh auth login as somebody who may read it, or set SUBJECT_PREFIX."

setting=repos/$name/actions/oidc/customization/sub
if ! said=$(gh api "$setting" --jq '[.use_default, .sub_claim_prefix // ""] | @tsv' 2>&1); then
  # GitHub Enterprise Server has no such setting.
  [[ $said == *'HTTP 404'* ]] || fail "$said"
  said=true
fi
IFS=$'\t' read -r default prefix <<< "$said"
[[ $default == true ]] || fail \
  "$name has a template of its own for subjects (gh api $setting), so set ISSUER, DEPLOY_SUBJECT, PLAN_SUBJECT and" \
  'IDENTITY_SUBJECT instead of REPOSITORY.'
prefix=${prefix:-repo:$name}
[[ $prefix =~ ^repo:[A-Za-z0-9._-]+(@[0-9]+)?/[A-Za-z0-9._-]+(@[0-9]+)?$ ]] || fail "GitHub gave a subject that is none: $prefix"

if [[ $prefix == *@*/*@* ]]; then
  echo "Subjects of $name have its numbers: $prefix:…" >&2
else
  printf '%s\n' "Subjects of $name have its name alone: $prefix:…" \
    'If the repository or its owner is renamed or deleted, whoever takes the name next gets such tokens. If GitHub offers' \
    'it (GitHub Enterprise Server does not), change that and run this again:' \
    "  gh api --method PUT $setting -F use_default=true -F use_immutable_subject=true" >&2
fi
echo "$prefix"
