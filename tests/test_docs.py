"""The documentation holds: links lead somewhere, flags and files that it names exist, the front page fits a screen."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from test_architecture import LEVELS

from deepspeech_training.settings.recordings import ALIGNMENT, TRANSCRIPTION

TOP = Path(__file__).resolve().parents[1]
PACKAGE = TOP / 'training' / 'deepspeech_training'
CLIENT = TOP / 'native_client' / 'python' / 'deepspeech'
FRONT_PAGE = TOP / 'README.md'
SITE = TOP / 'doc' / 'index.md'  # its own front page; pages that it does not name are in its navigation all the same
MANUAL = [page for page in sorted(TOP.glob('doc/*.md')) if page != SITE]
PAGES = sorted(TOP.glob('*.md')) + MANUAL + [SITE] + sorted(TOP.glob('data/**/*.md')) + sorted(TOP.glob('tests/**/*.md'))
MOST_LINES_IN_FRONT = 130
LINK = re.compile(r'\[[^\]]*\]\(([^)\s]+)\)')
FLAG = re.compile(r'(?<![\w-])--([A-Za-z_]\w*)')
ARGUMENT = re.compile(r"""(?<![\w-])['"]--([A-Za-z_]\w*)['"]""")
# Programs of others whose options the pages name.
OTHERS = re.compile(r'\b(docker|pip|apt-get|git|ruff|mypy|pre-commit|cmake|ctest|cibuildwheel)\b|-m build\b')
# What a command writes, or a page calls by an example's name.
MADE = re.compile(r'data/lm/(words\.arpa|lm\.binary|trie|lm\.scorer|vocab-.*)|data/(asterisk-|ldc93s1/).*|'
                  r'author_model_.*\.md|(commands|welsh)\.py')
# The column of a migration table for what other programs have.
OTHERS_COLUMN = 'used there'


def pages(paths):
    return pytest.mark.parametrize('page', paths, ids=lambda path: str(path.relative_to(TOP)))


def text_of(page):
    return page.read_text(encoding='utf-8')


def without_code(text):
    """Returns a page without its code, in which brackets are no links and # no headings."""
    text = re.sub(r'^```.*?^```', '', text, flags=re.DOTALL | re.MULTILINE)
    return re.sub(r'`[^`\n]*`', '``', re.sub(r'^    .*$', '', text, flags=re.MULTILINE))


def anchors_of(text):
    """Returns the anchors of the headings of a page, as code hosts make them."""
    anchors = []
    for heading in re.findall(r'^#+ +(.+)$', re.sub(r'^```.*?^```', '', text, flags=re.DOTALL | re.MULTILINE), re.MULTILINE):
        anchor = re.sub(r'[^\w\- ]', '', heading.strip().lower()).replace(' ', '-')
        n_before = sum(known == anchor or re.fullmatch(re.escape(anchor) + r'-\d+', known) is not None for known in anchors)
        anchors.append(f'{anchor}-{n_before}' if n_before else anchor)
    return anchors


def links_of(page):
    return [link for link in LINK.findall(without_code(text_of(page))) if not re.match(r'[a-z]+:', link)]


def ours(page):
    """Yields the lines of a page that speak of this project, without the columns on what other programs have."""
    n_foreign, is_code = 0, False
    for line in text_of(page).splitlines():
        if line.startswith('```'):
            is_code = line == '```sh'
        if not line.startswith('|'):
            n_foreign = 0
            yield f'    {line}' if is_code else line
            continue
        cells = re.split(r'(?<!\\)\|', line)[1:-1]
        if cells[0].strip() == OTHERS_COLUMN:
            n_foreign = 1
        yield '|'.join(cells[n_foreign:])


def code_in(line):
    """Returns the code in a line: all of an indented one, else what stands between backticks."""
    return [line] if line.startswith('    ') else re.findall(r'`([^`]+)`', line)


@pytest.fixture(scope='module')
def flags():
    """Names of all flags: of the trainer by its own list, of every other program as its source declares them."""
    listed = subprocess.run([sys.executable, 'DeepSpeech.py', '--helpfull'], cwd=str(TOP), stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, universal_newlines=True).stdout
    names = set()
    for negation, name in re.findall(r'^\s+(?:-\S,)?--(\[no\])?(\w+)', listed, re.MULTILINE):
        names |= {name, f'no{name}'} if negation else {name}
    assert {'train_files', 'noshow_progressbar'} <= names, listed
    names.add('flag')  # any of them, in messages
    names |= {flag.name for program in (TRANSCRIPTION, ALIGNMENT) for flag in program.flags}
    for folder, ending in (('bin', 'py'), ('bench', 'py'), ('data', 'py'), ('native_client', 'py'), ('native_client', 'cc'),
                           ('tests', 'py'), ('training/deepspeech_training/corpora', 'py'),
                           ('training/deepspeech_training/commands', 'py')):
        for path in TOP.glob(f'{folder}/**/*.{ending}'):
            names.update(ARGUMENT.findall(path.read_text(encoding='utf-8')))
    return names


def test_the_front_page_fits_a_screen_or_two():
    assert len(text_of(FRONT_PAGE).splitlines()) <= MOST_LINES_IN_FRONT


@pages(PAGES)
def test_links_lead_to_something(page):
    for link in links_of(page):
        target, _, anchor = link.partition('#')
        path = (page.parent / target).resolve() if target else page
        assert path.exists(), f'{link}: no such file'
        if anchor:
            assert anchor in anchors_of(text_of(path)), f'{link}: no such heading'


@pytest.mark.parametrize('name', ['doc/data.md', 'CONTRIBUTING.md', 'CHANGELOG.md'] + [
    f'doc/{path.name}' for path in MANUAL])
def test_the_front_page_leads_to_every_page(name):
    assert name in links_of(FRONT_PAGE)


@pages(PAGES)
def test_flags_on_a_page_exist(page, flags):
    unknown = {name for line in ours(page) for code in code_in(line) if not OTHERS.search(code)
               for name in FLAG.findall(code) if name not in flags}
    assert not unknown


def named_files(page):
    """Returns the names of files of this project in the code on a page."""
    names = set()
    for line in ours(page):
        for code in code_in(line):
            for word in re.split(r'[\s,()<>="\']+', code):
                if re.fullmatch(r'(bin|bench|data|doc|native_client|tests|training|\.ci)/[\w.*/-]+', word) or re.fullmatch(
                        r'[\w*/.-]+\.(py|sh|cc|md|toml|ini|tmpl)', word):
                    names.add(word.rstrip('.'))
    return {name for name in names if not MADE.fullmatch(name)}


def is_there(name, page):
    """Whether a file is there, from the top, the package, the client or the page; a bare name may be in any folder."""
    if any(list(folder.glob(name)) for folder in (TOP, PACKAGE, CLIENT, page.parent)):
        return True
    folders = ('bin', 'bench', 'data', 'native_client', 'tests', 'training')
    return '/' not in name and any(list(TOP.glob(f'{folder}/**/{name}')) for folder in folders)


@pages([page for page in PAGES if page.name != 'CHANGELOG.md'])
def test_files_named_on_a_page_exist(page):
    missing = sorted(name for name in named_files(page) if not is_there(name, page))
    assert not missing


@pages(PAGES)
def test_no_page_speaks_of_one_machine(page):
    assert not re.search(r'(?<![\w.~<$}])/(home|root|work|Users|mnt|opt)/|[A-Z]:\\', text_of(page))


def test_the_page_on_architecture_knows_the_rooms_and_their_levels():
    rows = re.findall(r'^\| (\d+) \| (.+?) \|', text_of(TOP / 'doc' / 'architecture.md'), re.MULTILINE)
    levels = {room: int(level) for level, rooms in rows for room in re.findall(r'`(\w+)`', rooms) if room.isidentifier()}
    assert levels == LEVELS
