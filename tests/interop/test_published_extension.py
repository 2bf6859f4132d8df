"""The published Python package, as it was compiled in 2020, runs on our libdeepspeech.so in the place of its own.

Its extension module finds that file by its name, beside itself in `lib/`. The package is looked for as in
test_published_client.py, and a copy of it runs in a process of its own, with our library and, for comparison, as it is.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from deepspeech.library import library_path

PUBLISHED = Path(sys.prefix) / 'published' / 'deepspeech'
TESTS = Path(__file__).resolve().parent.parent
GOLDEN = TESTS / 'golden'
CLIPS = sorted(str(path) for path in (TESTS / 'clips').glob('*.wav'))

pytestmark = pytest.mark.skipif(not PUBLISHED.is_dir(), reason=f'the published client is not installed in {PUBLISHED} '
                                                               f'(Python 3.7 only)')

# Uses all that the published package offers; prints what came of it.
PROGRAM = '''
import json, sys, wave
import numpy as np
import deepspeech
from deepspeech import Model


def outline(metadata):
    return [[each.confidence, [[token.text, token.timestep, token.start_time] for token in each.tokens]]
            for each in metadata.transcripts]


def failure(action):
    try:
        return action()
    except RuntimeError as error:
        return str(error)[-8:]


def heard(model, samples):
    stream = model.createStream()
    for start in range(0, len(samples), 1600):
        stream.feedAudioContent(samples[start:start + 1600])
    so_far = stream.intermediateDecode(), outline(stream.intermediateDecodeWithMetadata(2))
    other = model.createStream()
    other.feedAudioContent(samples)
    freed = model.createStream()
    freed.freeStream()
    return [model.stt(samples), outline(model.sttWithMetadata(samples, 3)), so_far, stream.finishStream(),
            outline(other.finishStreamWithMetadata(2))]


results = [deepspeech.version()]
model = Model(sys.argv[1])
results += [model.beamWidth(), model.sampleRate(), model.disableExternalScorer(), model.setScorerAlphaBeta(1.0, 1.0),
            failure(lambda: model.addHotWord('a', 1.0)), failure(lambda: Model('/nowhere.pb')), failure(lambda: Model(''))]
for step in ('plain', 'scorer', 'weights', 'hot words', 'beams'):
    if step == 'scorer':
        model.enableExternalScorer(sys.argv[2])
    elif step == 'weights':
        results.append(model.setScorerAlphaBeta(0.5, 2.0))
    elif step == 'hot words':
        model.addHotWord('seven', 9.0)
        results += [failure(lambda: model.addHotWord('seven', 9.0)), failure(lambda: model.eraseHotWord('eight'))]
        model.eraseHotWord('seven')
        model.clearHotWords()
        continue  # nothing is heard with them: the published search counts them again for words behind them, ours does not
    elif step == 'beams':
        results.append(model.setBeamWidth(20))
    for path in sys.argv[3:]:
        with wave.open(path) as file:
            results.append(heard(model, np.frombuffer(file.readframes(file.getnframes()), np.int16)))
print(json.dumps(results))
'''


def results(package, model):
    """Returns what the package in a directory gives; ours names no scorer that it refuses."""
    output = subprocess.run([sys.executable, '-c', PROGRAM, str(GOLDEN / model), str(GOLDEN / 'train.scorer'), *CLIPS],
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True,
                            env=dict(os.environ, PYTHONPATH=str(package))).stdout
    return json.loads(output.decode('utf-8'))


@pytest.fixture
def with_our_library(tmp_path):
    """Directory of a copy of the published package that has our library."""
    shutil.copytree(str(PUBLISHED / 'deepspeech'), str(tmp_path / 'deepspeech'), ignore=lambda folder, names: [
        name for name in names if name.startswith('libdeepspeech')])
    shutil.copy(library_path(), str(tmp_path / 'deepspeech' / 'lib' / 'libdeepspeech.so'))
    return tmp_path


def numbers_apart(result):
    """Returns (result with its confidences replaced, these confidences), for comparison up to rounding."""
    confidences = []

    def visit(part):
        if isinstance(part, float):
            confidences.append(part)
            return 'number'
        return [visit(each) for each in part] if isinstance(part, list) else part

    return visit(result), confidences


def test_published_extension_gives_with_our_library_what_it_gives_with_its_own(with_our_library):
    ours, theirs = (results(package, 'ds093-plain/output_graph.pb') for package in (with_our_library, PUBLISHED))
    (ours, our_numbers), (theirs, their_numbers) = numbers_apart(ours[1:]), numbers_apart(theirs[1:])
    assert ours == theirs
    assert our_numbers == pytest.approx(their_numbers, abs=1e-3)
    assert len(our_numbers) > 400
