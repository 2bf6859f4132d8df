"""Decoders in processes that are forked off, and in programs that end: nothing hangs, dies or decodes otherwise.

Each case runs in a program of its own, which is given a minute.
"""

import pickle
import subprocess
import sys
from pathlib import Path

import ds_ctcdecoder
import pytest
from ds_ctcdecoder import ctcdecode, swigwrapper

SCORER = Path(__file__).resolve().parent.parent / 'golden' / 'train.scorer'
ALPHABET = Path(__file__).resolve().parents[2] / 'data' / 'alphabet.txt'
UNMADE = Path(__file__).resolve().parent.parent / 'helpers' / 'unmade_objects.py'
BEGIN = f'''
import multiprocessing, os, sys, threading, time
import numpy as np
from ds_ctcdecoder.ctcdecode import Alphabet, Decoder, DecoderOptions, Scorer

alphabet = Alphabet([' '] + [chr(code) for code in range(ord('a'), ord('z') + 1)] + ["'"])
rows = np.random.RandomState(1).gamma(0.6, size=(6, 60, 29)) + 1e-4
rows /= rows.sum(axis=2, keepdims=True)


def make(n_threads):
    return Decoder(alphabet, Scorer.load({str(SCORER)!r}, alphabet), DecoderOptions(beam_width=32).fast(), n_threads)


def texts(decoder):
    return [found[0].text for found in decoder.decode_batch(rows, [60] * len(rows))]


def waited_for(pid):
    status = os.waitpid(pid, 0)[1]
    assert status == 0, f'the child ended with status {{status}}'


def n_threads_of_this_process():
    return len(os.listdir('/proc/self/task'))
'''

ENDS = {'os._exit': 'os._exit(0)', 'sys.exit': 'sys.exit(0)'}


def run(program, *arguments):
    result = subprocess.run([sys.executable, '-c', BEGIN + program, *map(str, arguments)], stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, universal_newlines=True, timeout=60)
    assert result.returncode == 0, result.stdout
    return result.stdout


@pytest.mark.parametrize('n_threads, end, warm', [(2, 'os._exit', True), (4, 'os._exit', True), (2, 'sys.exit', True),
                                                  (4, 'sys.exit', True), (4, 'sys.exit', False)])
def test_a_child_decodes_like_its_parent_and_ends(n_threads, end, warm):
    assert run(f'''
decoder = make({n_threads})
expected = texts(decoder) if {warm} else texts(make(1))
for _ in range(5):
    pid = os.fork()
    if pid == 0:
        assert texts(decoder) == expected
        grandchild = os.fork()
        if grandchild == 0:
            assert texts(decoder) == expected
        else:
            waited_for(grandchild)
        assert n_threads_of_this_process() == {n_threads}  # the pool has threads here, too
        {ENDS[end]}
    waited_for(pid)
    assert texts(decoder) == expected
print('sound')
''') == 'sound\n'


def test_a_child_ends_normally_with_a_decoder_that_it_never_used():
    assert run('''
decoder = make(4)
texts(decoder)
pid = os.fork()
if pid:
    waited_for(pid)
    print('sound')
''') == 'sound\n'


@pytest.mark.parametrize('method', ['fork', 'spawn', 'forkserver'])
@pytest.mark.parametrize('n_threads', [2, 4])
def test_workers_of_multiprocessing(tmp_path, method, n_threads):
    program = tmp_path / 'program.py'
    program.write_text(BEGIN + f'''
decoder = make({n_threads})


def work(number):
    return texts(decoder)


if __name__ == '__main__':
    expected = texts(decoder)
    with multiprocessing.get_context({method!r}).Pool(2) as pool:
        assert pool.map(work, range(6)) == [expected] * 6
    process = multiprocessing.get_context({method!r}).Process(target=work, args=(0,))
    process.start()
    process.join()
    assert process.exitcode == 0 and texts(decoder) == expected
''')
    subprocess.run([sys.executable, str(program)], check=True, timeout=60)


@pytest.mark.parametrize('n_threads', [2, 4])
def test_forks_while_other_threads_decode(n_threads):
    assert run(f'''
decoder, ended = make({n_threads}), threading.Event()
expected = texts(decoder)
shared, stream = make(1).stream(), make(1).stream()


def decode():
    while not ended.is_set():
        assert texts(decoder) == expected


def feed():
    while not ended.is_set():
        shared.feed(rows[0])


threads = [threading.Thread(target=decode), threading.Thread(target=decode), threading.Thread(target=feed)]
for thread in threads:
    thread.start()
for number in range(30):
    pid = os.fork()
    if pid == 0:
        assert texts(decoder) == expected
        stream.feed(rows[0])
        assert stream.results(1)[0].text == expected[0]
        try:
            shared.feed(rows[0])  # between two calls its state is sound, within one it is not
        except RuntimeError as error:
            assert 'was in use by another thread' in str(error)
        os._exit(0)
    waited_for(pid)
ended.set()
for thread in threads:
    thread.join()
print('sound')
''') == 'sound\n'


@pytest.mark.parametrize('n_threads', [1, 4])
def test_a_program_ends_while_its_threads_decode(n_threads):
    assert run(f'''
decoder, stream = make({n_threads}), make(1).stream()


def decode():
    while True:
        texts(decoder)


def feed():
    while True:
        stream.feed(rows[0])


for function in (decode, decode, feed):
    threading.Thread(target=function, daemon=True).start()
time.sleep(0.3)
print('sound')
''') == 'sound\n'


def test_objects_that_end_with_the_program():
    assert run('''
import ds_ctcdecoder, ds_ctcdecoder.swigwrapper
class Keeper:
    def __init__(self):
        self.decoder, self.stream = make(4), make(2).stream()
        texts(self.decoder)
    def __del__(self):
        texts(self.decoder)
        self.stream.feed(rows[0])
keeper = Keeper()
keeper.self = keeper
ds_ctcdecoder.keeper = Keeper()
print('sound')
''') == 'sound\n'


def classes():
    for module in (ctcdecode, ds_ctcdecoder, swigwrapper):
        for name, value in sorted(vars(module).items()):
            if isinstance(value, type) and not issubclass(value, BaseException):
                yield module.__name__, name


@pytest.mark.parametrize('module, name', list(classes()))
def test_objects_that_were_never_made_give_exceptions(module, name):
    result = subprocess.run([sys.executable, str(UNMADE), module, name], stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, universal_newlines=True, timeout=300)
    assert (result.returncode, result.stdout[-5:]) == (0, 'done\n'), result.stdout[-600:]


def test_objects_that_were_never_made_are_no_arguments(tmp_path, english, golden_scorer):
    alphabet, scorer = (cls.__new__(cls) for cls in (ctcdecode.Alphabet, ctcdecode.Scorer))
    options = ctcdecode.DecoderOptions.__new__(ctcdecode.DecoderOptions)
    for function in (lambda: ctcdecode.Decoder(alphabet), lambda: ctcdecode.Decoder(english, scorer),
                     lambda: ctcdecode.Decoder(english, None, options), lambda: ctcdecode.Decoder(None),
                     lambda: ctcdecode.Scorer.load(golden_scorer, alphabet), lambda: ctcdecode.Scorer.load(golden_scorer, None),
                     lambda: ctcdecode.Scorer.load_trio(golden_scorer, '', alphabet),
                     lambda: ctcdecode.Scorer.from_words(golden_scorer, ['one'], alphabet, 1, 1),
                     lambda: ctcdecode.write_package(str(tmp_path / 'x'), golden_scorer, ['one'], alphabet, alpha=1, beta=1),
                     lambda: ctcdecode.write_trie(str(tmp_path / 'x'), golden_scorer, ['one'], alphabet, 1),
                     lambda: swigwrapper.DecoderState().init(alphabet, 1, 1.0, 1, None, hot_words={})):
        with pytest.raises((TypeError, RuntimeError, AttributeError)):
            function()


def test_an_object_is_made_once_and_a_failed_one_is_none(english):
    alphabet = ctcdecode.Alphabet(['a', 'b'])
    alphabet.__init__(['c'])
    assert alphabet.size == 2
    decoder = ctcdecode.Decoder.__new__(ctcdecode.Decoder)
    with pytest.raises(TypeError):
        decoder.__init__(None)
    with pytest.raises(TypeError, match='made by __new__ alone'):
        decoder.decode([[1.0]])
    decoder.__init__(english)
    assert decoder.options.beam_width == 500


@pytest.mark.parametrize('protocol', range(5))
@pytest.mark.parametrize('name', ['Alphabet', 'Decoder', 'DecoderOptions', 'Hypothesis', 'Scorer', 'Stream', 'VocabularyReport',
                                  'Word'])
def test_objects_cannot_be_pickled_or_copied(name, protocol):
    """The oldest protocols ended the program: they make an object of a base class that has none."""
    kind = getattr(ctcdecode, name)
    for each in [kind.__new__(kind)] + ([kind()] if name == 'DecoderOptions' else []):
        with pytest.raises(TypeError, match=f"cannot pickle or copy '{name}'"):
            pickle.dumps(each, protocol)
    with pytest.raises(TypeError):
        pickle.dumps(ds_ctcdecoder.Alphabet(str(ALPHABET)), protocol)
