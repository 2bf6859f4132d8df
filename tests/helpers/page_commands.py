"""The command blocks of documentation pages, and a small checkout to run them in.

A page has its commands in blocks marked `sh`. A block marked `text` right below one shows what it prints. A comment above a
block says why it is left to the reader:

    <!-- not run: it downloads -->
    <!-- not compared: two epochs teach nothing -->

Commands run as they stand, but for trainings, which are made short and narrow by flags that follow theirs.
"""

import csv
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
TINY = TOP / 'data' / 'tiny-dataset'
# line: of the page. text: all commands. shown: lines of output. not_run, not_compared: reasons or None.
Block = namedtuple('Block', 'line text shown not_run not_compared')
FENCE = re.compile(r'(?:<!-- (?P<exception>[^>]*?) -->\n\n?)?^```(?P<kind>\w+)\n(?P<text>.*?)^```$', re.DOTALL | re.MULTILINE)
NUMBER = re.compile(r'\d+(?:[.:]\d+)*(?:e-?\d+)?')
INSTALLING = re.compile(r'pip3? install|setup\.sh|run-tests\.sh|apt-get')
TRAINER = '.venv/bin/python DeepSpeech.py '
SHELL_ONLY = re.compile(r'<<|^(for|while|if) |[|;>&]', re.MULTILINE)
LINKS = ('bin', 'training', 'native_client', 'bench', 'tests', 'DeepSpeech.py', 'evaluate.py', 'lm_optimizer.py', 'stats.py',
         'transcribe.py')
VOICES = ('flite-rms', 'festival-slt')


def blocks_of(page):
    """Returns the Blocks of a page."""
    text, found, end = page.read_text(encoding='utf-8'), [], None
    for fence in FENCE.finditer(text):
        exception = ' '.join((fence['exception'] or '').split())
        if fence['kind'] == 'sh':
            reason = exception.partition('not run: ')[2] or None
            found.append(Block(text.count('\n', 0, fence.start('text')), fence['text'], [], reason, None))
        elif fence['kind'] == 'text' and found and not text[end:fence.start()].strip():
            reason = exception.partition('not compared: ')[2] or None
            found[-1] = found[-1]._replace(shown=fence['text'].splitlines(), not_compared=reason)
        end = fence.end()
    return found


def commands_of(text):
    """Returns the commands of a block, each in one piece; all of it where a construct of the shell spans lines."""
    if re.search(r'<<|^(for|while) ', text, re.MULTILINE):
        return [text]
    return [line for line in re.sub(r'\\\n\s*', '', text).splitlines() if line.strip() and not line.startswith('#')]


def shortened(command):
    """Returns a training made short: what is given later wins."""
    if not re.search(r'--train_files|bin/(run|train)-', command):
        return command
    command = re.sub(r'--total_epochs[ =]\d+', '--total_epochs 2', command)
    more = '' if '--total_epochs' in command else ' --epochs 2'
    width = ' --n_hidden 16' if '--n_hidden' in command or 'bin/' in command else ''
    head, _, comment = command.partition('   #')
    return f'{head.rstrip()}{more}{width} --checkpoint_secs 0'


def is_shown(shown, printed):
    """Returns the first line of what a page shows that is not printed, in that order, whatever its numbers; None if all are."""
    lines = iter([NUMBER.sub('#', line.strip()) for line in printed.splitlines()])
    for line in shown:
        if line.strip() not in ('', '...') and NUMBER.sub('#', line.strip()) not in lines:
            return line
    return None


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
    (place / 'data' / 'lm').mkdir()
    shutil.copy(str(TOP / 'data' / 'lm' / 'generate_lm.py'), str(place / 'data' / 'lm'))
    return place


def make_recordings(place, n_clips=24):
    """Puts recordings with their texts, and the sentences in them, where the pages have the reader's own."""
    with open(str(TINY / 'train.csv'), encoding='utf-8') as file:
        rows = [row for row in csv.DictReader(file) if any(voice in row['wav_filename'] for voice in VOICES)]
    (place / 'recordings').mkdir()
    for number, row in enumerate(rows[:n_clips]):
        shutil.copy(str(TINY / row['wav_filename']), str(place / 'recordings' / f'{number:03}.wav'))
        (place / 'recordings' / f'{number:03}.txt').write_text(row['transcript'] + '\n', encoding='utf-8')
    sentences = sorted({row['transcript'] for row in rows})
    (place / 'sentences.txt').write_text('\n'.join(sentences) + '\n', encoding='utf-8')


class Reader:
    """Does in a checkout what a page says.

    Args:
      place: the checkout.
      server: ForkServer, for trainings.
      environment: of programs.
    """

    def __init__(self, place, server, environment):
        self.place, self._server = place, server
        # Recipes begin behind their first stage, which sets up.
        self._environment = dict(environment, PYTHONPATH=str(TOP / 'training'), VENV=str(place / '.venv'), FROM_STAGE='2')

    def run(self, command):
        """Runs a command; returns its exit code and what it printed."""
        assert not INSTALLING.search(command), f'{command}: it changes the environment of the tests; mark it "not run: ..."'
        command = shortened(command)
        output = self.place / '.printed'
        output.write_text('')
        if command.startswith(TRAINER) and not SHELL_ONLY.search(command):
            words = shlex.split(command, comments=True)[2:]
            code = self._server.start(words, self._environment, output, directory=self.place).wait()
        else:
            with open(str(output), 'w') as file:
                code = subprocess.run(['bash', '-euo', 'pipefail', '-c', command], cwd=str(self.place), env=self._environment,
                                      stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT, timeout=300).returncode
        return code, output.read_text(encoding='utf-8', errors='replace')

    def follow(self, block):
        """Runs a block and compares what it prints; fails with a sentence."""
        printed = ''
        for command in commands_of(block.text):
            code, more = self.run(command)
            assert code == 0, f'line {block.line}: {command}\n{more}'
            printed += more
        if block.not_compared is None:
            missing = is_shown(block.shown, printed)
            assert missing is None, f'line {block.line}: not printed: {missing!r}\n{printed}'


def environment_of(place):
    """Returns the environment of a new user, whose home lies in the checkout's directory."""
    home = place.parent / 'home'
    return dict(os.environ, HOME=str(home), XDG_DATA_HOME=str(home / 'data'), XDG_CACHE_HOME=str(home / 'cache'),
                PYTHONIOENCODING='utf-8', COLUMNS='120')
