"""The check that tells what a file is: by its first bytes, and by what it is in the file system."""

import gzip
import io
import os
import socket
import tarfile
import zipfile

import numpy as np
import pytest
from deepspeech.formats.content import HEAD_BYTES, NotAFileError, explain, open_regular, recognise

HERE = os.path.dirname(os.path.abspath(__file__))
POINTER = b'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n'


def archive_head(kind):
    """Returns the first bytes of an archive with one file."""
    file = io.BytesIO()
    if kind == 'tar':
        with tarfile.open(fileobj=file, mode='w') as archive:
            archive.addfile(tarfile.TarInfo('clip.wav'))
    elif kind == 'zip':
        with zipfile.ZipFile(file, 'w') as archive:
            archive.writestr('clip.wav', b'')
    else:
        file.write(gzip.compress(b'text'))
    return file.getvalue()[:HEAD_BYTES]


@pytest.mark.parametrize('head,name', [
    (b'', 'an empty file'),
    (POINTER, 'a pointer of Git LFS'),
    (b'<!DOCTYPE html>\n<html>', 'a web page'),
    (b'\xef\xbb\xbf\n <HTML><body>404</body>', 'a web page'),
    (b'<?xml version="1.0"?><Error><Code>AccessDenied</Code>', 'an XML document'),
    (b'RIFF\x24\0\0\0WAVEfmt ', 'WAV audio'),
    (b'RF64\xff\xff\xff\xffWAVEds64', 'WAV audio'),
    (b'\xff\xfb\x90\x64\0\0', 'MP3 audio'),
    (b'mmap lm http://kheafield.com/code format version 5\n\0', 'a binary language model of KenLM'),
    (b'SAMPLEDB\0\0\0\0\0\0\0\x50{"schema"', 'a sample database'),
    (b'\0' * HEAD_BYTES, 'nothing but zero bytes'),
    ('wav_filename,wav_filesize,transcript\na.wav,1,ä'.encode()[:-1], 'text'),  # cut within a character
    ('wav_filename'.encode('utf-16'), 'text in UTF-16'),
])
def test_recognise_tells_content_by_first_bytes(head, name):
    assert recognise(head).name == name


@pytest.mark.parametrize('kind,name', [('tar', 'a tar archive'), ('zip', 'a zip archive'), ('gzip', 'a gzip archive')])
def test_recognise_knows_archives(kind, name):
    assert recognise(archive_head(kind)).name == name


def test_recognise_knows_exported_models():
    models = os.path.join(HERE, '..', 'golden', 'ds011')
    graphs = [name for name in os.listdir(models) if name.endswith('.pb')]
    for name in graphs:
        with open(os.path.join(models, name), 'rb') as file:
            assert recognise(file.read(HEAD_BYTES)).name == 'a TensorFlow graph'
    assert graphs


def test_recognise_does_not_guess_of_noise():
    rng = np.random.RandomState(1)
    found = [recognise(rng.bytes(HEAD_BYTES)) for _ in range(1000)]
    assert sum(content is not None for content in found) <= 2  # two bytes of noise look like MP3 once in 8,000


def test_explain_says_what_is_there_what_is_wanted_and_what_to_do():
    assert explain(POINTER, 'an audio file') == ('this is a pointer of Git LFS, not an audio file; fetch the file it stands '
                                                 'for with git lfs pull')
    assert explain(b'fLaC\0\0', 'a model') == 'this is FLAC audio, not a model; name a model'


def test_open_regular_reads_files(tmp_path):
    (tmp_path / 'file').write_bytes(b'content')
    (tmp_path / 'link').symlink_to(tmp_path / 'file')
    for name in ('file', 'link'):
        with open_regular(str(tmp_path / name)) as file:
            assert file.read() == b'content'


def test_open_regular_names_everything_else_and_never_waits(tmp_path):
    os.mkfifo(str(tmp_path / 'pipe'))
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(tmp_path / 'socket'))
    for path, kind in ((tmp_path / 'pipe', 'a named pipe'), (tmp_path / 'socket', 'a socket'), (tmp_path, 'a directory'),
                       ('/dev/zero', 'a device')):
        with pytest.raises(NotAFileError, match=f'it is {kind}, not a file'):
            open_regular(str(path))
    listener.close()
    with pytest.raises(NotAFileError, match='zero byte'):
        open_regular('a\0b')
    with pytest.raises(FileNotFoundError):
        open_regular(str(tmp_path / 'missing'))
