"""What a test leaves for people and programs: report.html and predictions.jsonl beside the checkpoint that was tested."""

import json
import os
from dataclasses import replace

import numpy as np
import pytest
from pages import CHROMIUM, check_numbers, complaints

from deepspeech_training.data.datasets import read_each
from deepspeech_training.data.further_columns import further_columns
from deepspeech_training.data.preflight import check_rows
from deepspeech_training.decode.interface import make_decoder
from deepspeech_training.errors import ConfigError
from deepspeech_training.evaluate import page
from deepspeech_training.evaluate import run as phase
from deepspeech_training.evaluate.forward import forward_pass
from deepspeech_training.reports.elements import FORMS, shown
from deepspeech_training.reports.page import data_of
from deepspeech_training.settings.config import Asked, ReportConfig, SetConfig
from deepspeech_training.settings.features import FeatureConfig
from deepspeech_training.text.alphabet import Alphabet
from deepspeech_training.text.metrics import error_rates

HISTORY = '{"run": "a", "epoch": 0, "set": "train", "dataset": "clips.csv", "loss": 81.5, "rate": 0.001}\n'


def run_test(trained, log, **report):
    run = replace(trained.run, report=replace(trained.run.report, **report), flags_text='# --n_hidden=48\n--scorer_path=x y\n')
    return phase.test(run, trained.sets, trained.source, log)


def directory_of(trained):
    return trained.run.checkpoints.load_dir


def test_page_and_predictions_lie_beside_the_checkpoint(trained, log, output, tmp_path):
    with open(os.path.join(directory_of(trained), 'history.jsonl'), 'w', encoding='ascii') as file:
        file.write(HISTORY)
    with open(os.path.join(directory_of(trained), 'run.json'), 'w', encoding='ascii') as file:
        file.write('{"format": 1, "starts": [{}, {"versions": {"git": "0123abc"}, "ended": null}]}')
    results = run_test(trained, log)
    path = os.path.join(directory_of(trained), 'report.html')
    with open(path, encoding='utf-8') as file:
        html = file.read()
    data = data_of(html)
    assert check_numbers(html, data, lambda number: [shown(number, form) for form in FORMS]) > 200
    wer, cer = error_rates(result.edits for result in results)
    assert (data['summary']['WER']['value'], data['summary']['CER']['value']) == (wer, cer)
    assert [row['utterances'] for row in data['sets']] == [9, 4]
    assert data['curves'][0]['loss'] == {'train': {'x': [0], 'y': [81.5]}}
    configuration = {row['what']: row['value'] for row in data['configuration']}
    assert configuration['training: versions: git'] == '0123abc' and configuration['training: ended'] == 'None'
    assert configuration['--scorer_path'] == 'x y' and configuration['model: n_hidden'] == '48'
    assert not [name for name in configuration if '--n_hidden' in name]  # it was not given
    assert f'I The report with charts and sound is {path}.\n' in output.getvalue()
    if CHROMIUM:
        assert complaints(path, tmp_path) == []


def test_predictions_are_the_results_with_their_confidence(trained, log):
    results = run_test(trained, log)[:9]
    path = os.path.join(directory_of(trained), 'predictions.jsonl')
    with open(path, encoding='utf-8') as file:
        lines = [json.loads(line) for line in file]
    assert [line['dataset'] for line in lines] == [trained.sets[0][0]] * 9 + [trained.sets[1][0]] * 4
    by_path = {result.wav_filename: result for result in results}
    decoder, run = make_decoder(trained.run.decoder, trained.run.alphabet), trained.run
    with forward_pass(trained.source, run.model, run.features, run.devices, 1) as network:
        for line, utterance in zip(lines, trained.sets[0][1]):
            result = by_path[line['audio_filepath']]
            assert (line['text'], line['pred_text']) == (result.src, result.res)
            assert (line['wer'], line['cer']) == (round(result.edits.wer, 7), round(result.edits.cer, 7))
            assert line['loss'] == pytest.approx(result.loss, rel=1e-6)
            assert line['duration'] == pytest.approx(utterance.n_samples / 16000, abs=1e-4)
            best = decoder.decode(network.probabilities(utterance))[0]
            assert line['confidence'] == pytest.approx(best.label_probability, abs=1e-5)


def test_close_ups_show_what_the_network_gives(trained, log):
    run_test(trained, log)
    with open(os.path.join(directory_of(trained), 'report.html'), encoding='utf-8') as file:
        data = data_of(file.read())
    path, table = data['close-up 1'][0], data['close-up 1'][1][0]
    utterance = next(one for one in trained.sets[0][1] if one.id == path)
    run = trained.run
    with forward_pass(trained.source, run.model, run.features, run.devices, 1) as network:
        probabilities = network.probabilities(utterance)
    blank = run.alphabet.blank
    assert table['frames'] == len(probabilities) == utterance.n_frames
    assert table['blank share'] == float((probabilities.argmax(axis=1) == blank).mean())
    lines = next(part for part in data['close-up 1'] if isinstance(part, dict) and 'blank' in part)
    np.testing.assert_allclose(lines['blank']['y'], probabilities[:, blank], rtol=1e-3, atol=1e-9)


def test_files_go_where_they_are_wanted(trained, log, tmp_path):
    run_test(trained, log, report_file=str(tmp_path / 'r.html'), predictions_file='none')
    assert data_of((tmp_path / 'r.html').read_text(encoding='utf-8'))['title'] == 'Test on clips.csv, clips.csv'
    assert not {'report.html', 'predictions.jsonl'} & set(os.listdir(directory_of(trained)))


def test_a_directory_that_is_only_loaded_from_stays_as_it_is(trained, log, tmp_path):
    checkpoints = replace(trained.run.checkpoints, save_dir=str(tmp_path))
    before = sorted(os.listdir(directory_of(trained))), sorted(os.listdir(str(tmp_path)))
    run_test(trained._replace(run=replace(trained.run, checkpoints=checkpoints)), log)
    assert (sorted(os.listdir(directory_of(trained))), sorted(os.listdir(str(tmp_path)))) == before


def test_results_do_not_depend_on_the_page(trained, log, output, tmp_path):
    """Nor does the test end where it cannot be written."""
    results = run_test(trained, log, report_file='none', predictions_file='none')
    blocked = tmp_path / 'blocked'
    blocked.mkdir()
    assert run_test(trained, log, report_file=str(blocked)) == results
    assert f'W {blocked}: cannot be written (' in output.getvalue() and 'The test is done all the same.' in output.getvalue()


def test_a_history_that_is_damaged_costs_its_lines_and_a_page_that_fails_itself(trained, log, output):
    with open(os.path.join(directory_of(trained), 'history.jsonl'), 'w', encoding='ascii') as file:
        file.write(HISTORY + HISTORY.replace('81.5', '"x"') + HISTORY.replace('0.001', '[1]') + HISTORY.replace('81.5', 'NaN'))
    assert run_test(trained, log)
    with open(os.path.join(directory_of(trained), 'report.html'), encoding='utf-8') as file:
        assert data_of(file.read())['curves'][0]['loss'] == {'train': {'x': [0, 0], 'y': [81.5, None]}}
    with open(os.path.join(directory_of(trained), 'run.json'), 'w', encoding='ascii') as file:
        file.write('[' * 100000)
    assert run_test(trained, log)
    assert 'RecursionError' in output.getvalue() and 'The test is done all the same.' in output.getvalue()


def test_a_former_test_is_compared_with(trained, log, output, tmp_path):
    before = str(tmp_path / 'before.jsonl')
    run_test(trained, log, predictions_file=before, report_file='none')
    other = trained._replace(run=replace(trained.run, decoder=replace(trained.run.decoder, scorer_path='')))
    results = run_test(other, log, compare=before)
    said = next(line for line in output.getvalue().splitlines() if line.startswith('Compared with'))
    assert said.startswith(f'Compared with {before} on 13 utterances: WER ') and 'better in' in said
    with open(os.path.join(directory_of(trained), 'report.html'), encoding='utf-8') as file:
        data = data_of(file.read())
    assert data['comparison'][1][0]['now'] == pytest.approx(
        sum(result.edits.word_distance for result in results) / sum(result.edits.word_length for result in results))
    assert data['comparison'][0]['in both tests'] == 13


@pytest.mark.parametrize('config, said', [
    (ReportConfig(compare='/no/such.jsonl'), '/no/such.jsonl: cannot be read'),
    (ReportConfig(report_file='/no/such/page.html'), 'choose another name with --report_file'),
    (ReportConfig(predictions_file='/no/such/p.jsonl'), 'choose another name with --predictions_file')])
def test_what_cannot_be_done_is_said_before_the_test(config, said):
    with pytest.raises(ConfigError, match=said):
        page.check_pages(config)
    page.check_pages(ReportConfig(report_file='none', predictions_file='none'))


@pytest.mark.parametrize('names, said', [
    (dict(report_file='set.csv'), 'set.csv is read, and would be written over'),
    (dict(predictions_file='link.csv'), 'link.csv is read, and would be written over'),
    (dict(test_output_file='old.jsonl', compare='old.jsonl'), 'old.jsonl is read, and would be written over'),
    (dict(report_file='out', predictions_file='./out'), '--report_file and --predictions_file are both ./out')])
def test_no_file_is_written_over_that_the_run_reads_or_writes(names, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ('set.csv', 'old.jsonl'):
        (tmp_path / name).write_text('x')
    (tmp_path / 'link.csv').symlink_to('set.csv')
    asked = Asked(Alphabet(['a'], 'no file'), test=SetConfig(('set.csv',)))
    with pytest.raises(ConfigError, match=said):
        page.check_targets(replace(asked, report=ReportConfig(**names)))
    page.check_targets(replace(asked, report=ReportConfig(predictions_file='old.jsonl', compare='old.jsonl',
                                                          test_output_file='/dev/null', report_file='/dev/null')))


def test_columns_of_the_set_make_breakdowns(trained, log, clips, tmp_path):
    lines = clips.read_text(encoding='utf-8').splitlines()
    header, rows = lines[0], [f'{clips.parent}/{line}' for line in lines[1:]]
    path = tmp_path / 'set.csv'
    path.write_text('\n'.join([f'{header},speaker,note', *(f'{row},s{index % 2},' for index, row in enumerate(rows))]) + '\n',
                    encoding='utf-8')
    ((_, found),) = read_each(SetConfig((str(path),)))
    utterances = check_rows(found, trained.run.alphabet, FeatureConfig(), str(tmp_path)).utterances[::-1]
    columns = further_columns(str(path), utterances)
    assert [row['speaker'] for row in columns] == [f's{index % 2}' for index in range(len(rows))][::-1]
    with open(str(path), 'a', encoding='utf-8') as file:
        file.write(f'{clips.parent}/x.wav,many,x,s1,\n{clips.parent}/x.wav,1,x,too,many,cells\n')
    assert further_columns(str(path), utterances) == columns  # without rows that a run leaves out
    run_test(trained._replace(sets=[(str(path), utterances)]), log)
    with open(os.path.join(directory_of(trained), 'report.html'), encoding='utf-8') as file:
        data = data_of(file.read())
    assert {row['column speaker']: row['utterances'] for row in data['by column speaker'][1]} == {'s0': 5, 's1': 4}
    assert further_columns(str(clips), utterances) == [] and further_columns('gone.csv', utterances) == []
