#!/usr/bin/env bash
#SBATCH --job-name=deepspeech
#SBATCH --nodes=2
#SBATCH --ntasks-per-node=1
#SBATCH --cpus-per-task=8
#SBATCH --gpus-per-task=1
#SBATCH --time=24:00:00
#SBATCH --signal=TERM@300
#SBATCH --requeue
# Trains on machines that Slurm gives: each task is a worker, and --cluster auto asks Slurm who they are.
#   sbatch doc/cluster/slurm.sh --train_files train.csv --dev_files dev.csv --checkpoint_dir checkpoints --cluster_trusted_network
# from the checkout, with everything where each machine can read it. Options of sbatch before the script change the lines above.
# Five minutes before the time is over the workers save and end; the same command goes on. RESTARTS=0 starts nothing again.
set -euo pipefail

cd "${SLURM_SUBMIT_DIR:-.}"
python=${VENV:-$PWD/.venv}/bin/python
[ -x "$python" ] || python=python
port=$((20000 + SLURM_JOB_ID % 1000 * 10)) # of another job on the same machine: another one

for ((left = ${RESTARTS:-3}; ; left--)); do
    code=0
    srun --kill-on-bad-exit=1 --distribution=block "$python" DeepSpeech.py --cluster auto --cluster_port "$port" "$@" || code=$?
    case $code in
        75 | 134 | 137 | 139) ;; # lost, aborted, killed (by the system, where memory ran out): the last checkpoint is whole
        *) exit "$code" ;;
    esac
    [ "$left" -gt 0 ] || exit "$code"
    echo "Starting all workers again, $((left - 1)) more times at most." >&2
done
