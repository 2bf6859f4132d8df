"""What all importers do with what a corpus lists, on a corpus made up for it."""

import os
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from corpora import TOP, read_csv, speech, transcripts

from deepspeech_training.console.log import Log
from deepspeech_training.corpora import finished
from deepspeech_training.corpora.clips import Candidate
from deepspeech_training.corpora.importer import Importer
from deepspeech_training.corpora.options import Limits
from deepspeech_training.corpora.problems import EXCLUDED, MALFORMED, Problem
from deepspeech_training.errors import ConfigError, DataError

N_CLIPS = 12


class Made(Importer):
    """A corpus of the clips that a test gives."""

    name = 'made'
    title = 'clips'
    language = licence = size = homepage = 'none'
    absolute_paths = False
    clips = ()

    def candidates(self):
        yield from self.clips


@pytest.fixture(scope='module')
def recordings(tmp_path_factory):
    """Returns the paths of FLAC files."""
    directory = tmp_path_factory.mktemp('recordings')
    paths = [directory / f'{index}.flac' for index in range(N_CLIPS)]
    for index, path in enumerate(paths):
        path.write_bytes(speech(index, 'flac'))
    return [str(path) for path in paths]


def import_clips(directory, clips, *words, **attributes):
    corpus = type('MadeHere', (Made,), dict(attributes, clips=clips))
    corpus([str(directory), *words], Log(stream=open(os.devnull, 'w'))).run()


def rejected(directory):
    return {row['clip']: (row['problem'], row['reason']) for row in read_csv(directory / 'rejected.csv')}


def test_each_problem_costs_its_clip_and_is_listed(recordings, tmp_path):
    audio = recordings[0]
    clips = [
        Candidate('good', audio, 'One, two!', ('train',), place='list, line 1'),
        Candidate('good', audio, 'again', ('train',), place='list, line 2'),
        Candidate('../outside', audio, 'one', ('train',)), Candidate('/tmp/absolute', audio, 'one', ('train',)),
        Candidate('a//b', audio, 'one', ('train',)), Candidate('', audio, 'one', ('train',)),
        Candidate('backwards', audio, 'one', ('train',), span_s=(2., 1.)),
        Candidate('no number', audio, 'one', ('train',), span_s=(float('nan'), 1.)),
        Candidate('beyond', audio, 'one', ('train',), span_s=(100., 101.)),
        Candidate('digits', audio, 'in 1984', ('train',)), Candidate('no text', audio, ' ', ('train',)),
        Candidate('too short', audio, 'a long text for a clip of so little time', ('train',), span_s=(0., .5)),
        Candidate('repeats', audio, 'oooooooooo', ('train',), span_s=(0., .35)),
        Candidate('known', audio, 'one', ('train',), problem=Problem(EXCLUDED, 'it is known to be bad')),
        Candidate('torn', '', '', ('train',), problem=Problem(MALFORMED, 'its row has 1 of 9 cells')),
        Candidate('gone', '/no/such/file.wav', 'one', ('train',))]
    import_clips(tmp_path / 'out', clips, '--accept_failed', '100')
    assert transcripts(tmp_path / 'out' / 'train.csv') == {'good': 'one two'}
    assert {name: kind for name, (kind, _) in rejected(tmp_path / 'out').items()} == {
        'good': 'excluded', '../outside': 'malformed', '/tmp/absolute': 'malformed', 'a//b': 'malformed', '': 'malformed',
        'backwards': 'malformed', 'no number': 'malformed', 'beyond': 'failed', 'digits': 'invalid_label',
        'no text': 'invalid_label', 'too short': 'too_short', 'repeats': 'too_short', 'known': 'excluded', 'torn': 'malformed',
        'gone': 'failed'}
    assert 'list, line 1' in rejected(tmp_path / 'out')['good'][1]
    assert {path.parent for path in tmp_path.rglob('*.wav')} == {tmp_path / 'out' / 'wav'}


def test_names_that_some_file_systems_take_for_one_get_files_of_their_own(recordings, tmp_path):
    names = ['Clip', 'clip', 'clip~2', 'caf\u00e9', 'cafe\u0301', 'question?', 'question_', 'x' * 300, 'x' * 299 + 'y',
             'new\nline']
    import_clips(tmp_path, [Candidate(name, recordings[index], 'word', ('train',)) for index, name in enumerate(names)])
    rows = read_csv(tmp_path / 'train.csv')
    files = [row['wav_filename'] for row in rows]
    assert len({unicodedata.normalize('NFC', name).casefold() for name in files}) == len(names)
    assert not {'\n', '?'} & set(''.join(files))
    assert {row['wav_filesize'] for row in rows} == {str((tmp_path / name).stat().st_size) for name in files}


def test_limits_are_those_of_the_corpus_unless_given(recordings, tmp_path):
    clips = [Candidate(str(length), recordings[0], 'one', ('train',), span_s=(0., length)) for length in (.4, .8, 1.2)]
    import_clips(tmp_path, clips, limits=Limits(min_s=.5, max_s=1.))
    assert list(transcripts(tmp_path / 'train.csv')) == ['0.8']
    import_clips(tmp_path, clips, '--min_sec', '0', '--max_sec', '0', limits=Limits(min_s=.5, max_s=1.))
    assert list(transcripts(tmp_path / 'train.csv')) == ['0.4', '0.8', '1.2']


def test_clips_without_sets_are_parted_by_speaker_the_same_whatever_the_workers(recordings, tmp_path):
    clips = [Candidate(f'clip{index}', recordings[index], 'word', speaker=f'speaker{index // 2}') for index in range(N_CLIPS)]
    for name, words in (('one', ['--workers', '1']), ('three', ['--workers', '3'])):
        import_clips(tmp_path / name, clips, *words)
        clips.reverse()
    sets = {name: transcripts(tmp_path / 'one' / f'{name}.csv') for name in ('train', 'dev', 'test')}
    assert sum(map(len, sets.values())) == N_CLIPS and all(sets.values())
    speakers = [{int(clip[4:]) // 2 for clip in of_set} for of_set in sets.values()]
    assert not speakers[0] & speakers[1] and not speakers[0] & speakers[2] and not speakers[1] & speakers[2]
    for name in ('train', 'dev', 'test', 'rejected'):
        assert (tmp_path / 'one' / f'{name}.csv').read_bytes() == (tmp_path / 'three' / f'{name}.csv').read_bytes()


def test_what_counts_is_done_once_and_anything_else_anew(recordings, tmp_path):
    audio = tmp_path / 'clip.flac'
    audio.write_bytes(speech(0, 'flac'))
    clips = [Candidate('clip', str(audio), 'word', ('train',)), Candidate('other', recordings[1], 'word', ('dev',))]
    out = tmp_path / 'out'

    def touched():
        before = {path: path.stat().st_mtime_ns for path in out.glob('*.csv')}
        import_clips(out, clips)
        return {path.name for path in out.glob('*.csv') if before.get(path) != path.stat().st_mtime_ns}

    assert touched() == {'train.csv', 'dev.csv', 'rejected.csv'}
    assert not touched()
    (out / 'wav' / 'clip.wav').write_bytes(b'')  # the audio is damaged
    assert touched() and transcripts(out / 'train.csv')
    (out / 'dev.csv').write_text('edited')
    assert touched() and transcripts(out / 'dev.csv')
    audio.write_bytes(speech(2, 'flac'))  # the corpus has changed
    assert touched() and not touched()
    clips.pop()
    assert touched() and not (out / 'dev.csv').exists()  # nobody takes the file of an earlier import for a set
    (out / '.import-made.json').write_text('{"format": 1, "files"')  # torn
    assert touched() and not touched()


def test_a_clip_that_is_cut_elsewhere_by_now_is_made_anew_and_no_other(recordings, tmp_path):
    clips = [Candidate('stays', recordings[0], 'word', ('train',), span_s=(0., .5)),
             Candidate('moves', recordings[1], 'word', ('train',), span_s=(0., .5)),
             Candidate('renamed', recordings[2], 'word', ('train',))]

    def made():
        import_clips(tmp_path, clips)
        return {path.stem: (path.read_bytes(), path.stat().st_mtime_ns) for path in (tmp_path / 'wav').iterdir()}

    before = made()
    clips[1:] = [clips[1]._replace(span_s=(.25, .75)), clips[2]._replace(audio=recordings[3])]  # as long, older than before
    after = made()
    assert after['stays'] == before['stays']
    assert after['moves'][0] != before['moves'][0] and after['renamed'][0] != before['renamed'][0]
    assert made() == after


def test_a_recording_that_an_older_one_replaces_is_converted_again(tmp_path):
    """As archives and backups bring files with the times of when they were made."""
    audio, clips = tmp_path / 'clip.flac', [Candidate('clip', str(tmp_path / 'clip.flac'), 'word', ('train',))]
    sizes = []
    for number, time_s in enumerate((2e9, 1e9)):
        audio.write_bytes(speech(number, 'flac'))
        os.utime(str(audio), (time_s, time_s))
        import_clips(tmp_path / 'out', clips)
        sizes.append(read_csv(tmp_path / 'out' / 'train.csv')[0]['wav_filesize'])
    assert sizes == [str(len(speech(0, 'wav', 16000))), str(len(speech(1, 'wav', 16000)))]


def test_an_empty_file_beside_the_sets_is_nothing_to_do_again(tmp_path):
    (tmp_path / 'train.txt').write_text('')
    note = finished.Finished(str(tmp_path), 'made')
    note.finish('digest', ['train.txt'])
    assert note.holds('digest')


def test_a_set_that_has_to_be_there_and_is_not_fails_the_import(recordings, tmp_path):
    clips = [Candidate('clip', recordings[0], 'word', ('train',)), Candidate('digits', recordings[1], '1', ('dev',))]
    with pytest.raises(DataError, match='no clip of the set dev has arrived, the others are imported') as error:
        import_clips(tmp_path, clips, expected_sets=('train', 'dev'))
    assert 'rejected.csv' in str(error.value)
    assert transcripts(tmp_path / 'train.csv')
    with pytest.raises(DataError, match='no clip was found'):
        import_clips(tmp_path / 'empty', [])
    with pytest.raises(DataError, match='none of the 1 clips can be used, the first of them digits: the rules of the language'):
        import_clips(tmp_path / 'none', clips[1:])


def test_few_clips_may_be_missing(recordings, tmp_path):
    clips = [Candidate(f'clip{index}', recordings[index], 'word', ('train',)) for index in range(N_CLIPS)]
    clips[3] = clips[3]._replace(audio='/no/such/file', place='list, line 3')
    with pytest.raises(DataError, match=r'1 of 12 clips did not arrive, .* clip3 \(list, line 3\): .*8\.4') as error:
        import_clips(tmp_path, clips)
    assert len(transcripts(tmp_path / 'train.csv')) == N_CLIPS - 1
    import_clips(tmp_path, clips, *str(error.value).partition('accept it with ')[2].partition('. See')[0].split())


def test_two_imports_at_once_do_not_mix(recordings, tmp_path):
    with finished.alone(str(tmp_path), 'made'), pytest.raises(DataError, match='another import is writing there'):
        import_clips(tmp_path, [Candidate('clip', recordings[0], 'word', ('train',))])


def test_what_another_importer_or_somebody_has_written_is_not_lost(recordings, tmp_path):
    clips = [Candidate('clip', recordings[0], 'word', ('train',))]
    import_clips(tmp_path / 'data', clips)
    before = (tmp_path / 'data' / 'train.csv').read_bytes()
    with pytest.raises(DataError, match=r'is of another import \(made\)'):
        import_clips(tmp_path / 'data', clips, '--absolute_paths', name='other')
    assert (tmp_path / 'data' / 'train.csv').read_bytes() == before
    import_clips(tmp_path / 'data', clips, name='other', csv_name='other-{set}.csv')
    (tmp_path / 'mine').mkdir()
    (tmp_path / 'mine' / 'train.csv').write_text('path,sentence\n')
    with pytest.raises(DataError, match='is there already, is not what an import writes'):
        import_clips(tmp_path / 'mine', clips)
    assert (tmp_path / 'mine' / 'train.csv').read_text() == 'path,sentence\n'


def test_directories_that_no_csv_file_can_name_are_refused(recordings, tmp_path):
    clips, place = [Candidate('clip', recordings[0], 'word', ('train',))], os.fsdecode(os.fsencode(str(tmp_path)) + b'/\xff')
    with pytest.raises(DataError, match='--relative_paths'):
        import_clips(place, clips, '--absolute_paths')
    import_clips(place, clips)
    with open(os.path.join(place, 'train.csv'), encoding='utf-8') as file:
        assert file.read().splitlines()[1].startswith('wav/clip.wav,')


@pytest.mark.parametrize('words', [['--max_sec', '-1'], ['--workers', '-2'], ['--accept_failed', '101'], ['--split', '1,2,3'],
                                   ['--min_sec', 'nan']])
def test_options_out_of_range_are_refused(words, tmp_path):
    with pytest.raises(ConfigError, match=words[0]):
        Made([str(tmp_path), *words])


def test_rules_of_a_language_decide(recordings, tmp_path):
    (tmp_path / 'rules.py').write_text('def validate_label(text):\n    return None if "bad" in text else text.upper()\n')
    (tmp_path / 'alphabet.txt').write_text('A\nB\nC\n \n', encoding='utf-8')
    clips = [Candidate(text, recordings[index], text, ('train',)) for index, text in enumerate(['abc', 'bad', 'xabc'])]
    import_clips(tmp_path / 'out', clips, '--validate_label_locale', str(tmp_path / 'rules.py'), '--filter_alphabet',
                 str(tmp_path / 'alphabet.txt'))
    assert transcripts(tmp_path / 'out' / 'train.csv') == {'abc': 'ABC'}
    assert "'X' (U+0058" in rejected(tmp_path / 'out')['xabc'][1]


def test_ctrl_c_ends_an_import_with_one_sentence(recordings, tmp_path):
    program = tmp_path / 'program.py'
    program.write_text(
        'import os, signal, sys, time\nfrom deepspeech_training.entry import run_importer\n'
        f'sys.path[:0] = {[str(Path(__file__).parent), str(TOP / "tests" / "helpers")]!r}\n'
        'import test_importer as made\n'
        'class Slow(made.Made):\n'
        '    def candidates(self):\n'
        '        print("begun", flush=True)\n'
        '        time.sleep(60)\n'
        '        return iter(())\n'
        'if __name__ == "__main__":\n'
        '    signal.signal(signal.SIGINT, signal.default_int_handler)\n'  # which jobs in the background do not have
        '    sys.exit(run_importer(lambda: Slow().run()))\n')
    with subprocess.Popen([sys.executable, str(program), str(tmp_path / 'out')], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          universal_newlines=True) as process:
        assert process.stdout.readline() == 'begun\n'
        process.send_signal(2)
        _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (130, 'E interrupted; the same command goes on from here.\n')
