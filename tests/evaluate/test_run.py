"""The test phase: report, greedy line, results that do not depend on interruptions or batch sizes."""

import json
import shutil
import threading
from dataclasses import replace
from itertools import groupby

import numpy as np
import pytest

from deepspeech_training.decode.interface import BeamSearchDecoder, greedy_texts, make_decoder
from deepspeech_training.errors import DataError
from deepspeech_training.evaluate import preview
from deepspeech_training.evaluate import run as phase
from deepspeech_training.evaluate.forward import forward_pass
from deepspeech_training.text.metrics import error_rates


def run_test(trained, log, **report):
    run = replace(trained.run, report=replace(trained.run.report, **report))
    return phase.test(run, trained.sets, trained.source, log)


def best_path(rows, alphabet):
    """The text of the likeliest label of each row: repetitions joined, then blanks left out."""
    path = [label for label, _ in groupby(row.argmax() for row in rows)]
    return ''.join(alphabet.labels[label] for label in path if label != alphabet.blank)


def test_greedy_texts_are_those_of_single_utterances(alphabet):
    random = np.random.RandomState(2)
    probabilities = random.dirichlet(np.full(29, 0.05), size=(12, 40))
    lengths = random.randint(0, 41, 12)
    texts = greedy_texts(probabilities, lengths, alphabet)
    assert texts == [best_path(item[:length], alphabet) for item, length in zip(probabilities, lengths)]
    assert any(len(text) > 10 for text in texts) and greedy_texts(probabilities[:0], [], alphabet) == []


def test_report_begins_with_greedy_rates_and_keeps_its_published_lines(trained, log, output):
    results = run_test(trained, log, report_count=1)
    path = trained.sets[0][0]
    lines = output.getvalue().split('\n')
    assert lines[:2] == [f'Testing model on {path}', 'I Test epoch...']
    assert lines.pop(2).startswith('I Of the first 9 of 9 utterances, before beam search: greedy WER: ')
    greedy = results[:9]
    wer = (sum(result.greedy_edits.word_distance for result in greedy)
           / sum(result.greedy_edits.word_length for result in greedy))
    assert lines[2].startswith(f'Greedy WER: {min(wer, 1):f}, CER: ')
    assert lines[2].endswith(' (without beam search and language model)')
    assert lines[3].startswith(f'Test on {path} - WER: ') and lines[4] == '-' * 80 and lines[5] == 'Best WER: '
    assert len([line for line in lines if line.startswith('Greedy WER')]) == 2


def test_results_equal_those_of_one_utterance_at_a_time(trained, log):
    results = {result.wav_filename: result for result in run_test(trained, log)[:9]}
    decoder = make_decoder(trained.run.decoder, trained.run.alphabet)
    run = trained.run
    with forward_pass(trained.source, run.model, run.features, run.devices, run.test.batch_size) as network:
        for prepared in trained.sets[0][1]:
            rows = network.probabilities(prepared)
            assert results[prepared.id].res == decoder.decode(rows)[0].text


def test_a_failing_decoder_keeps_the_results_before_and_the_next_run_goes_on(
        trained, log, output, tmp_path, monkeypatch):
    trained = trained._replace(run=replace(trained.run, decoder=replace(trained.run.decoder, n_threads=1)))
    path = tmp_path / 'out.json'
    whole = run_test(trained, log)
    real, calls = phase.greedy_texts, []

    def failing(*arguments):
        calls.append(1)
        if len(calls) == 4:
            raise DataError('the probability in row 0 is nan')
        return real(*arguments)

    monkeypatch.setattr(phase, 'greedy_texts', failing)
    with pytest.raises(DataError, match='row 0 is nan'):
        run_test(trained, log, test_output_file=str(path))
    assert 'I The results of 6 utterances are kept in' in output.getvalue() and not path.exists()
    calls[:] = []
    monkeypatch.setattr(phase, 'greedy_texts', lambda *arguments: calls.append(1) or real(*arguments))
    assert run_test(trained, log, test_output_file=str(path)) == whole
    assert 'I Taking up the results of 6 utterances from' in output.getvalue()
    # Batches of two: the missing three of the first set, four of the second.
    assert len(calls) == 4
    assert len(json.loads(path.read_text(encoding='utf-8'))) == 13
    assert not (tmp_path / 'out.json.partial').exists()


def test_small_batches_are_decoded_beside_each_other(trained, log, monkeypatch):
    together = threading.Barrier(3)  # breaks after a while unless three batches are at work at once
    real = phase.greedy_texts
    run = replace(trained.run, test=replace(trained.run.test, batch_size=1),
                  decoder=replace(trained.run.decoder, n_threads=3))
    alone = phase.test(run, trained.sets[:1], trained.source, log)
    monkeypatch.setattr(phase, 'greedy_texts', lambda *arguments: together.wait(20) is not None and real(*arguments))
    assert phase.test(run, trained.sets[:1], trained.source, log) == alone


def test_after_training_the_advice_is_how_not_to_train_again(trained, log, output, monkeypatch):
    monkeypatch.setattr(phase, 'write_atomically', interrupt)
    directory = trained.run.checkpoints.save_dir
    run = replace(trained.run, train=replace(trained.run.train, files=('train.csv',)),
                  checkpoints=replace(trained.run.checkpoints, load_evaluate='last'),
                  report=replace(trained.run.report, test_output_file=f'{directory}/out.json'))
    with pytest.raises(KeyboardInterrupt):
        phase.test(run, trained.sets, trained.source, log)
    assert output.getvalue().endswith(
        f'are kept in {directory}/out.json.partial; to go on from there, repeat the command without --train_files, with '
        f'--load_checkpoint_dir {directory} --load_evaluate last.\n')


@pytest.mark.parametrize('change, said', [
    (lambda run: replace(run, decoder=replace(run.decoder, lm_alpha=0.5)), 'decoder settings'),
    (lambda run: replace(run, decoder=replace(run.decoder, scorer_path='')), 'scorer')])
def test_other_settings_start_over(trained, log, output, tmp_path, monkeypatch, change, said):
    place = tmp_path / 'ckpt' / 'test-results.partial'
    monkeypatch.setattr(phase, 'write_atomically', interrupt)
    with pytest.raises(KeyboardInterrupt):
        run_test(trained, log, test_output_file=str(tmp_path / 'x'))
    (tmp_path / 'x.partial').rename(place)
    changed = trained._replace(run=change(trained.run))
    results = run_test(changed, log)
    assert f'({said}: not the same); starting over.' in output.getvalue()
    assert len(results) == 13 and not place.exists()


def interrupt(*_):
    raise KeyboardInterrupt


def test_audio_that_has_gone_is_named_and_not_in_the_report(trained, log, output, tmp_path):
    """Nor is it in what an interrupted test goes on from: the file may be there again by then."""
    (path, utterances), _ = trained.sets
    gone = replace(utterances[4], audio=replace(utterances[4].audio, path=str(tmp_path / 'gone.wav')))
    sets = [(path, utterances[:4] + [gone] + utterances[5:])]
    whole = phase.test(trained.run, [(path, utterances)], trained.source, log)
    results = phase.test(trained.run, sets, trained.source, log)
    assert sorted(results) == sorted(result for result in whole if result.wav_filename != gone.id)
    assert (f'W 1 of 9 utterances of {path} are not in this report: {tmp_path}/gone.wav: cannot be opened (No such file or '
            f'directory).') in output.getvalue()
    all_gone = [replace(gone, id=str(index)) for index in range(9)]
    with pytest.raises(DataError, match='9 of 9 utterances cannot be read any more'):
        phase.test(trained.run, [(path, all_gone)], trained.source, log)


def test_a_report_says_what_the_check_has_left_out(deepspeech, clips, tmp_path):
    cut, whole = tmp_path / 'cut.wav', clips.parent / 'digits_yesterday.wav'
    cut.write_bytes(whole.read_bytes()[:20000])
    path = tmp_path / 'test.csv'
    path.write_text(f'wav_filename,wav_filesize,transcript\n{cut},1,yesterday\n{whole},2,yesterday\n', encoding='utf-8')
    checkpoint = tmp_path / 'checkpoint'
    shutil.copytree(str(clips.parent.parent / 'golden' / 'ds093-plain' / 'checkpoint'), str(checkpoint))
    result = deepspeech('--test_files', path, '--checkpoint_dir', checkpoint, '--scorer', '')
    assert result.returncode == 0, result.stdout + result.stderr
    assert f'Left out 1 utterance of {path} whose audio cannot be used, {cut} (ends after 0.62 of 1.01 s; ' in result.stdout
    report = result.stdout[result.stdout.index(f'Test on {path} - WER: '):]
    assert f'W 1 of 2 utterances of {path} are not in this report: {cut} (ends after 0.62 of 1.01 s; ' in report


def test_greedy_rates_are_said_before_any_beam_search(trained, log, output, monkeypatch):
    said_before = []
    real = BeamSearchDecoder.decode_batch
    monkeypatch.setattr(BeamSearchDecoder, 'decode_batch',
                        lambda *arguments: said_before.append(output.getvalue()) or real(*arguments))
    results = phase.test(trained.run, trained.sets[:1], trained.source, log)
    greedy = error_rates(result.greedy_edits for result in results)
    line = (f'I Of the first 9 of 9 utterances, before beam search: greedy WER: {greedy[0]:f}, CER: {greedy[1]:f}\n')
    assert len(said_before) == 5 and all(line in said for said in said_before)


def test_a_large_set_is_previewed_in_part(trained, log, output, monkeypatch):
    monkeypatch.setattr(preview, 'N_PREVIEWED', 3)
    whole = phase.test(trained.run, trained.sets[:1], trained.source, log)
    assert 'I Of the first 4 of 9 utterances, before beam search: ' in output.getvalue()  # two batches of two
    assert len(whole) == 9
