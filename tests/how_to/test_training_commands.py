"""Commands of DeepSpeech how-tos, of release 0.1 and of its Russian fork, as written there."""

from pathlib import Path

import pytest

from deepspeech_training.lm.build import LanguageModelConfig
from deepspeech_training.lm.legacy_files import build_legacy_files

SCORER = Path(__file__).resolve().parents[1] / 'golden' / 'train.scorer'
STOPPING = ('--n_hidden 64 --reduce_lr_on_plateau true --plateau_epochs 8 --plateau_reduction 0.08 --early_stop true '
            '--es_epochs 10 --es_min_delta 0.06')
# Flags given later win: the last line of each makes it short.
RELEASE_01 = ('--train_batch_size 2 --dev_batch_size 2 --test_batch_size 2 --epoch 10 --display_step 5 '
              '--validation_step 1 --early_stop True --earlystop_nsteps 6 --estop_mean_thresh 0.1 --estop_std_thresh 0.1 '
              '--dropout_rate 0.22 --default_stddev 0.046875 --learning_rate 0.00095 --report_count 100 --use_seq_length False '
              '--decoder_library_path native_client/libctc_decoder_with_kenlm.so --lm_weight 1.75 '
              '--word_count_weight 1.00 --valid_word_count_weight 1.00 --random_seed 4567 --checkpoint_secs 0 --max_to_keep 1 '
              '--n_hidden 32 --epoch 2')
RUSSIAN_FORK = ('--train_batch_size 1 --dev_batch_size 1 --test_batch_size 1 --learning_rate 0.0001 --epoch 35 '
                '--display_step 0 --validation_step 1 --dropout_rate 0.3 --default_stddev 0.046875 --n_hidden 512 '
                '--log_level 1 --report_count 3 --xla false --use_warpctc true --log_telegram true '
                '--n_hidden 32 --epoch 2')


@pytest.fixture
def sets(clips, tmp_path):
    """a.csv, b.csv and c.csv: a recording each, to train, validate and test on."""
    header, *rows = clips.read_text(encoding='utf-8').splitlines()
    paths = []
    for name, row in zip('abc', rows):
        paths.append(tmp_path / f'{name}.csv')
        paths[-1].write_text(f'{header}\n{clips.parent}/{row}\n', encoding='utf-8')
    return paths


def files(sets, tmp_path):
    a, b, c = sets
    return ['--train_files', a, '--dev_files', b, '--test_files', c, '--checkpoint_dir', tmp_path / 'd', '--export_dir',
            tmp_path / 'e']


def lines_of(run):
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout.split('\n')


@pytest.mark.slow
@pytest.mark.parametrize('more', ['', '--epochs 75 --early_stop True --scorer_path kenlm.scorer'])
def test_training_that_stops_by_itself(deepspeech, sets, tmp_path, more):
    words = (STOPPING + ' ' + more.replace('kenlm.scorer', str(SCORER))).split()
    lines = lines_of(deepspeech(*files(sets, tmp_path), *words))
    n_epochs = len([line for line in lines if '|   Training |' in line])
    assert 10 < n_epochs < 75
    (plateau,) = [line for line in lines if line.startswith('I Encountered a plateau, reducing learning rate to ')]
    assert plateau.endswith(' 8e-05')
    assert 'I Early stop triggered as the loss did not improve the last 10 epochs' in lines
    assert any(line.startswith(f'Test on {sets[2]} - WER: ') for line in lines)
    assert (tmp_path / 'e' / 'output_graph.pb').exists()


def test_a_command_of_release_01_with_its_language_model(deepspeech, sets, alphabet, tmp_path):
    text = tmp_path / 'text.txt'
    text.write_text('the number is not answering\nyesterday was monday\n' * 3, encoding='utf-8')
    (tmp_path / 'lm').mkdir()
    config = LanguageModelConfig(order=2, prune=(0,), structure='probing', discount_fallback=True)
    build_legacy_files(str(text), str(tmp_path / 'lm'), alphabet, config, alpha=0.9, beta=1.2,
                       report=lambda line: None)
    run = deepspeech(*files(sets, tmp_path), *RELEASE_01.split(), '--lm_binary_path', tmp_path / 'lm' / 'lm.binary',
                     '--lm_trie_path', tmp_path / 'lm' / 'trie')
    lines = lines_of(run)
    assert 'I --lm_weight 1.75 means --lm_alpha 0.76 today.' in lines
    assert 'W --decoder_library_path has no effect any more: the decoder is the Python package ds_ctcdecoder.' in lines
    assert len([line for line in lines if 'has no effect any more' in line or 'have no effect any more' in line]) == 5
    assert (tmp_path / 'd' / 'train-2.index').exists() and (tmp_path / 'e' / 'output_graph.pb').exists()

    # What the run was asked for can be asked again, and evaluated as 0.1 did.
    again = lines_of(deepspeech('--flagfile', tmp_path / 'd' / 'flags.txt', '--train=0', '--export_dir='))
    assert 'I STARTING Optimization' not in again
    (report,) = [line for line in lines if line.startswith('Test on ')]
    assert report in again


def test_the_script_of_the_russian_fork(deepspeech, sets, tmp_path):
    lines = lines_of(deepspeech(*files(sets, tmp_path), *RUSSIAN_FORK.split()))
    assert lines[0].startswith('I --epoch 2 means --epochs 2 today: epochs of this run; early stopping, ')
    assert [line.split(' has ')[0] for line in lines if line.startswith('W ')] == [
        'W --default_stddev', 'W --use_warpctc', 'W telegram_credentials.json: no such file, so nothing is sent to Telegram; '
        '--telegram_cred_path names a JSON file with "accessToken" and "chatId".']
    assert (tmp_path / 'd' / 'train-2.index').exists() and (tmp_path / 'e' / 'output_graph.pb').exists()
