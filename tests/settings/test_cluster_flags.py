"""What the flags of a cluster may say together."""

from types import SimpleNamespace

import pytest

from deepspeech_training.errors import ConfigError
from deepspeech_training.settings.cluster import check_cluster, is_loopback
from deepspeech_training.settings.config import ClusterConfig

HERE = 'localhost:3000,127.0.0.1:3001'


def check(**given):
    check_cluster(SimpleNamespace(**dict(dict(
        worker_hosts='', ps_hosts='', job_name='localhost', task_index=0, cluster_trusted_network=False,
        reduce_precision='float32'), **given)))


def test_workers_of_this_machine_and_processes_alone_are_accepted():
    check()
    for index in range(2):
        check(worker_hosts=HERE, job_name='worker', task_index=index)
    check(worker_hosts='a:1,b:1', job_name='worker', cluster_trusted_network=True)
    check(worker_hosts='localhost:3000', job_name='worker')
    check(worker_hosts=HERE, ps_hosts='localhost:2000,[::1]:2001', job_name='ps', task_index=1)
    check(worker_hosts=HERE, job_name='worker', reduce_precision='bfloat16')


@pytest.mark.parametrize('given, message', [
    (dict(ps_hosts='a:1'), '--ps_hosts a:1: parameter servers add up the gradients of which workers'),
    (dict(job_name='ps'), '--job_name ps: one of which workers'),
    (dict(worker_hosts=HERE, job_name='ps'), '--task_index 0: --ps_hosts lists 0'),
    (dict(worker_hosts=HERE, ps_hosts='localhost:2000', job_name='ps', task_index=1), '--task_index 1: --ps_hosts lists 1'),
    (dict(worker_hosts=HERE, ps_hosts='a:1', job_name='worker'), '--ps_hosts a:1: is not this machine'),
    (dict(worker_hosts=HERE, ps_hosts='localhost:3000', job_name='worker'), 'an address stands there twice'),
    (dict(worker_hosts=HERE, ps_hosts='localhost:1', job_name='worker', reduce_precision='bfloat16'),
     '--reduce_precision bfloat16: parameter servers add up in float32 only'),
    (dict(job_name='worker'), '--job_name worker: one of which workers'),
    (dict(worker_hosts=HERE), 'which of them is this process'),
    (dict(worker_hosts=HERE, job_name='worker', task_index=2), '--task_index 2: --worker_hosts lists 2, counted from 0'),
    (dict(worker_hosts='a:1,localhost:2', job_name='worker'), 'a:1: is not this machine .* --cluster_trusted_network'),
    (dict(worker_hosts='localhost:1,localhost:1', job_name='worker'), 'an address stands there twice'),
    (dict(worker_hosts='localhost', job_name='worker'), 'localhost: expected host:port'),
    (dict(worker_hosts='localhost:65536', job_name='worker'), 'the port from 1 to 65535')])
def test_what_contradicts_itself_or_is_dangerous_is_refused(given, message):
    with pytest.raises(ConfigError, match=message):
        check(**given)


@pytest.mark.parametrize('host, expected', [
    ('localhost', True), ('127.0.0.1', True), ('127.1.2.3', True), ('[::1]', True), ('192.168.1.2', False), ('0.0.0.0', False),
    ('localhost.example.org', False), ('', False)])
def test_which_hosts_can_only_be_this_machine(host, expected):
    assert is_loopback(host) is expected


def test_the_members_of_a_cluster_have_names():
    cluster = ClusterConfig(('a:1', 'b:1'), 1, servers=('c:1',))
    assert [str(peer) for peer in cluster.others] == ['worker 0 (a:1)', 'parameter server 0 (c:1)']
    assert str(cluster.own) == 'worker 1 (b:1)'
    server = ClusterConfig(('a:1',), servers=('c:1', 'd:1'), is_server=True)
    assert str(server.own) == 'parameter server 0 (c:1)' and server.has_others and not server.is_chief


def test_the_first_worker_is_the_chief_and_one_alone_is_too():
    assert ClusterConfig().is_chief and not ClusterConfig().has_others
    assert ClusterConfig(('a:1',), 0).is_chief and not ClusterConfig(('a:1',), 0).has_others
    assert [ClusterConfig(('a:1', 'b:1'), index).is_chief for index in range(2)] == [True, False]
