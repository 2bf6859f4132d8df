"""The number of processors, with and without what a container grants."""

import os

import pytest

from deepspeech_training import processors

HERE = len(os.sched_getaffinity(0))


@pytest.mark.parametrize('files, expected', [
    ([], 64), (['max 100000'], 64), (['200000 100000'], 2), (['150000 100000'], 2), (['10000 100000'], 1),
    (['6400000 50000'], 64), (['-1', '100000'], 64), (['300000', '100000'], 3), (['nonsense'], 64), (['1 0'], 64)])
def test_a_container_grants_so_many(monkeypatch, tmp_path, files, expected):
    paths = []
    for number, text in enumerate(files):
        paths.append(tmp_path / str(number))
        paths[-1].write_text(text + '\n', encoding='ascii')
    monkeypatch.setattr(processors, 'QUOTAS', [paths or [tmp_path / 'none']])
    monkeypatch.setattr(os, 'sched_getaffinity', lambda process: range(64))
    assert processors.n_processors() == expected


def test_this_machine_has_some():
    assert 1 <= processors.n_processors() <= HERE
