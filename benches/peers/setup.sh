#!/usr/bin/env bash
# The environments of the other programs, pinned, and the events. PEERS_ENV and PEERS_DATA choose the
# folders [.env and .data beside this file]; about 2 GB and 0.5 GB.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
env=${PEERS_ENV:-$here/.env}
data=${PEERS_DATA:-$here/.data}

for name in jax tf; do
    [[ -x $env/$name/bin/python ]] || python3 -m venv "$env/$name"
    "$env/$name/bin/pip" install --quiet --requirement "$here/requirements/$name.txt"
done
[[ -f $data/reference.json ]] || "$env/jax/bin/python" "$here/make_data.py" --out "$data" W1 W3
echo "ready: cargo xtask bench peers --quick"
