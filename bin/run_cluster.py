#!/usr/bin/env python
"""Starts the processes of a training that works together on this machine; `bin/run-cluster.sh --help` says how.

Short because what it does is in deepspeech_training.cluster.
"""

import sys

from deepspeech_training.cluster.asked import asked_for
from deepspeech_training.cluster.supervisor import Supervisor
from deepspeech_training.entry import run_command


def main() -> None:
    sys.exit(Supervisor(asked_for(sys.argv[1:])).run())


if __name__ == '__main__':
    sys.exit(run_command(main))
