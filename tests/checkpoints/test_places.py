"""A model that is not found is never replaced by random weights: the four ways to miss one, and what to write instead."""

import re
import shutil
from pathlib import Path

import pytest

from deepspeech_training.checkpoints import files
from deepspeech_training.checkpoints.directory import CheckpointDirectories, CheckpointDirectory
from deepspeech_training.checkpoints.initialisation import checkpoint_to_evaluate, initial_model
from deepspeech_training.checkpoints.places import check_places, orphans
from deepspeech_training.errors import CheckpointError
from deepspeech_training.settings.config import CheckpointConfig
from deepspeech_training.train.state import TrainingState

GOLDEN = Path(__file__).resolve().parents[1] / 'golden' / 'ds093-plain'
LINE = 'model_checkpoint_path: "best_dev-18"'


@pytest.fixture
def orphaned(tmp_path):
    """Directory with a published checkpoint, best_dev-18, without the state file that leads to it."""
    shutil.copytree(str(GOLDEN / 'checkpoint'), str(tmp_path / 'model'))
    for path in (tmp_path / 'model').glob('*checkpoint'):
        path.unlink()
    return tmp_path / 'model'


@pytest.fixture
def train(deepspeech, clips, tmp_path):
    """Function that runs a training of one epoch and returns it."""
    def run(*arguments):
        return deepspeech('--train_files', clips, '--train_batch_size', 9, '--epochs', 1, '--noshow_progressbar',
                          '--n_hidden', 8, '--summary_dir', tmp_path / 'summaries', *arguments)
    return run


def refusal(run):
    """Returns the sentence that a run was refused with."""
    last = run.stdout.strip().split('\n')[-1]
    assert run.returncode == 1 and last.startswith('E '), run.stdout + run.stderr
    assert 'STARTING' not in run.stdout and 'Initializing' not in run.stdout
    return last


@pytest.mark.parametrize('flags', [[], ['--load_train', 'auto'], ['--load_train', 'last'], ['--load_train', 'best']])
def test_a_misspelt_directory_to_load_from_ends_the_run(flags, train, tmp_path):
    (tmp_path / 'empty').mkdir()
    for name, what in (('mispelt', 'there is no such directory'), ('empty', 'there is no checkpoint in it')):
        run = train('--load_checkpoint_dir', tmp_path / name, '--save_checkpoint_dir', tmp_path / 'saved', *flags)
        assert f'{tmp_path / name}: {what}' in refusal(run)
        assert '--load_train init' in run.stdout and not list((tmp_path / 'saved').glob('*.index'))


@pytest.mark.parametrize('names, said', [
    (['train-9.index'], 'of the checkpoint train-9 only a part is there'),
    (['best_dev-9.data-00000-of-00001', 'best_dev-9.json'], 'of the checkpoint best_dev-9 only a part is there'),
    (['output_graph.pbmm'], 'but an exported model: pass --initialize_from_frozen_model')])
def test_what_is_left_of_a_model_is_not_trained_over(names, said, train, tmp_path):
    (tmp_path / 'ckpt').mkdir()
    for name in names:
        (tmp_path / 'ckpt' / name).write_bytes(b'content')
    assert said in refusal(train('--checkpoint_dir', tmp_path / 'ckpt'))
    assert sorted(path.name for path in (tmp_path / 'ckpt').iterdir() if path.name in names) == sorted(names)


def test_a_model_one_directory_below_is_told(train, orphaned, tmp_path):
    (tmp_path / 'above').mkdir()
    orphaned.rename(tmp_path / 'above' / 'moved')
    run = train('--checkpoint_dir', tmp_path / 'above')
    assert run.returncode == 0 and f'W {tmp_path}/above: a new model begins, as there is no checkpoint' in run.stdout


def test_a_directory_for_a_first_run_need_not_exist(train, tmp_path):
    run = train('--checkpoint_dir', tmp_path / 'new')
    assert run.returncode == 0 and 'Initializing all variables' in run.stdout
    assert list((tmp_path / 'new').glob('train-*.index'))


def test_whoever_wants_to_start_afresh_may_say_so(train, tmp_path):
    run = train('--load_checkpoint_dir', tmp_path / 'none', '--save_checkpoint_dir', tmp_path / 'saved', '--load_train', 'init')
    assert run.returncode == 0 and list((tmp_path / 'saved').glob('train-*.index'))


@pytest.mark.parametrize('flag', ['--checkpoint_dir', '--load_checkpoint_dir'])
def test_a_checkpoint_without_state_file_is_named_with_the_line_to_write(flag, train, orphaned, tmp_path):
    saved = [] if flag == '--checkpoint_dir' else ['--save_checkpoint_dir', tmp_path / 'saved']
    said = refusal(train(flag, orphaned, *saved))
    assert f'pass --load_train {orphaned}/best_dev-18' in said
    line, path = re.search(r"write the line '(.*)' into (\S+)\. To start", said).groups()
    assert line == LINE and path == str(orphaned / 'best_dev_checkpoint')
    Path(path).write_text(line + '\n')
    assert CheckpointDirectory(str(orphaned)).best().path == str(orphaned / 'best_dev-18')


def test_both_ways_out_work(train, orphaned, tmp_path):
    for suffix in ('', '.index', '.data-00000-of-00001', '.meta'):
        run = train('--load_train', f'{orphaned}/best_dev-18{suffix}', '--save_checkpoint_dir', tmp_path / f'saved{suffix}',
                    '--n_hidden', 48)
        assert run.returncode == 0 and f'I Loading checkpoint {orphaned}/best_dev-18\n' in run.stdout, run.stdout
        assert list((tmp_path / f'saved{suffix}').glob('train-19.index'))
    (orphaned / 'best_dev_checkpoint').write_text(LINE + '\n')
    assert train('--checkpoint_dir', orphaned, '--n_hidden', 48).returncode == 0


def test_starting_afresh_beside_a_lone_checkpoint_is_warned_of_and_leaves_it(train, orphaned):
    before = {path.name: path.read_bytes() for path in orphaned.glob('best_dev-18.*')}
    run = train('--checkpoint_dir', orphaned, '--load_train', 'init')
    assert run.returncode == 0
    assert f'W {orphaned}: checkpoint best_dev-18 is not found by itself' in run.stdout
    assert {path.name: path.read_bytes() for path in orphaned.glob('best_dev-18.*')} == before


@pytest.mark.parametrize('names, first, others', [
    (['train-3', 'train-20'], 'train-20', ' and 1 more are'), (['model.v0.4.1'], 'model.v0.4.1', ' is'),
    (['model.v0.1.1.ckpt-9', 'model.v0.1.1.ckpt-10', 'x'], 'model.v0.1.1.ckpt-10', ' and 2 more are'),
    (['best_dev-9', 'train-20'], 'best_dev-9', ' and 1 more are')])
def test_checkpoints_of_every_name_are_found(names, first, others, tmp_path, log):
    for name in names:
        (tmp_path / f'{name}.index').write_bytes(b'')
        (tmp_path / f'{name}.data-00000-of-00001').write_bytes(b'')
    (tmp_path / 'half.index').write_bytes(b'')
    config = CheckpointConfig(str(tmp_path), str(tmp_path))
    for look_up in (lambda: initial_model(config, CheckpointDirectories.of(config), log),
                    lambda: checkpoint_to_evaluate(CheckpointDirectory(str(tmp_path)), 'auto', log)):
        with pytest.raises(CheckpointError, match=f'checkpoint {re.escape(first)}{others} not found by itself'):
            look_up()


def test_a_lone_best_checkpoint_is_told_where_the_last_one_is_taken(open_writer, tmp_path, log, output):
    with open_writer() as (writer, session):
        writer.save_best(session, 4, TrainingState('run', epoch=1).as_dict())
        writer.save_last(session, 5, TrainingState('run', epoch=1).as_dict())
        (tmp_path / 'best_dev_checkpoint').unlink()
        assert checkpoint_to_evaluate(CheckpointDirectory(str(tmp_path)), 'auto', log).path == str(tmp_path / 'train-5')
        assert 'W ' in output.getvalue() and 'checkpoint best_dev-4 is not found by itself' in output.getvalue()
        assert writer.save_best(session, 4, TrainingState('run', epoch=2).as_dict()) == str(tmp_path / 'best_dev.2-4')
    assert (tmp_path / 'best_dev-4.index').exists()


def test_what_a_first_save_left_when_it_was_killed_is_none(open_writer, tmp_path):
    with open_writer() as (writer, session):
        writer.save_last(session, 1, TrainingState().as_dict())
    (tmp_path / 'checkpoint').unlink()
    assert orphans(str(tmp_path)) == ['train-1']
    files.announce(str(tmp_path), ['train-1'])
    assert orphans(str(tmp_path)) == []


@pytest.mark.parametrize('flag', ['--checkpoint_dir', '--load_checkpoint_dir', '--save_checkpoint_dir'])
def test_a_checkpoint_instead_of_a_directory_is_answered_with_what_to_write(flag, train, orphaned):
    prefix = f'{orphaned}/best_dev-18'
    for path in (prefix, f'{prefix}.index', f'{prefix}.meta'):
        said = refusal(train(flag, path))
        assert f'this is a checkpoint, not a directory of checkpoints; pass {flag} {orphaned} --load_train {prefix}.' in said
    assert not Path(prefix).exists()


@pytest.mark.parametrize('name, said', [
    ('model.pbmm', '--initialize_from_frozen_model {path}'), ('model.pb', '--initialize_from_frozen_model {path}'),
    ('model.tflite', 'pass the .pb or .pbmm file of the same model with --initialize_from_frozen_model'),
    ('model.onnx', 'pass the .pb or .pbmm file of the same model with --initialize_from_frozen_model'),
    ('model.tar.gz', 'a gzip archive: unpack it'), ('anything', 'a file')])
@pytest.mark.parametrize('flag', ['load_dir', 'save_dir', 'load_train', 'load_evaluate'])
def test_a_file_instead_of_a_directory_is_called_what_it_is(flag, name, said, tmp_path):
    path = tmp_path / name
    path.write_bytes(b'\x1f\x8b\x08' if 'gz' in name else b'\1\2\3')
    config = CheckpointConfig(**dict({'load_dir': str(tmp_path), 'save_dir': str(tmp_path / 's')}, **{flag: str(path)}))
    with pytest.raises(CheckpointError, match=re.escape(said.format(path=path))):
        check_places(config, trains=True)


@pytest.mark.parametrize('flag, methods', [('load_train', 'auto, last, best, init'), ('load_evaluate', 'auto, last, best')])
def test_a_misspelt_method_is_answered_with_those_that_there_are(flag, methods, tmp_path):
    config = CheckpointConfig(str(tmp_path), str(tmp_path), **{flag: 'lats'})
    with pytest.raises(CheckpointError, match=f'--{flag} lats: neither one of {methods} nor a checkpoint; pass the path'):
        check_places(config, trains=False)


def test_a_directory_instead_of_a_checkpoint_is_answered_with_the_flag_for_it(tmp_path):
    config = CheckpointConfig(str(tmp_path), str(tmp_path), load_train=str(tmp_path))
    with pytest.raises(CheckpointError, match='this is a directory; pass it with --load_checkpoint_dir'):
        check_places(config, trains=True)


def test_evaluation_without_a_model_says_what_there_is(deepspeech, orphaned, clips, tmp_path):
    shutil.copy(str(GOLDEN / 'output_graph.pb'), str(tmp_path / 'output_graph.pb'))
    cases = {
        tmp_path / 'none': 'there is no such directory', orphaned: f'pass --load_evaluate {orphaned}/best_dev-18',
        orphaned / 'best_dev-18': f'pass --checkpoint_dir {orphaned} --load_evaluate {orphaned}/best_dev-18',
        tmp_path / 'output_graph.pb': f'--initialize_from_frozen_model {tmp_path}/output_graph.pb',
        tmp_path: f'--initialize_from_frozen_model {tmp_path}/output_graph.pb'}
    for path, said in cases.items():
        assert said in refusal(deepspeech('--checkpoint_dir', path, '--test_files', clips))
    (tmp_path / 'output_graph.pb').unlink()
    assert f'but in {orphaned}: pass that' in refusal(deepspeech('--checkpoint_dir', tmp_path, '--test_files', clips))


def test_a_checkpoint_by_its_path_is_tested(deepspeech, orphaned, clips):
    run = deepspeech('--load_evaluate', orphaned / 'best_dev-18', '--test_files', clips, '--test_batch_size', 9,
                     '--beam_width', 4)
    assert run.returncode == 0 and f'Loading checkpoint {orphaned}/best_dev-18' in run.stdout, run.stdout
