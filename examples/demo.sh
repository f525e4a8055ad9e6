#!/usr/bin/env bash
# The life of a template in one minute, and what arrives of it, on the built-in emulator: no account,
# no network.
#
#   examples/demo.sh [COMMAND...]      COMMAND runs smsops; default: smsops
#
# Works on a copy of examples/quickstart and examples/delivery in a temporary directory. Stops with an
# error as soon as a command does not exit as it should.
set -euo pipefail

quickstart=$(cd "$(dirname "${BASH_SOURCE[0]}")/quickstart" && pwd)
smsops=("${@:-smsops}")
unset SMSOPS_ENDPOINT SMSOPS_LEDGER SMSOPS_LEDGER_KEY
export PYTHONUTF8=1

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -R "$quickstart/." "$work"
rm -rf "$work/.smsops"
cd "$work"

say() {
    printf '\n'
    printf '# %s\n' "$@"
}

# run EXPECTED-EXIT-CODE ARGUMENTS...: show a command, run it, check how it ends.
run() {
    local expected=$1 actual=0
    shift
    printf '\n$ smsops %s\n' "$*"
    "${smsops[@]}" "$@" || actual=$?
    if [ "$actual" -ne 0 ]; then printf '(exit %d)\n' "$actual"; fi
    if [ "$actual" -ne "$expected" ]; then
        printf 'demo: this should have exited %d\n' "$expected" >&2
        exit 1
    fi
}

# What a person at Tencent Cloud does, an hour or two later.
approve_everything() {
    local kind id state rest
    while read -r kind id state rest; do
        if [ "$state" = in_review ]; then run 0 emulator review "$kind" "$id" approved; fi
    done < <("${smsops[@]}" emulator list)
}

say 'A sign and five templates, as files. Check them: offline, without credentials.'
run 0 validate

say 'What would apply do? Exit 2: there are differences.'
run 2 --emulator plan --detailed-exitcode

say 'Do it. Each API action keeps to its own rate limit.'
run 0 --emulator apply --auto-approve

say 'Everything is in review now; nothing can be sent yet, so a deploy gate says: pending, exit 8.'
run 0 --emulator status
run 8 --emulator wait --timeout 0s

say 'The emulator lets us be the reviewer.'
approve_everything
run 0 --emulator plan --detailed-exitcode

say 'Change the text of an approved template. The API refuses to modify it, so smsops replaces it:' \
    'a successor goes to review while the current object keeps working.'
cp templates/account.yaml "$work/.before"
sed 's/请勿泄露/请勿告诉他人/' "$work/.before" > templates/account.yaml
diff "$work/.before" templates/account.yaml || true
run 2 --emulator plan --detailed-exitcode -o change.plan

say 'Apply exactly that plan; it would be refused if anything had moved since.'
run 0 --emulator apply change.plan
run 0 --emulator output --format dotenv

say 'The id above is still the old one. After the review, the next apply promotes the successor.'
approve_everything
run 0 --emulator apply --auto-approve

say 'The new id is out. The superseded object is deleted 24 hours later (retireAfter).'
run 0 --emulator output --format dotenv
run 0 --emulator plan --detailed-exitcode

say 'Did anybody change anything outside smsops?'
run 0 --emulator drift

say 'Approved is not delivered: carriers filter. So declare an application and two probes: test' \
    'messages to phones of two carriers.'
cp -R "$quickstart/../delivery/." "$work"
cat probes/login-code.yaml
run 0 validate

say "The emulator plays what becomes of a message by the number's last four digits: with 0002 the" \
    'carrier does not know the sign. A real probe costs money, so it shows what it would send, and' \
    'asks. Exit 10: one did not arrive.'
export SMSOPS_PROBE_PHONE=+8613800001234 SMSOPS_PROBE_PHONE_UNICOM=+8613100000002
run 0 --emulator probe --dry-run
run 10 --emulator probe --auto-approve
run 0 --emulator receipts
run 0 explain NOREG

say 'Whether a sign arrives is part of the nightly report: one finding for it, with its probes.'
run 2 --emulator drift

say "That was the demo. README.md continues with a project of your own."
