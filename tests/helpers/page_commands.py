"""The command blocks of documentation pages, and someone who follows them.

A page has its commands in blocks marked `sh`. A block marked `text` right below one shows what it prints. A comment above a
block says why it is left to the reader:

    <!-- not run: it downloads -->
    <!-- not compared: two epochs teach nothing -->

Commands run as they stand, but for trainings and searches, which are made short, and measurements, which only tell how they are
called. Programs in Python are forks of one process, so that TensorFlow is loaded once.
"""

import re
import shlex
import subprocess
from collections import namedtuple
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
# line: of the page. text: all commands. shown: lines of output. not_run, not_compared: reasons or None.
Block = namedtuple('Block', 'line text shown not_run not_compared')
FENCE = re.compile(r'(?:<!-- (?P<exception>[^>]*?) -->\n\n?)?^```(?P<kind>\w+)\n(?P<text>.*?)^```$', re.DOTALL | re.MULTILINE)
NUMBER = re.compile(r'\d+(?:[.:]\d+)*(?:e-?\d+)?')
INSTALLING = re.compile(r'pip3? install|setup\.sh|run-tests\.sh|apt-get')
PROGRAM = re.compile(r'(?:\.venv/bin/)?python (?P<file>[\w/]+\.py) |(?P<itself>bin/\w+\.py) ')
MEASUREMENT = re.compile(r'\.venv/bin/python bench/\w+\.py')
SHELL_ONLY = re.compile(r'<<|^(for|while|if) |[|;>&]', re.MULTILINE)


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
    """Returns a training or a search made short: what is given later wins; of a measurement the question how it is called."""
    if MEASUREMENT.match(command):
        return f'{command.partition("   #")[0].rstrip()} --help'
    command = re.sub(r'--n_trials \d+', '--n_trials 3', command)
    if not re.search(r'--train_files|bin/(run|train)-', command):
        return command
    command = re.sub(r'--total_epochs[ =]\d+', '--total_epochs 2', command)
    more = '' if '--total_epochs' in command else ' --epochs 2'
    is_new = '--n_hidden' in command or not re.search(r'--(load_)?checkpoint_dir|--initialize', command)
    width = ' --n_hidden 16' if is_new else ''
    head, _, comment = command.partition('   #')
    return f'{head.rstrip()}{more}{width} --checkpoint_secs 0'


def missing_of(shown, printed):
    """Returns the first line of what a page shows that is not printed, in that order; None if all are.

    Numbers may be others; `...` stands for any text, in a line of its own for any lines.
    """
    lines = iter([NUMBER.sub('#', line.strip()) for line in printed.splitlines()])
    for line in shown:
        pattern = '.*'.join(map(re.escape, NUMBER.sub('#', line.strip()).split('...')))
        if pattern not in ('', '.*') and not any(re.fullmatch(pattern, each) for each in lines):
            return line
    return None


class Reader:
    """Does in a checkout what a page says.

    Args:
      place: the checkout.
      server: ForkServer, for programs in Python.
      environment: of programs.
    """

    def __init__(self, place, server, environment):
        self.place, self._server = place, server
        self._environment = environment

    def run(self, command):
        """Runs a command; returns its exit code and what it printed."""
        assert not INSTALLING.search(command), f'{command}: it changes the environment of the tests; mark it "not run: ..."'
        command = shortened(command)
        output = self.place / '.printed'
        output.write_text('')
        program = PROGRAM.match(command)
        if program and not SHELL_ONLY.search(command):
            words = shlex.split(command[program.end():], comments=True)
            code = self._server.start(words, self._environment, output, directory=self.place,
                                      program=program['file'] or program['itself']).wait()
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
            missing = missing_of(block.shown, printed)
            assert missing is None, f'line {block.line}: not printed: {missing!r}\n{printed}'
