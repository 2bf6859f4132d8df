"""--cluster auto: who trains together, as Kubeflow and Slurm say it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from deepspeech_training.errors import ConfigError
from deepspeech_training.settings.surroundings import flags_of, hosts_of, place_in, tasks_of

ROOT = Path(__file__).resolve().parents[2]
SLURM = {'SLURM_STEP_ID': '0', 'SLURM_STEP_NODELIST': 'n[1-2]', 'SLURM_STEP_TASKS_PER_NODE': '2,1', 'SLURM_STEP_NUM_TASKS': '3',
         'SLURM_PROCID': '2', 'SLURM_NODEID': '1', 'SLURM_JOB_NODELIST': 'n[1-9]', 'SLURM_NTASKS': '27'}


def tf_config(cluster, job='worker', index=0):
    return {'TF_CONFIG': json.dumps({'cluster': cluster, 'task': {'type': job, 'index': index}, 'environment': 'cloud'})}


@pytest.mark.parametrize('job, index, expected', [
    ('chief', 0, ('worker', 0)), ('worker', 1, ('worker', 2)), ('ps', 0, ('ps', 0)), ('worker', '0', ('worker', 1))])
def test_the_chief_of_tensorflow_is_worker_0(job, index, expected):
    cluster = {'chief': ['c:2222'], 'worker': ['w0:2222', 'w1:2222'], 'ps': ['p:2222']}
    place = place_in(tf_config(cluster, job, index), 3000)
    assert (place.job, place.number) == expected
    assert place.workers == ('c:2222', 'w0:2222', 'w1:2222') and place.servers == ('p:2222',)


def test_without_a_chief_workers_have_their_own_numbers_and_tf_config_counts_more_than_slurm():
    place = place_in(dict(SLURM, **tf_config({'worker': ['w0:1', 'w1:1']}, index=1)), 3000)
    assert (place.workers, place.number, place.source) == (('w0:1', 'w1:1'), 1, 'TF_CONFIG')
    assert place_in(tf_config({'master': ['m:1'], 'worker': ['w:1']}, 'master'), 3000).workers == ('m:1', 'w:1')


@pytest.mark.parametrize('environment, message', [
    ({'TF_CONFIG': '{'}, r'TF_CONFIG \{: is not JSON'), ({'TF_CONFIG': '[]'}, r'TF_CONFIG \[\]: expected \{"cluster"'),
    ({'TF_CONFIG': '{"sparseCluster": {}, "task": {}}'}, r'expected \{"cluster"'),
    (tf_config({'worker': ['a:1']}, 'evaluator'), 'nothing for an evaluator to do'),
    (tf_config({'worker': ['a:1'], 'reader': []}), 'the job reader is none of chief, master, worker and ps'),
    (tf_config({'worker': 'a:1'}), 'the job worker is not a list'),
    (tf_config({'worker': [1]}), 'the job worker is not a list'),
    (tf_config({'worker': ['a:1'], 'chief': ['b:1'], 'master': ['c:1']}), 'more than one chief'),
    (tf_config({'worker': ['a:1']}, index=1), 'this process is worker 1, which does not go together'),
    (tf_config({'worker': ['a:1']}, index=-1), 'this process is worker -1, which'),
    (tf_config({'worker': ['a:1']}, 'chief'), 'this process is chief 0, which'),
    ({}, 'neither TF_CONFIG nor SLURM_PROCID is set here')])
def test_what_tf_config_does_not_say_or_says_wrongly_is_a_sentence(environment, message):
    with pytest.raises(ConfigError, match=message):
        place_in(environment, 3000)


def test_tasks_of_slurm_have_the_ports_of_their_nodes():
    place = place_in(SLURM, 4000)
    assert place.workers == ('n1:4000', 'n1:4001', 'n2:4000') and (place.job, place.number, place.servers) == ('worker', 2, ())


def test_tasks_of_one_node_do_not_ask_for_a_network():
    place = place_in(dict(SLURM, SLURM_STEP_NODELIST='n7', SLURM_STEP_TASKS_PER_NODE='3', SLURM_NODEID='0'), 3000)
    assert place.workers == ('127.0.0.1:3000', '127.0.0.1:3001', '127.0.0.1:3002')


def test_a_single_process_in_a_batch_script_trains_alone():
    place = place_in({'SLURM_PROCID': '0', 'SLURM_NTASKS': '1', 'SLURM_JOB_NODELIST': 'n1', 'SLURM_TASKS_PER_NODE': '1'}, 3000)
    assert place.workers == ('127.0.0.1:3000',)


@pytest.mark.parametrize('changed, message', [
    (dict(SLURM_STEP_NODELIST=''), 'not SLURM_STEP_NODELIST; start the workers by srun'),
    (dict(SLURM_PROCID='3'), 'SLURM_STEP_NUM_TASKS=3, SLURM_PROCID=3, which does not go together'),
    (dict(SLURM_STEP_NUM_TASKS='4'), 'SLURM_STEP_TASKS_PER_NODE=2,1, SLURM_STEP_NUM_TASKS=4'),
    (dict(SLURM_STEP_NODELIST='n[1-3]'), r'SLURM_STEP_NODELIST=n\[1-3\]'),
    (dict(SLURM_NODEID='0'), 'task 2 .* is on node 0 .* not on node 1: pass srun --distribution=block'),
    (dict(SLURM_PROCID='two'), "SLURM_PROCID is 'two'; expected a number"),
    (dict(SLURM_STEP_TASKS_PER_NODE='2(1)'), r'SLURM_STEP_TASKS_PER_NODE 2\(1\): expected numbers of tasks')])
def test_what_slurm_contradicts_is_a_sentence(changed, message):
    with pytest.raises(ConfigError, match=message):
        place_in(dict(SLURM, **changed), 3000)


def test_a_batch_script_without_srun_and_ports_beyond_the_last_are_refused():
    batch = {'SLURM_PROCID': '0', 'SLURM_NTASKS': '2', 'SLURM_JOB_NODELIST': 'n[1-2]', 'SLURM_TASKS_PER_NODE': '1(x2)'}
    with pytest.raises(ConfigError, match='SLURM_NTASKS is 2, but srun has not started this process'):
        place_in(batch, 3000)
    with pytest.raises(ConfigError, match='--cluster_port 65535: the last of 2 ports'):
        place_in(SLURM, 65535)


@pytest.mark.parametrize('text, expected', [
    ('login', ['login']), ('n[1-3,07],gpu-x', ['n1', 'n2', 'n3', 'n07', 'gpu-x']), ('n[08-11]', ['n08', 'n09', 'n10', 'n11']),
    ('r[1-2]n[1,3]-ib', ['r1n1-ib', 'r1n3-ib', 'r2n1-ib', 'r2n3-ib'])])
def test_lists_of_hosts_are_spelt_out(text, expected):
    assert hosts_of(text, 'NODES') == expected


@pytest.mark.parametrize('text', ['', 'n[', 'n[1-', 'n[]', 'n[1-2', 'n1,,n2', 'n1,', 'n[2-1]', 'n[1-999999]', 'n 1', 'n]1',
                                  'n[1-9999]m[1-9999]', 'n[1--2]'])
def test_what_is_no_list_of_hosts_is_refused(text):
    with pytest.raises(ConfigError, match='--cluster auto: NODES '):
        hosts_of(text, 'NODES')


@pytest.mark.parametrize('text, expected', [('1', [1]), ('2(x3),1', [2, 2, 2, 1]), ('4,2(x2)', [4, 2, 2])])
def test_numbers_of_tasks_are_spelt_out(text, expected):
    assert tasks_of(text, 'TASKS') == expected


@pytest.mark.parametrize('text', ['', '0', '2(x0)', '2(x3', '2x3', '1,', '-1'])
def test_what_are_no_numbers_of_tasks_is_refused(text):
    with pytest.raises(ConfigError, match='--cluster auto: TASKS '):
        tasks_of(text, 'TASKS')


def test_flags_that_are_given_decide_and_half_of_them_is_refused():
    assert flags_of({}, ['worker_hosts', 'job_name'], 3000) == ({}, '--worker_hosts, --job_name decide, not --cluster auto.')
    with pytest.raises(ConfigError, match='--cluster auto and --task_index contradict each other'):
        flags_of(SLURM, ['task_index', 'epochs'], 3000)


def test_the_trainer_takes_what_slurm_says_for_its_flags(home):
    environment = dict(home, **SLURM)
    environment.pop('TF_CONFIG', None)
    run = subprocess.run([sys.executable, 'DeepSpeech.py', '--train_files', 'tests/clips/clips.csv', '--cluster', 'auto'],
                         cwd=str(ROOT), env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                         universal_newlines=True)
    assert 'I --cluster auto: Slurm says --worker_hosts n1:3000,n1:3001,n2:3000 --job_name worker --task_index 2.' in run.stdout
    assert 'E --worker_hosts n1:3000: is not this machine' in run.stdout and run.returncode == 1, run.stdout
