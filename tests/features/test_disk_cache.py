"""Features on disk: found again, shared, never stale, and whole whatever happens to those who write them."""

import io
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from contextlib import closing

import numpy as np
import pytest

from deepspeech_training.console.log import Log
from deepspeech_training.data.audio import AudioInfo, read_wav
from deepspeech_training.data.utterance import AudioFile, FileState
from deepspeech_training.features.disk_cache import DiskFeatureCache

RECORD_BYTES = 36  # of the index; each array has two records
WRITER = '''
import sys
sys.path[:0] = {path!r}
from test_disk_cache import fill, opened
first, end, prefix, folder = sys.argv[1:]
with opened(prefix) as cache:
    print('ready', flush=True)
    sys.stdin.readline()
    fill(cache, folder, range(int(first), int(end)))
'''


class opened(closing):
    """Context with a DiskFeatureCache; `said` holds its warnings."""

    def __init__(self, prefix, recipe='mfcc'):
        self.said = io.StringIO()
        super().__init__(DiskFeatureCache(str(prefix), recipe, Log(1, self.said)))


def sound(folder, number):
    """Returns an empty file that stands for a recording."""
    path = os.path.join(str(folder), f'{number}.wav')
    open(path, 'ab').close()
    state = os.stat(path)
    return AudioFile.of(path, AudioInfo(16000, 1, 2, 0, 'pcm'),
                     FileState(state.st_size, state.st_mtime_ns, state.st_ctime_ns, state.st_ino))


def frames_of(number):
    return np.random.RandomState(number).rand(number % 50 + 1, 26).astype(np.float32)


def fill(cache, folder, numbers):
    """Adds arrays whose content follows from their numbers, as far as they are not there."""
    for number in numbers:
        audio, samples = sound(folder, number), np.full(8, number, np.float32)
        if cache.find(audio) is None and cache.find_by_samples(audio, samples) is None:
            cache.add(audio, samples, frames_of(number))


def n_sound(cache, folder, numbers):
    """Returns how many of the arrays are there; each must be whole."""
    found = [(number, cache.find(sound(folder, number))) for number in numbers]
    assert all(np.array_equal(frames, frames_of(number)) for number, frames in found if frames is not None)
    return sum(frames is not None for _, frames in found)


def writer(first, end, prefix, folder):
    """Returns a process that fills a cache as soon as it is told to."""
    code = WRITER.format(path=[os.path.dirname(__file__)] + sys.path)
    process = subprocess.Popen([sys.executable, '-c', code, str(first), str(end), str(prefix), str(folder)],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, universal_newlines=True)
    assert process.stdout.readline() == 'ready\n'
    return process


def start(process):
    process.stdin.write('\n')
    process.stdin.flush()


@pytest.fixture
def prefix(tmp_path):
    return tmp_path / 'cache'


def test_what_was_added_is_found_by_the_next_run_in_two_files(prefix, tmp_path):
    with opened(prefix) as cache:
        fill(cache, tmp_path, range(100))
        assert n_sound(cache, tmp_path, range(100)) == 100
    with opened(prefix) as cache:
        assert n_sound(cache, tmp_path, range(110)) == 100
    assert [path.name for path in sorted(tmp_path.glob('cache*'))] == ['cache.features-data', 'cache.features-index']


def test_another_recipe_finds_nothing(prefix, tmp_path):
    with opened(prefix) as cache:
        fill(cache, tmp_path, range(3))
    with opened(prefix, 'other') as cache:
        assert n_sound(cache, tmp_path, range(3)) == 0
        assert cache.find_by_samples(sound(tmp_path, 1), np.full(8, 1, np.float32)) is None


def test_a_changed_recording_is_not_taken_for_the_old_one(prefix, make_wav):
    path = make_wav('a.wav', 16000)
    samples = read_wav(path)[0]
    with opened(prefix) as cache:
        cache.add(AudioFile.probe(path), samples, frames_of(7))
    make_wav('a.wav', 16001)
    with opened(prefix) as cache:
        assert cache.find(AudioFile.probe(path)) is None
        assert cache.find_by_samples(AudioFile.probe(path), read_wav(path)[0]) is None


def test_a_recording_replaced_by_one_of_equal_size_and_time_is_noticed(prefix, make_wav):
    path = make_wav('a.wav', 16000)
    state = os.stat(path)
    samples = read_wav(path)[0]
    with opened(prefix) as cache:
        cache.add(AudioFile.probe(path), samples, frames_of(7))
    with open(path, 'r+b') as file:
        file.seek(-2, os.SEEK_END)
        file.write(b'\x01\x02')
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert os.stat(path).st_mtime_ns == state.st_mtime_ns and os.path.getsize(path) == state.st_size
    with opened(prefix) as cache:
        assert cache.find(AudioFile.probe(path)) is None
        assert cache.find_by_samples(AudioFile.probe(path), read_wav(path)[0]) is None


def test_a_closed_store_finds_nothing_and_says_nothing(prefix, tmp_path):
    context = opened(prefix)
    with context as cache:
        fill(cache, tmp_path, [3])
        assert cache.find(sound(tmp_path, 3)) is not None
    assert cache.find(sound(tmp_path, 3)) is None and context.said.getvalue() == ''


def test_a_moved_recording_is_found_by_its_sound_and_then_by_its_name(prefix, make_wav, tmp_path):
    path, moved = make_wav('a.wav'), str(tmp_path / 'b.wav')
    samples = read_wav(path)[0]
    with opened(prefix) as cache:
        cache.add(AudioFile.probe(path), samples, frames_of(7))
    shutil.move(path, moved)
    size = os.path.getsize(f'{prefix}.features-data')
    with opened(prefix) as cache:
        assert cache.find(AudioFile.probe(moved)) is None
        assert np.array_equal(cache.find_by_samples(AudioFile.probe(moved), samples), frames_of(7))
    with opened(prefix) as cache:
        assert np.array_equal(cache.find(AudioFile.probe(moved)), frames_of(7))
    assert os.path.getsize(f'{prefix}.features-data') == size


def test_clearing_leaves_nothing_and_others_their_own(prefix, tmp_path):
    with opened(prefix) as other, opened(prefix) as cache:
        fill(cache, tmp_path, range(9))
        assert n_sound(other, tmp_path, range(9)) == 9
        assert cache.clear() and not cache.clear()
        assert n_sound(cache, tmp_path, range(9)) == 0 and n_sound(other, tmp_path, range(9)) == 9
        assert os.path.getsize(f'{prefix}.features-data') == 0
        fill(cache, tmp_path, range(5))
        fill(other, tmp_path, range(20, 30))
        assert n_sound(other, tmp_path, range(40)) == 19
    with opened(prefix) as cache:
        assert n_sound(cache, tmp_path, range(40)) == 5


def test_a_cache_whose_folder_is_gone_is_done_without(tmp_path):
    folder = tmp_path / 'caches'
    folder.mkdir()
    opening = opened(folder / 'cache')
    with opening as cache:
        fill(cache, tmp_path, range(3))
        shutil.rmtree(str(folder))
        assert n_sound(cache, tmp_path, range(3)) == 3 and cache.clear()
        fill(cache, tmp_path, range(3))
        assert n_sound(cache, tmp_path, range(3)) == 0
    assert opening.said.getvalue().startswith('W ') and opening.said.getvalue().count('\n') == 1


def test_writers_killed_at_any_moment_leave_whole_arrays(prefix, tmp_path):
    for attempt in range(12):
        process = writer(1000 * attempt, 1000 * attempt + 1000, prefix, tmp_path)
        rng, index = random.Random(attempt), f'{prefix}.features-index'
        # The writer may be slow where other tests run beside it, so progress is waited for, and then a moment.
        wanted = os.path.getsize(index) + RECORD_BYTES * rng.randrange(20, 60)
        start(process)
        while os.path.getsize(index) < wanted:
            time.sleep(0.001)
        time.sleep(rng.uniform(0, 0.005))
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        with opened(prefix) as cache:
            fill(cache, tmp_path, [10 ** 6 + attempt])
            assert n_sound(cache, tmp_path, [10 ** 6 + other for other in range(attempt + 1)]) == attempt + 1
    with opened(prefix) as cache:
        assert n_sound(cache, tmp_path, range(12000)) > 100


def test_two_writers_at_once_share_their_work(prefix, tmp_path):
    writers = [writer(0, 300, prefix, tmp_path), writer(0, 300, prefix, tmp_path), writer(200, 500, prefix, tmp_path)]
    for process in writers:
        start(process)
    assert [process.wait() for process in writers] == [0, 0, 0]
    with opened(prefix) as cache:
        assert n_sound(cache, tmp_path, range(500)) == 500
    n_bytes = sum(frames_of(number).nbytes for number in range(500))
    assert os.path.getsize(f'{prefix}.features-data') == n_bytes  # nothing twice


@pytest.mark.parametrize('kind', ['data', 'index'])
@pytest.mark.parametrize('damage', ['overwritten', 'cut', 'emptied', 'removed', 'prolonged'])
def test_damaged_files_lose_what_is_damaged_and_get_it_back(prefix, tmp_path, kind, damage):
    with opened(prefix) as cache:
        fill(cache, tmp_path, range(50))
    path = f'{prefix}.features-{kind}'
    size = os.path.getsize(path)
    with open(path, 'r+b') as file:
        if damage == 'overwritten':
            file.seek(size // 2)
            file.write(b'\xff' * 100)
        elif damage == 'prolonged':
            file.seek(size)
            file.write(os.urandom(1001))
        else:
            file.truncate(size // 2 + 3 if damage == 'cut' else 0)
    if damage == 'removed':
        os.unlink(path)
    said = []
    for n_least in (50 if damage == 'prolonged' else 40 if damage == 'overwritten' else 0, 50):
        opening = opened(prefix)
        with opening as cache:
            assert n_least <= n_sound(cache, tmp_path, range(50))
            fill(cache, tmp_path, range(50))
            assert n_sound(cache, tmp_path, range(50)) == 50
        said.append(opening.said.getvalue())
    noticed = kind == 'data' and damage != 'prolonged'
    assert said[0].count('\n') == noticed and ('damaged' in said[0]) == noticed and said[1] == ''


def test_a_full_disk_is_said_once_and_keeps_what_is_there(prefix, tmp_path):
    opening = opened(prefix)
    with opening as cache:
        fill(cache, tmp_path, range(10))
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (os.path.getsize(f'{prefix}.features-data') + 1000, limits[1]))
        try:
            fill(cache, tmp_path, range(10, 30))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        assert n_sound(cache, tmp_path, range(30)) == 10
    said = opening.said.getvalue()
    assert said.startswith('W ') and said.count('\n') == 1 and 'File too large' in said
    with opened(prefix) as cache:
        fill(cache, tmp_path, range(10, 30))
        assert n_sound(cache, tmp_path, range(30)) == 30
