"""The trainer as a program: training, resuming, testing, exporting; bad input and exit codes."""

import csv
import json
import os
import shutil
import wave
from pathlib import Path

import numpy as np
import pytest

from deepspeech_training.checkpoints import metadata
from deepspeech_training.checkpoints.directory import CheckpointDirectory
from deepspeech_training.console.log import Log

ROOT = Path(__file__).resolve().parent.parent
SMALL = ('--n_hidden', 32, '--train_batch_size', 3, '--dev_batch_size', 3, '--test_batch_size', 4, '--beam_width', 16,
         '--noshow_progressbar')


def csv_file(path, rows, columns=('wav_filename', 'wav_filesize', 'transcript')):
    with open(str(path), 'w', newline='', encoding='utf-8') as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(rows)
    return path


def files_in(directory):
    return sorted(path.name for path in directory.iterdir())


def test_train_test_export_resume(fresh_deepspeech, clips, tmp_path):
    checkpoints, output, exported = tmp_path / 'ckpt', tmp_path / 'out.json', tmp_path / 'export'
    command = SMALL + ('--train_files', clips, '--dev_files', clips, '--epochs', 2, '--checkpoint_dir', checkpoints)
    first = fresh_deepspeech(*command, '--max_to_keep', 1, '--test_files', clips, '--test_output_file', output,
                             '--export_dir', exported, '--export_language', 'en-US')
    assert first.returncode == 0, first.stdout + first.stderr
    assert files_in(checkpoints) == sorted(
        ['checkpoint', 'best_dev_checkpoint', 'flags.txt', 'history.jsonl', 'report.html', 'predictions.jsonl', 'run.json'] +
        ['data_report.html', 'data_report.json', 'findings.csv'] +
        ['.lock'] + [f'{name}{suffix}' for name in ('train-6', 'best_dev-6')
         for suffix in ('.index', '.data-00000-of-00001', '.json')])
    assert 'I Saved new best validating model with loss' in first.stdout
    assert f'Test on {clips} - WER: ' in first.stdout
    results = json.loads(output.read_text(encoding='utf-8'))
    assert list(results[0]) == ['wav_filename', 'src', 'res', 'loss', 'char_distance', 'char_length', 'word_distance',
                                'word_length', 'cer', 'wer']
    assert {result['src'] for result in results} >= {'yesterday', 'the number is not answering'}
    assert files_in(exported) == ['author_model_0.0.1.md', 'output_graph.pb', 'output_graph.pbmm']
    assert 'language: en-US\n' in (exported / 'author_model_0.0.1.md').read_text(encoding='utf-8')

    again = fresh_deepspeech(*command)
    assert f'I Resuming from the most recent checkpoint {checkpoints}/train-6' in again.stdout
    assert 'Training epoch 2...' in again.stdout and 'Training epoch 0...' not in again.stdout
    assert (checkpoints / 'train-12.index').exists()


def set_back(directory, **progress):
    """Lets a finished run look as if it had been interrupted: its checkpoints remember less than was done."""
    for path in directory.glob('*-*.json'):
        values = metadata.read(str(path.with_suffix('')))
        values['progress'].update(progress)
        metadata.write(str(path.with_suffix('')), values)


def test_an_interrupted_run_finishes_what_it_was_asked_for(deepspeech, clips, tmp_path):
    checkpoints = tmp_path / 'ckpt'
    command = SMALL + ('--train_files', clips, '--dev_files', clips, '--checkpoint_dir', checkpoints, '--epochs', 3)
    assert deepspeech(*command).returncode == 0
    # As if the machine had been switched off in the second epoch, after its first update.
    set_back(checkpoints, epoch=1, position=1)
    resumed = deepspeech(*command)
    assert 'I Going on with epoch 1 of 3.' in resumed.stdout
    # 9 updates were there, 2 were missing in epoch 1, 3 in epoch 2.
    assert (checkpoints / 'train-14.index').exists() and 'Training epoch 3' not in resumed.stdout


def test_fine_tuning_into_another_directory_begins_anew_and_resumes_there(deepspeech, clips, tmp_path):
    first, second = tmp_path / 'first', tmp_path / 'second'
    data = SMALL + ('--train_files', clips, '--dev_files', clips)
    assert deepspeech(*data, '--checkpoint_dir', first, '--epochs', 1).returncode == 0
    command = data + ('--load_checkpoint_dir', first, '--save_checkpoint_dir', second, '--epochs', 2, '--test_files', clips)
    run = deepspeech(*command)
    assert f'I Loading best validating checkpoint from {first}/best_dev-3' in run.stdout
    assert 'Training epoch 0...' in run.stdout and 'Training epoch 2...' not in run.stdout
    # The test uses what was just trained.
    assert f'I Loading best validating checkpoint from {second}/best_dev-' in run.stdout
    set_back(second, epoch=1)
    again = deepspeech(*command)
    assert f'I Resuming from the most recent checkpoint {second}/train-9' in again.stdout
    assert f'W --load_checkpoint_dir {first} is not used: the run in {second} goes on.' in again.stdout


def test_early_stopping_stays_stopped(deepspeech, clips, tmp_path):
    command = SMALL + ('--train_files', clips, '--dev_files', clips, '--checkpoint_dir', tmp_path / 'ckpt', '--epochs', 9,
                       '--early_stop', 'true', '--es_epochs', 2, '--es_min_delta', 1000)
    first = deepspeech(*command)
    assert ('I Early stop triggered as the loss did not improve the last 2 epochs\nI None of the last 2 epochs has lowered the '
            'loss by 1000 or more (--es_min_delta); --es_epochs 2 is reached.\n') in first.stdout
    again = deepspeech(*command)
    assert again.returncode == 0 and 'Early stopping was already reached' in again.stdout
    assert 'STARTING' not in again.stdout


def test_plateau_lowers_the_rate_of_the_best_model(deepspeech, clips, tmp_path):
    run = deepspeech(*SMALL, '--train_files', clips, '--dev_files', clips, '--checkpoint_dir', tmp_path / 'ckpt',
                     '--epochs', 3, '--reduce_lr_on_plateau', '--plateau_epochs', 2, '--es_min_delta', 1000,
                     '--learning_rate', 0.01)
    assert run.stdout.count('I Encountered a plateau, reducing learning rate to 0.001') == 1, run.stdout
    assert 'I Saved best validating model with reduced learning rate to' in run.stdout
    assert '(--es_min_delta); --plateau_epochs 2 is reached.' in run.stdout


def test_a_best_model_that_is_a_plateau_too_goes_on_from_itself(deepspeech, clips, tmp_path):
    run = deepspeech(*SMALL, '--train_files', clips, '--dev_files', clips, '--checkpoint_dir', tmp_path / 'ckpt',
                     '--epochs', 2, '--reduce_lr_on_plateau', '--plateau_epochs', 1, '--es_min_delta', 1000)
    best, plateau, saved = [run.stdout.rindex(line) for line in (
        'I Saved new best validating model', 'I Encountered a plateau', 'I Saved best validating model with reduced')]
    assert best < plateau < saved, run.stdout
    for method in ('best', 'last'):
        source = CheckpointDirectory(str(tmp_path / 'ckpt')).find(method, Log(3))
        assert source.value('global_step') == 6 and np.isclose(source.value('learning_rate'), 0.0001)


def test_overfits_one_utterance_to_its_exact_transcript(deepspeech, one_clip, tmp_path):
    run = deepspeech('--train_files', one_clip, '--test_files', one_clip, '--n_hidden', 100, '--epochs', 220,
                     '--learning_rate', 0.001, '--checkpoint_dir', tmp_path / 'ckpt', '--beam_width', 64,
                     '--one_shot_infer', one_clip.read_text().split('\n')[1].split(',')[0], '--max_to_keep', 1)
    assert ' - src: "yesterday"\n - res: "yesterday"\n' in run.stdout, run.stdout + run.stderr
    assert run.stdout.strip().split('\n')[-1] == 'yesterday'
    assert 'Epoch 219 |   Training | Elapsed Time: 0:00:' in run.stdout


def test_without_arguments_it_says_what_there_is_to_do(fresh_deepspeech):
    run = fresh_deepspeech()
    assert run.returncode == 1 and not run.stderr
    lines = run.stdout.split('\n')
    assert lines[0] == 'Nothing was asked for. What there is to do:' and max(map(len, lines)) <= 118
    for part in ('bash bin/train-tiny-dataset.sh', 'python DeepSpeech.py --train_files', 'bin/make_scorer.py', '--help'):
        assert part in run.stdout


def test_without_work_it_says_what_to_pass(deepspeech):
    run = deepspeech('--epochs', 3)
    assert run.returncode == 1 and run.stdout.startswith('E nothing to do: pass --train_files, ')


def bad_run(deepspeech, tmp_path, train_csv, *more):
    """Runs a training that must fail before its first step; returns its last line."""
    run = deepspeech(*SMALL, '--train_files', train_csv, '--epochs', 1, '--checkpoint_dir', tmp_path / 'ckpt', *more)
    assert run.returncode == 1, run.stdout + run.stderr
    assert 'STARTING' not in run.stdout and 'Traceback' not in run.stdout + run.stderr
    lines = run.stdout.strip().split('\n')
    assert lines[-1].startswith('E ')
    return lines[-1]


def test_bad_data_sets_are_explained(deepspeech, clips, tmp_path):
    wav = clips.parent / 'letters_k.wav'
    row = [str(wav), wav.stat().st_size]
    assert 'missing.csv' in bad_run(deepspeech, tmp_path, tmp_path / 'missing.csv')
    no_wav = csv_file(tmp_path / 'nowav.csv', [['gone.wav', 1, 'k'], ['gone2.wav', 1, 'k']])
    message = bad_run(deepspeech, tmp_path, no_wav)
    assert 'gone.wav' in message and '1 other' in message
    columns = csv_file(tmp_path / 'columns.csv', [row], columns=('wav_filename', 'size'))
    message = bad_run(deepspeech, tmp_path, columns)
    assert 'transcript' in message and "'size'" in message
    empty = csv_file(tmp_path / 'empty.csv', [row + ['k'], row + ['']])
    message = bad_run(deepspeech, tmp_path, empty)
    assert 'empty' in message and 'line 3' in message
    foreign = csv_file(tmp_path / 'foreign.csv', [row + ['k'], row + ['caf\u00e9'], row + ['na\u00efve']])
    message = bad_run(deepspeech, tmp_path, foreign)
    for part in ("'\u00e9'", 'U+00E9', 'LATIN SMALL LETTER E WITH ACUTE', 'foreign.csv', 'line 3', '1 other'):
        assert part in message


def test_utterances_that_cannot_be_aligned_are_left_out_and_listed(deepspeech, clips, tmp_path):
    wav = clips.parent / 'letters_k.wav'
    rows = [[str(wav), wav.stat().st_size, 'k'], [str(wav), wav.stat().st_size, 'k' * 200]]
    run = deepspeech(*SMALL, '--train_files', csv_file(tmp_path / 'a.csv', rows), '--epochs', 1, '--checkpoint_dir',
                     tmp_path / 'ckpt')
    assert run.returncode == 0, run.stdout + run.stderr
    listed = (tmp_path / 'ckpt' / 'rejected.csv').read_text(encoding='utf-8')
    assert listed.startswith('set,wav_filename,reason,transcript\n') and 'letters_k.wav' in listed
    assert 'rejected.csv' in run.stdout


def test_other_audio_is_converted_and_said_once(deepspeech, tmp_path):
    rows = []
    for number in range(3):
        path = tmp_path / f'{number}.wav'
        with wave.open(str(path), 'wb') as file:
            file.setnchannels(2)
            file.setsampwidth(2)
            file.setframerate(22050)
            file.writeframes(os.urandom(4 * 22050))
        rows.append([path.name, path.stat().st_size, 'noise'])
    run = deepspeech(*SMALL, '--train_files', csv_file(tmp_path / 'a.csv', rows), '--epochs', 1, '--checkpoint_dir',
                     tmp_path / 'ckpt')
    assert run.returncode == 0, run.stdout + run.stderr
    assert len([line for line in run.stdout.split('\n') if 'onverted' in line and '3 clips' in line]) == 1


def test_contradictions_with_the_checkpoint_name_both_values(deepspeech, clips, tmp_path):
    assert deepspeech(*SMALL, '--train_files', clips, '--epochs', 1, '--checkpoint_dir', tmp_path / 'ckpt').returncode == 0
    before = files_in(tmp_path / 'ckpt')
    command = ('--train_files', clips, '--train_batch_size', 3, '--epochs', 1, '--checkpoint_dir', tmp_path / 'ckpt')
    for flag, wanted, has in (('n_hidden', '64', '32'), ('rnn_direction', 'unidirectional', 'bidirectional')):
        run = deepspeech(*command, f'--{flag}', wanted)
        last = run.stdout.strip().split('\n')[-1]
        assert run.returncode == 1 and wanted in last and has in last
    other = tmp_path / 'alphabet.txt'
    other.write_text('a\nb\n \n', encoding='utf-8')
    only_ab = csv_file(tmp_path / 'ab.csv', [[str(clips.parent / 'digits_yesterday.wav'), 1, 'ab']])
    run = deepspeech('--train_files', only_ab, '--epochs', 1, '--checkpoint_dir', tmp_path / 'ckpt',
                     '--alphabet_config_path', other)
    last = run.stdout.strip().split('\n')[-1]
    assert run.returncode == 1 and '29' in last and '4' in last
    assert files_in(tmp_path / 'ckpt') == before
    # Without the flag the width of the checkpoint is taken.
    run = deepspeech(*command)
    assert run.returncode == 0 and 'Taking n_hidden 32 from the checkpoint' in run.stdout


@pytest.mark.parametrize('flag', ['--checkpoint_dir', '--export_dir', '--test_output_file'])
def test_places_that_cannot_be_written_are_found_before_the_first_step(deepspeech, clips, tmp_path, flag):
    (tmp_path / 'file').write_text('')
    run = deepspeech(*SMALL, '--checkpoint_dir', tmp_path / 'ckpt', '--train_files', clips, '--epochs', 1, flag,
                     tmp_path / 'file' / 'x')
    assert run.returncode == 1 and 'STARTING' not in run.stdout
    assert str(tmp_path / 'file' / 'x') in run.stdout.strip().split('\n')[-1]


def test_a_missing_scorer_is_found_before_the_first_step(deepspeech, clips, tmp_path):
    assert 'gone.scorer' in bad_run(deepspeech, tmp_path, clips, '--test_files', clips, '--scorer_path', 'gone.scorer')


def test_names_of_files_may_be_any_bytes(fresh_deepspeech, tmp_path):
    """As on a disk whose names were written in Latin-1: training, test, export, and the flags as a flagfile."""
    directory = os.path.join(str(tmp_path), os.fsdecode(b'caf\xe9'))
    os.mkdir(directory)
    for source in (ROOT / 'tests' / 'clips' / 'digits_yesterday.wav', ROOT / 'data' / 'alphabet.txt'):
        shutil.copy(str(source), directory)
    with open(os.path.join(directory, 'set.csv'), 'w') as file:
        file.write('wav_filename,wav_filesize,transcript\ndigits_yesterday.wav,1,yesterday\n')

    def inside(name):
        return os.path.join(directory, name)
    first = fresh_deepspeech(*(word for phase in ('train', 'dev', 'test') for word in (f'--{phase}_files', inside('set.csv'))),
                             '--checkpoint_dir', inside('run'), '--summary_dir', inside('curves'), '--export_dir',
                             inside('out'), '--alphabet_config_path', inside('alphabet.txt'), '--test_output_file',
                             inside('report.json'),
                             '--feature_cache', inside('cache'), '--n_hidden', '8', '--epochs', '1', '--noshow_progressbar')
    again = fresh_deepspeech('--flagfile', inside('run/flags.txt'), '--notest', '--export_dir=')
    assert (first.returncode, again.returncode) == (0, 0), first.stdout + first.stderr + again.stdout + again.stderr
    with open(inside('report.json'), encoding='utf-8') as file:
        assert json.load(file)[0]['wav_filename'] == inside('digits_yesterday.wav')


def test_determinism_holds_for_tests_and_exports(deepspeech, one_clip, tmp_path):
    result = deepspeech('--train_files', one_clip, '--test_files', one_clip, '--export_dir', tmp_path / 'export', '--epochs', 1,
                        '--checkpoint_dir', tmp_path / 'saved', '--rnn_direction', 'unidirectional', '--deterministic', *SMALL)
    assert result.returncode == 0, result.stdout + result.stderr
    assert 'WER: ' in result.stdout and 'output_graph.pb verified' in result.stdout
