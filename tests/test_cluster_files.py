"""doc/cluster: the files that start workers by Slurm, Kubeflow, containers and ssh hold together and start what they say."""

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from ports import free_port

from deepspeech_training.cluster.asked import _parser
from deepspeech_training.settings.flags import TABLE
from deepspeech_training.settings.surroundings import place_in

TOP = Path(__file__).resolve().parents[1]
FILES = TOP / 'doc' / 'cluster'
# Starts one task on each of two nodes, as srun does, one after the other; ends with the highest code of the tasks.
SRUN = '''#!/usr/bin/env bash
while [[ $1 == --* ]]; do shift; done
highest=0
for task in 0 1; do
    code=0
    SLURM_STEP_ID=0 SLURM_STEP_NODELIST='node[01-02]' SLURM_STEP_TASKS_PER_NODE='1(x2)' SLURM_STEP_NUM_TASKS=2 \\
        SLURM_PROCID=$task SLURM_NODEID=$task "$@" || code=$?
    [ "$code" -le "$highest" ] || highest=$code
done
exit "$highest"
'''
# Runs the command here; what a terminal, a host and options are asked for does not matter.
SSH = '''#!/usr/bin/env bash
while [[ $1 == -* ]]; do shift; done
shift
exec bash -c "$*"
'''


def flags_in(words):
    return [re.match(r'--(\w+)', word)[1] for word in words if word.startswith('--')]


def of_program(name, words):
    """Returns the options of bin/run-cluster.sh in a command, or the flags of the trainer after them."""
    own = {option.lstrip('-') for action in _parser()._actions for option in action.option_strings}
    return [flag for flag in flags_in(words) if (flag in own) is (name == 'run-cluster.sh')]


@pytest.fixture
def programs(tmp_path):
    """Function that writes a program of a name that is found first; returns the environment in which it is."""
    def write(**texts):
        for name, text in texts.items():
            path = tmp_path / 'bin' / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding='utf-8')
            path.chmod(path.stat().st_mode | stat.S_IXUSR)
        environment = {name: value for name, value in os.environ.items() if not name.startswith('SLURM_')}
        return dict(environment, PATH=f'{tmp_path / "bin"}:{environment["PATH"]}')
    return write


def test_containers_train_together():
    services = yaml.safe_load((FILES / 'docker-compose.yml').read_text(encoding='utf-8'))['services']
    commands = [services[name]['command'] for name in ('node-0', 'node-1')]
    for index, command in enumerate(commands):
        assert command[:2] == ['bash', 'bin/run-cluster.sh']
        assert command[command.index('--nodes') + 1] == 'node-0,node-1' and command[command.index('--node') + 1] == str(index)
        assert set(of_program('trainer', command)) <= TABLE.keys() and 'cluster_trusted_network' in flags_in(command)
        assert all((TOP / word).is_file() for word in command if word.startswith('data/'))
    place = commands[0].index('--node') + 1
    assert commands[0][:place] + commands[0][place + 1:] == commands[1][:place] + commands[1][place + 1:]
    assert services['node-0']['image'] == yaml.safe_load((TOP / 'docker-compose.yml').read_text())['services']['train']['image']


def test_the_job_of_kubeflow_has_flags_that_exist_and_places_that_are_understood():
    job, policy = yaml.safe_load_all((FILES / 'tfjob.yaml').read_text(encoding='utf-8'))
    replicas = job['spec']['tfReplicaSpecs']
    assert job['kind'] == 'TFJob' and list(replicas) == ['Chief', 'Worker']
    for replica in replicas.values():
        (container,) = replica['template']['spec']['containers']
        assert container['name'] == 'tensorflow'  # the operator looks for it
        assert container['command'][:4] == ['python', 'DeepSpeech.py', '--cluster', 'auto']
        assert set(flags_in(container['command'])) <= TABLE.keys()
    assert policy['spec']['podSelector']['matchLabels'] == {'training.kubeflow.org/job-name': job['metadata']['name']}
    hosts = '{"cluster": {"chief": ["deepspeech-chief-0.a:2222"], "worker": ["deepspeech-worker-0.a:2222"]}, "task": %s}'
    assert [place_in({'TF_CONFIG': hosts % task}, 3000).number
            for task in ('{"type": "chief", "index": 0}', '{"type": "worker", "index": 0}')] == [0, 1]


@pytest.mark.parametrize('failures, n_starts, code', [(0, 1, 0), (2, 3, 0), (9, 4, 137)])
def test_slurm_starts_the_workers_and_again_when_one_is_killed(programs, tmp_path, failures, n_starts, code):
    """The first tasks are killed; the place that the others find is that of Slurm's variables."""
    python = (f'#!/usr/bin/env bash\necho began >>{tmp_path}/starts\n[ "$(wc -l <{tmp_path}/starts)" -gt {2 * failures} ] || '
              f'kill -9 $$\nexec {sys.executable} "$@"\n')
    environment = programs(srun=SRUN, python=python)
    (tmp_path / 'DeepSpeech.py').write_text(
        'import os, sys\nfrom deepspeech_training.settings.surroundings import place_in\n'
        'port = int(sys.argv[sys.argv.index("--cluster_port") + 1])\n'
        'print(place_in(os.environ, port), sys.argv[1:])\n', encoding='utf-8')
    run = subprocess.run(['bash', str(FILES / 'slurm.sh'), '--epochs', '3'], cwd=str(tmp_path), stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, universal_newlines=True,
                         env=dict(environment, SLURM_JOB_ID='12345', SLURM_SUBMIT_DIR=str(tmp_path), VENV='/nowhere'))
    assert run.returncode == code, run.stderr
    assert (tmp_path / 'starts').read_text().count('began') == 2 * n_starts
    if code == 0:
        for index, line in enumerate(run.stdout.splitlines()[-2:]):
            assert f"workers=('node01:23450', 'node02:23450'), servers=(), job='worker', number={index})" in line
            assert line.endswith("['--cluster', 'auto', '--cluster_port', '23450', '--epochs', '3']")
    assert set(flags_in(re.findall(r'DeepSpeech.py (.*?) "\$@"', (FILES / 'slurm.sh').read_text())[0].split())) <= TABLE.keys()


def test_ssh_starts_a_supervisor_on_each_machine(programs, tmp_path):
    """Both machines are this one."""
    first = free_port(6)
    environment = programs(ssh=SSH)
    worker = tmp_path / 'worker.py'
    worker.write_text('import sys\nprint(sys.argv[1:], flush=True)\n', encoding='utf-8')
    nodes = f'127.0.0.1:{first},localhost:{first + 3}'
    run = subprocess.run(
        ['bash', 'doc/cluster/ssh.sh', nodes, '--logs', str(tmp_path / 'logs'), '--script', f'{sys.executable} {worker}',
         '0:1:0', '--checkpoint_dir', 'a directory'], cwd=str(TOP), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env=dict(environment, VENV=str(Path(sys.executable).parents[1])), universal_newlines=True)
    assert run.returncode == 0, run.stdout
    for index, host in enumerate(('127.0.0.1', 'localhost')):
        assert re.search(rf"^{host}: \[worker {index}\] \['--checkpoint_dir', 'a directory', .*'--task_index', '{index}'\]$",
                         run.stdout, re.MULTILINE), run.stdout


def test_ssh_ends_with_the_code_of_the_first_machine_that_fails(programs, tmp_path):
    first = free_port(6)
    run = subprocess.run(['bash', 'doc/cluster/ssh.sh', f'127.0.0.1:{first},localhost:{first + 3}', '1:1'], cwd=str(TOP),
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True,
                         env=dict(programs(ssh=SSH), VENV=str(Path(sys.executable).parents[1])))
    assert run.returncode == 1 and 'localhost: E 1:1: expected p:w:g' in run.stdout
    usage = subprocess.run(['bash', 'doc/cluster/ssh.sh'], cwd=str(TOP), stderr=subprocess.PIPE, universal_newlines=True)
    assert usage.returncode == 2 and 'bash doc/cluster/ssh.sh one,two 0:1:1' in usage.stderr and 'set -e' not in usage.stderr
