"""A small checkout with what a reader of the pages has in it: recordings, data sets, a model, archives. All sound is real."""

import csv
import os
import shutil
import subprocess
import sys
import wave
from pathlib import Path

from corpora import make_tar, speech

TOP = Path(__file__).resolve().parents[2]
TINY = TOP / 'data' / 'tiny-dataset'
GOLDEN = TOP / 'tests' / 'golden'
CHECKPOINT, GRAPH = GOLDEN / 'ds093-plain' / 'checkpoint', GOLDEN / 'ds093-plain' / 'output_graph.pb'
LINKS = ('bin', 'training', 'native_client', 'bench', 'tests', 'DeepSpeech.py', 'evaluate.py', 'lm_optimizer.py', 'stats.py',
         'transcribe.py')
VOICES = ('flite-rms', 'festival-slt')
SETS = {'train': (0, 12), 'dev': (12, 16), 'test': (16, 20)}
RELEASE = 'deepspeech-0.9.3-checkpoint'
WELSH = 'cv-corpus-22.0-2025-06-20-cy'
COLUMNS = 'client_id path sentence up_votes down_votes age gender accents variant locale segment'.split()
SENTENCES = ("Trowch y golau ymlaen.", "Mae'r dŵr yn oer.", "Agorwch y drws!", "Bore da, bawb.", "Ble mae'r tŷ?")


def rows_of(n_rows=24):
    """Returns the first rows of the tiny data set that two voices speak."""
    with open(str(TINY / 'train.csv'), encoding='utf-8') as file:
        rows = [row for row in csv.DictReader(file) if any(voice in row['wav_filename'] for voice in VOICES)]
    return rows[:n_rows]


def make_checkout(place):
    """Makes a checkout of links, apart from what commands write to."""
    place.mkdir(parents=True)
    for name in LINKS:
        (place / name).symlink_to(TOP / name)
    (place / '.venv').symlink_to(sys.prefix)
    (place / 'data').mkdir()
    for path in (TOP / 'data').iterdir():
        if path.name != 'lm':
            (place / 'data' / path.name).symlink_to(path)
    return place


def environment_of(place):
    """Returns the environment of a new user whose home lies beside the checkout; recipes begin behind their set-up."""
    home, bin_dir = place.parent / 'home', place / '.venv' / 'bin'
    packages = [str(TOP / 'training'), *filter(None, [os.environ.get('PYTHONPATH')])]
    return dict(os.environ, HOME=str(home), XDG_DATA_HOME=str(home / 'data'), XDG_CACHE_HOME=str(home / 'cache'),
                PATH=f'{bin_dir}{os.pathsep}{os.environ["PATH"]}', VENV=str(place / '.venv'), FROM_STAGE='2',
                PYTHONPATH=os.pathsep.join(packages), PYTHONIOENCODING='utf-8', COLUMNS='120')


def make_recordings(directory):
    """Makes recordings with their texts beside them."""
    directory.mkdir()
    for number, row in enumerate(rows_of()):
        shutil.copy(str(TINY / row['wav_filename']), str(directory / f'{number:03}.wav'))
        (directory / f'{number:03}.txt').write_text(row['transcript'] + '\n', encoding='utf-8')


def make_sentences(path):
    path.write_text('\n'.join(sorted({row['transcript'] for row in rows_of()})) + '\n', encoding='utf-8')


def make_table(path):
    """Makes train.csv, dev.csv or test.csv of recordings in the tiny data set."""
    path.parent.mkdir(exist_ok=True)
    first, end = SETS[path.stem]
    lines = [f'{TINY / row["wav_filename"]},{row["wav_filesize"]},{row["transcript"]}' for row in rows_of()[first:end]]
    path.write_text('\n'.join(['wav_filename,wav_filesize,transcript', *lines]) + '\n', encoding='utf-8')


def make_talk(path):
    """Makes a recording of several utterances with pauses between them, and its text."""
    path.parent.mkdir(exist_ok=True)
    rows = rows_of(6)
    with wave.open(str(path), 'wb') as talk:
        talk.setparams((1, 2, 16000, 0, 'NONE', ''))
        for row in rows:
            with wave.open(str(TINY / row['wav_filename'])) as clip:
                talk.writeframes(clip.readframes(clip.getnframes()) + bytes(16000))
    path.with_suffix('.txt').write_text(' '.join(row['transcript'] for row in rows) + '\n', encoding='utf-8')


def make_database(path):
    table = path.with_name('train.csv')
    make_table(table)
    command = [sys.executable, 'bin/data_set_tool.py', str(table), str(path), '--audio-type', 'wav']
    subprocess.run(command, cwd=str(TOP), check=True)


def make_release(directory):
    """Makes models/ as it is after the download of a release, which its own checkpoint of 48 units stands for."""
    directory.mkdir()
    source = GOLDEN / 'ds093-plain' / 'checkpoint'
    files = {f'{RELEASE}/{path.name}': path.read_bytes() for path in sorted(source.iterdir())}
    make_tar(directory / f'{RELEASE}.tar.gz', files)
    shutil.copy(str(GOLDEN / 'train.scorer'), str(directory / 'deepspeech-0.9.3-models.scorer'))


def make_common_voice(path):
    """Makes an archive of Common Voice with twenty clips of five speakers; the content of the .mp3 files is WAV."""
    where, files, rows = f'{WELSH[:-3]}/cy', {}, []
    for number in range(20):
        cells = dict.fromkeys(COLUMNS, '')
        cells.update(client_id=f'speaker{number // 4}', path=f'cy_{number}.mp3', sentence=SENTENCES[number % 5], up_votes='2')
        rows.append('\t'.join(cells[column] for column in COLUMNS))
        files[f'{where}/clips/cy_{number}.mp3'] = speech(number)
    for name, (first, end) in dict(SETS, validated=(0, 20)).items():
        files[f'{where}/{name}.tsv'] = '\n'.join(['\t'.join(COLUMNS), *rows[first:end]]) + '\n'
    make_tar(path, files)


def make_larger_alphabet(path):
    path.write_text((TINY / 'alphabet.txt').read_text(encoding='utf-8') + 'ñ\n', encoding='utf-8')


def copy(source):
    """Returns a function that puts a file or directory of the repository somewhere else."""
    def put(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if source.is_dir() else shutil.copy)(str(source), str(path))
    return put


def make_run(directory):
    """Makes the directory of a training that saved one checkpoint."""
    shutil.copytree(str(CHECKPOINT), str(directory))
    for name in ('checkpoint', 'best_dev_checkpoint'):
        (directory / name).write_text('model_checkpoint_path: "best_dev-18"\n', encoding='utf-8')


TABLES = [f'clips/{name}.csv' for name in SETS]
# What is made where commands name it.
MAKERS = {
    'recordings': make_recordings, 'sentences.txt': make_sentences, 'alphabet.txt': copy(TINY / 'alphabet.txt'),
    'clips/alphabet.txt': copy(TINY / 'alphabet.txt'), 'more.sdb': make_database,
    **{f'{folder}{name}.csv': make_table for folder in ('', 'clips/') for name in SETS},
    'my.scorer': copy(GOLDEN / 'train.scorer'), 'checkpoints': make_run, 'english': make_run,
    'export/output_graph.pbmm': copy(GRAPH), 'output_graph.pbmm': copy(GRAPH), 'export/output_graph.pb': copy(GRAPH),
    'spanish.txt': make_larger_alphabet, 'noise/': make_recordings, 'models/': make_release,
    'talk.mp3': make_talk, 'talks': lambda path: make_talk(path / 'talk.wav'), 'recording.mp3': make_talk,
    f'models/{RELEASE}/{RELEASE}': copy(CHECKPOINT), f'{WELSH}.tar.gz': make_common_voice}
# Pages on what TensorFlow trains, stores and loads. The others are about data, texts and sound, and run on TensorFlow 2 alone.
ON_BOTH = {'README', 'first-model', 'training', 'checkpoints', 'released-checkpoint', 'migration', 'augmentation'}
# What readers of these pages begin with; all else their commands make.
GIVEN = {'README': ['recordings', 'sentences.txt', 'recording.mp3'],
         'first-model': ['recordings', 'sentences.txt'], 'home-assistant': ['recordings'],
         'released-checkpoint': ['models/', *TABLES],
         'new-language': [f'{WELSH}.tar.gz', 'sentences.txt', f'models/{RELEASE}/{RELEASE}']}


def furnish(place, page, commands):
    """Makes in a checkout what the commands of a page need."""
    for name in GIVEN.get(page, [name for name in MAKERS if name in commands]):
        if not (place / name).exists():
            MAKERS[name](place / name)
