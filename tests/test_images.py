"""Dockerfiles, what is left out of images, and services; bench/image.sh builds images and works in them."""

import re
import shutil
import subprocess
from pathlib import Path

import deepspeech_kenlm
import pytest
import yaml

TOP = Path(__file__).resolve().parents[1]
ARGUMENT = re.compile(r'ARG (\w+)=(.*)')
ORDER = ['/opt/deepspeech', '/opt/wheels', '.']  # what the last stage copies: packages, native parts, code


def made(directory, *words):
    """Runs make on a copy of its files; returns the process."""
    for name in ('Makefile', 'Dockerfile.train.tmpl'):
        (directory / name).write_text((TOP / name).read_text(encoding='utf-8'), encoding='utf-8')
    return subprocess.run(['make', '-s', '-C', str(directory), *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          universal_newlines=True)


def instructions(text):
    """Returns pairs (word, rest) of a Dockerfile, of which each is on one line."""
    lines = [line for line in text.split('\n') if line and not line.startswith('#')]
    return [tuple(line.split(None, 1)) for line in re.sub(r' *\\\n *', ' ', '\n'.join(lines)).split('\n')]


def stages():
    """Returns the stages of Dockerfile.train: {name: (what it starts from, its instructions)}; the last has no name."""
    found, name = {}, None
    for word, rest in instructions((TOP / 'Dockerfile.train').read_text(encoding='utf-8')):
        if word == 'FROM':
            base, name = re.fullmatch(r'(\S+)(?: AS ([\w-]+))?', rest).groups(default='')
            found[name] = (base, [])
        elif name is not None:
            found[name][1].append((word, rest))
    return found


def installed_by_apt(steps):
    return {name for word, rest in steps if word == 'RUN'
            for names in re.findall(r'apt-get install -y --no-install-recommends (.*?) &&', rest) for name in names.split()}


@pytest.mark.parametrize('name, gpu', [('Dockerfile.train', 'no'), ('Dockerfile', 'yes')])
def test_dockerfiles_are_what_make_produces(tmp_path, name, gpu):
    assert made(tmp_path, name).returncode == 0
    text = (tmp_path / name).read_text(encoding='utf-8')
    assert text == (TOP / name).read_text(encoding='utf-8')
    assert f'\nARG GPU={gpu}\n' in text and not re.search(r'@[A-Z_]+@', text)


def test_one_file_serves_a_checkout_and_a_repository(tmp_path):
    repository, base = 'https://example.org/speech.git', 'debian:12.12-slim@sha256:0123'
    assert made(tmp_path, 'Dockerfile.train', f'DEEPSPEECH_REPO={repository}', 'DEEPSPEECH_SHA=v1', f'BASE_IMAGE={base}',
                'GPU=yes').returncode == 0
    ours = (TOP / 'Dockerfile.train').read_text(encoding='utf-8').split('\n')
    theirs = (tmp_path / 'Dockerfile.train').read_text(encoding='utf-8').split('\n')
    differing = [line for line, there in zip(theirs, ours) if line != there]
    assert len(theirs) == len(ours)
    assert dict(ARGUMENT.match(line).groups() for line in differing) == {
        'DEEPSPEECH_REPO': repository, 'DEEPSPEECH_SHA': 'v1', 'BASE_IMAGE': base, 'GPU': 'yes'}


def test_the_sources_are_the_context_or_what_is_cloned_in_its_place():
    found = stages()
    base, (*arguments, copying, (word, cloning)) = found['checkout']
    assert base == 'system' and copying == ('COPY', '. .') and word == 'RUN'
    assert arguments == [('ARG', 'DEEPSPEECH_REPO'), ('ARG', 'DEEPSPEECH_SHA')]
    repository = re.escape('"${DEEPSPEECH_REPO}"')
    assert re.match(rf'\[ -z {repository} \] \|\| \{{ find .* -delete && git clone {repository} \. &&', cloning)
    # The context is needed nowhere else, as there may be none.
    assert [name for name, (_, steps) in found.items() for word, rest in steps
            if word in ('COPY', 'ADD') and not rest.startswith('--from=')] == ['checkout']


def test_a_revision_without_a_repository_is_refused(tmp_path):
    result = made(tmp_path, 'Dockerfile.train', 'DEEPSPEECH_SHA=abc')
    assert result.returncode != 0 and 'say which one with DEEPSPEECH_REPO=URL' in result.stdout


def test_compilers_stay_behind():
    found = stages()
    base, last = found['']
    assert base == 'system' and found[base][0] == '${BASE_IMAGE}'
    running, building = installed_by_apt(found['system'][1]), installed_by_apt(found['compilers'][1])
    assert not [name for name in running if re.search(r'-dev$|^build-essential$|^g\+\+|^cmake$|^ninja', name)]
    assert 'build-essential' in building and 'sox' in running and not installed_by_apt(last)
    assert {found[name][0] for name in ('packages', 'native')} == {'compilers'}


def test_images_have_what_set_up_would_ask_for():
    script = (TOP / 'bin/setup.sh').read_text(encoding='utf-8')
    wanted = set(re.findall(r'[a-z][\w.+-]+', ' '.join(re.findall(r'\|\| echo ([a-z][^"#\n]*)', script))))
    wanted |= {f'python3{ending}' for ending in re.findall(r'echo "\$package(-\w+)"', script)}
    assert {'build-essential', 'libopus0', 'python3-dev', 'python3-venv', 'sox'} <= wanted
    found = stages()
    assert wanted <= installed_by_apt(found['system'][1]) | installed_by_apt(found['compilers'][1])


def test_a_change_of_code_installs_no_tensorflow_again():
    """A step is done again when files that were copied before it have changed."""
    found = stages()
    copied = [rest.split()[1:-1] for word, rest in found['packages'][1] if word == 'COPY']
    assert sorted(sum(copied, [])) == ['/DeepSpeech/bin/setup.sh', '/DeepSpeech/constraints-gpu.txt',
                                       '/DeepSpeech/requirements.txt']
    assert [rest for word, rest in found['native'][1] if word == 'COPY'] == [
        '--from=checkout /DeepSpeech/LICENSE .', '--from=checkout /DeepSpeech/native_client native_client']
    assert [rest.split()[-1] for word, rest in found[''][1] if word == 'COPY'] == ORDER


def test_the_image_is_tried_as_a_user_without_a_name():
    *_, (word, rest), last = stages()[''][1]
    assert word == 'RUN' and last == ('CMD', '["bash"]')
    assert re.match(r'setpriv --reuid \d+ --regid \d+ --clear-groups bash bin/train-tiny-dataset\.sh --epochs', rest)


def test_all_programs_of_kenlm_are_where_how_tos_look():
    linking = next(rest for word, rest in stages()[''][1] if 'native_client/kenlm/build/bin' in rest)
    assert tuple(re.search(r'for program in ([\w ]+);', linking).group(1).split()) == deepspeech_kenlm.PROGRAMS
    assert '/usr/local/bin/' in linking


def is_in_context(path):
    """Whether docker sends a file: of the patterns that match it or a directory above, the last decides."""
    included, parts = True, path.split('/')
    above = ['/'.join(parts[:n]) for n in range(1, len(parts) + 1)]
    for line in (TOP / '.dockerignore').read_text(encoding='utf-8').splitlines():
        pattern = line.lstrip('!').strip('/')
        if pattern and not line.startswith('#'):
            words = [{'**/': '(.*/)?', '*': '[^/]*'}.get(word, re.escape(word)) for word in re.split(r'(\*\*/|\*)', pattern)]
            if any(re.fullmatch(''.join(words), name) for name in above):
                included = line.startswith('!')
    return included


def test_all_of_the_checkout_is_in_an_image():
    listed = subprocess.run(['git', 'ls-files'], cwd=str(TOP), stdout=subprocess.PIPE, universal_newlines=True).stdout
    files = listed.split('\n')[:-1] or ['data/alphabet.txt', 'data/lm/generate_lm.py', 'native_client/CMakeLists.txt']
    assert [path for path in files if not is_in_context(path)] == []


@pytest.mark.parametrize('path', [
    '.git/config', '.venv37/bin/python', 'build/tiny/tiny.scorer', 'native_client/kenlm/build/bin/lmplz', 'data/ldc93s1/a.wav',
    'data/lm/lm.binary', 'data/lm/vocab-500000.txt', 'deepspeech-data/clips/train.csv', 'models/output_graph.pb',
    'native_client/third_party/kenlm/lm/model.hh', 'training/deepspeech_training/__pycache__/main.pyc', 'native_client.tar.xz'])
def test_what_git_ignores_is_in_no_image(path):
    assert not is_in_context(path)


def services():
    return yaml.safe_load((TOP / 'docker-compose.yml').read_text(encoding='utf-8'))['services']


def test_services_share_data_and_an_image():
    board, train, gpu = (services()[name] for name in ('tensorboard', 'train', 'train-gpu'))
    assert board['image'] == train['image'] != gpu['image'] and board['volumes'] == train['volumes'] == gpu['volumes']
    assert [(TOP / each['build']['dockerfile']).is_file() for each in (board, train, gpu)] == [True] * 3
    assert gpu['deploy']['resources']['reservations']['devices'] == [
        {'driver': 'nvidia', 'count': 'all', 'capabilities': ['gpu']}]
    data = train['volumes'][0].split(':')[1]
    assert train['environment'] == {'XDG_DATA_HOME': data}
    assert board['command'].startswith(f'tensorboard --logdir {Path(data).name} ') and board['ports'] == ['127.0.0.1:6006:6006']
    assert "pip install 'tensorboard>=" in stages()['packages'][1][-1][1]


@pytest.mark.skipif(not shutil.which('docker-compose'), reason='docker-compose is not installed')
def test_docker_compose_understands_the_services():
    command = ['docker-compose', '-f', str(TOP / 'docker-compose.yml'), '--profile', 'training', 'config', '--services']
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True)
    assert result.returncode == 0, result.stderr
    assert set(result.stdout.split()) == set(services())
