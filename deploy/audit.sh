#!/bin/sh
# Look up known vulnerabilities of what constraints.txt pins. A finding fails; where the advisory service cannot be reached,
# or knows none of the packages, that is said and the audit is left out. Usage: sh deploy/audit.sh .venv/bin
set -u

audit() {
	"$1/pip-audit" --requirement "$2" --no-deps --disable-pip --progress-spinner off --timeout 5 2>&1
}

probe=$(mktemp)
trap 'rm -f "$probe"' EXIT
grep -i '^django==' deploy/constraints.txt >"$probe"
answer=$(audit "$1" "$probe")
case "$answer" in
*"could not be audited"* | *[Cc]onnection* | *"Max retries"* | *"timed out"* | *unavailable* | *ServiceError*)
	echo "Known vulnerabilities were not looked up: the advisory service cannot be reached from here."
	exit 0 ;;
esac
audit "$1" deploy/constraints.txt
