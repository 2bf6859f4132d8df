#!/usr/bin/env bash
# Trains on several machines that ssh reaches without a password, each with this checkout, the data and the checkpoints at the same
# place (a network file system):
#   bash doc/cluster/ssh.sh one,two 0:1:1 --train_files train.csv --checkpoint_dir checkpoints --cluster_trusted_network
# The first words are --nodes of bin/run-cluster.sh and p:w:g of each machine. Ctrl-C saves and ends all of them. What went wrong is
# started again RESTARTS times (3).
set -euo pipefail

if [ $# -lt 2 ]; then
    sed -n 's/^# \{0,1\}//p' "$0" >&2
    exit 2
fi
nodes=$1
shift
IFS=, read -ra hosts <<<"$nodes"
pids=()
end() { kill -TERM "${pids[@]}" 2>/dev/null || true; } # ends ssh, and so gives each supervisor a hang-up
trap end INT TERM HUP

for node in "${!hosts[@]}"; do
    host=${hosts[node]%:*}
    words=$(printf '%q ' bash bin/run-cluster.sh --nodes "$nodes" --node "$node" --cluster_restarts "${RESTARTS:-3}" "$@")
    ssh -tt "$host" "cd $(printf %q "$PWD") && exec $words" </dev/null > >(sed -u "s/^/$host: /") 2>&1 &
    pids+=($!)
done

code=0
for pid in "${pids[@]}"; do
    of_node=0
    wait "$pid" || of_node=$?
    [ "$code" -ne 0 ] || code=$of_node
done
trap - INT TERM HUP
wait # for what is still shown
exit "$code"
