#!/bin/sh
# Put checkov into an environment of its own below the virtual environment $1, since it pins older packages than ours; say so where it
# cannot be had: the chart and the container file are then not checked by it.
home="$1/checkov"
package="checkov==3.3.30"
[ "$(cat "$home/package" 2>/dev/null)" = "$package" ] && exit 0
rm -rf "$home" && mkdir -p "$home"
"$1/bin/python" -m venv "$home" >"$home.log" 2>&1 \
  && "$home/bin/python" -m pip install --quiet --no-compile --disable-pip-version-check "$package" >>"$home.log" 2>&1 \
  && echo "$package" >"$home/package" && exit 0
echo "checkov could not be installed (see $home.log): chart and container file are not checked by it."
