"""Models that write bytes instead of the characters of an alphabet (`--bytes_output_mode`)."""

import json
import shutil
import subprocess
from collections import namedtuple
from dataclasses import replace
from pathlib import Path

import deepspeech_kenlm
import numpy as np
import pytest
from tensorflow_client import TensorFlowModel

from deepspeech_training.checkpoints.directory import CheckpointDirectory
from deepspeech_training.checkpoints.initialisation import checkpoint_to_evaluate
from deepspeech_training.checkpoints.resolve import resolve
from deepspeech_training.data.audio import read_wav
from deepspeech_training.data.datasets import read_each
from deepspeech_training.data.preflight import check_rows
from deepspeech_training.decode.interface import greedy_texts, make_decoder
from deepspeech_training.decode.package import write_package
from deepspeech_training.errors import CheckpointError, ScorerError
from deepspeech_training.evaluate.run import test as run_test
from deepspeech_training.evaluate.search import search_weights
from deepspeech_training.export.package import export
from deepspeech_training.settings.config import (
    Asked,
    CheckpointConfig,
    DecoderConfig,
    ExportConfig,
    ReportConfig,
    SearchConfig,
    SetConfig,
)
from deepspeech_training.text.alphabet import Alphabet, ByteAlphabet

GOLDEN = Path(__file__).resolve().parent / 'golden' / 'ds093-bytes'
Golden = namedtuple('Golden', 'run source sets')


@pytest.fixture
def golden(clips, log, tmp_path):
    """The checkpoint of DeepSpeech 0.9.3 in bytes mode, and our clips."""
    shutil.copytree(str(GOLDEN / 'checkpoint'), str(tmp_path / 'ckpt'))
    checkpoints = CheckpointConfig(str(tmp_path / 'ckpt'), str(tmp_path / 'ckpt'))
    asked = Asked(ByteAlphabet(), checkpoints=checkpoints,
                  report=ReportConfig(show_progressbar=False, report_count=0),
                  test=SetConfig(batch_size=4), export=ExportConfig(str(tmp_path)))
    source = checkpoint_to_evaluate(CheckpointDirectory(checkpoints.load_dir), 'auto', log)
    ((path, samples),) = read_each(SetConfig((str(clips),)))
    run = resolve(asked, source, log)
    samples = check_rows(samples, run.alphabet, run.features, str(tmp_path)).utterances
    return Golden(run, source, [(path, samples)])


@pytest.fixture
def byte_scorer(tmp_path):
    """A scorer over characters, made from our clips' words."""
    arpa, binary, package = (str(tmp_path / name) for name in ('lm.arpa', 'lm.binary', 'bytes.scorer'))
    text = 'y e s t e r d a y\ns i x t h\nm o n d a y \u00fc\n'
    with open(arpa, 'wb') as file:
        subprocess.run([deepspeech_kenlm.program('lmplz'), '-o', '2', '-S', '50M', '--discount_fallback'], check=True,
                       input=text.encode('utf-8'), stdout=file, stderr=subprocess.DEVNULL)
    subprocess.run([deepspeech_kenlm.program('build_binary'), '-v', 'trie', arpa, binary], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    write_package(package, binary, set(text.split()), None, alpha=0.9, beta=1.2)
    return package


def test_checkpoint_gives_the_recorded_losses_and_texts(golden, log):
    rows = json.loads((GOLDEN / 'test.json').read_text(encoding='utf-8'))
    recorded = {Path(row['wav_filename']).name: row for row in rows}
    results = run_test(golden.run, golden.sets, golden.source, log)
    rates = [result.edits.cer for result in results]
    assert len(results) == 9 and rates == sorted(rates) and len(set(rates)) > 3
    for result in results:
        row = recorded[Path(result.wav_filename).name]
        assert (result.src, result.res) == (row['src'], row['res'])
        assert result.loss == pytest.approx(row['loss'], rel=1e-5)


def test_export_is_that_of_the_recorded_graph(golden, clips, log):
    audio, _ = read_wav(str(clips.parent / 'number-not-answering.wav'))
    path = export(golden.run, golden.source, log)[0]
    with TensorFlowModel(path) as ours, TensorFlowModel(str(GOLDEN / 'output_graph.pb')) as recorded:
        np.testing.assert_allclose(ours.probabilities(audio), recorded.probabilities(audio), atol=1e-6)
        assert ours.alphabet == recorded.alphabet == ByteAlphabet()


def test_a_scorer_of_characters_changes_the_texts_and_is_searched_by_cer(golden, byte_scorer, log, output):
    plain = [result.res for result in run_test(golden.run, golden.sets, golden.source, log)]
    run = replace(golden.run, decoder=replace(golden.run.decoder, scorer_path=byte_scorer),
                  search=SearchConfig(1.0, 2.0, 2))
    spelled = [result.res for result in run_test(run, golden.sets, golden.source, log)]
    assert spelled != plain and set(''.join(spelled)) <= set('yesterdaysixthmonday\u00fc')
    _, _, rate = search_weights(run, golden.sets, golden.source, log)
    assert output.getvalue().strip().endswith(f' with CER={rate}')


def test_scorers_of_words_and_of_bytes_are_told_apart(alphabet, byte_scorer):
    with pytest.raises(ScorerError, match='bytes output'):
        make_decoder(DecoderConfig(scorer_path=byte_scorer), alphabet)
    with pytest.raises(ScorerError, match='alphabet'):
        make_decoder(DecoderConfig(scorer_path=str(GOLDEN.parent / 'train.scorer')), ByteAlphabet())


def test_greedy_writes_what_is_no_character_as_a_replacement():
    rows = np.eye(256)[[0xc2, 255, 0x60, 0x60, 255]]
    assert greedy_texts(rows[np.newaxis], [5], ByteAlphabet()) == ['\ufffda']
    best = make_decoder(DecoderConfig(beam_width=4), ByteAlphabet()).decode(rows * 0.9 + 1e-6)[0]
    assert best.text == '\ufffda'


def test_a_model_of_bytes_learns_what_no_alphabet_file_has(deepspeech, clips, alphabet, log, tmp_path):
    said, directory, wav = 'gr\u00fc\u00df \u65e5', tmp_path / 'ckpt', clips.parent / 'digits_yesterday.wav'
    train, test = tmp_path / 'train.csv', tmp_path / 'test.csv'
    for path, n_rows in ((train, 10), (test, 1)):
        path.write_text('wav_filename,transcript\n' + n_rows * f'{wav},{said}\n', encoding='utf-8')
    run = deepspeech('--bytes_output_mode', '--alphabet_config_path', tmp_path / 'none.txt', '--train_files', train,
                     '--test_files', test, '--checkpoint_dir', directory, '--n_hidden', 100, '--epochs', 40,
                     '--learning_rate', 0.002, '--dropout_rate', 0, '--precision', 'float32', '--beam_width', 32,
                     '--one_shot_infer', wav)
    assert run.returncode == 0, run.stdout + run.stderr
    assert f' - src: "{said}"\n - res: "{said}"\n' in run.stdout
    assert run.stdout.strip().split('\n')[-1] == said
    source = checkpoint_to_evaluate(CheckpointDirectory(str(directory)), 'auto', log)
    assert source.description['alphabet'] == 'bytes' and source.geometry.n_outputs == 256
    latin = Alphabet([chr(code) for code in range(1, 256)])
    for other in (alphabet, latin):
        with pytest.raises(CheckpointError, match='256 outputs, one for each byte.*; pass --bytes_output_mode'):
            resolve(Asked(other), source, log)


def test_published_checkpoints_of_characters_and_bytes_are_told_apart(golden, alphabet, log):
    with pytest.raises(CheckpointError, match='pass --bytes_output_mode'):
        resolve(Asked(alphabet), golden.source, log)
    plain = str(GOLDEN.parent / 'ds093-plain' / 'checkpoint')
    of_characters = checkpoint_to_evaluate(CheckpointDirectory(plain), 'auto', log)
    with pytest.raises(CheckpointError, match='has 29 outputs, for the characters of an alphabet, --bytes_output_mode '
                                              'needs 256; leave the flag out'):
        resolve(Asked(golden.run.alphabet), of_characters, log)
