"""Sample databases: the published layout, read and written; files that were cut short, damaged or never finished."""

import io
import json
import struct

import pytest
from sdb_files import OPUS, SPEECH, TRANSCRIPT, entry_bytes, sdb_bytes

from deepspeech_training.data.sdb import Column, Database, DatabaseWriter, Span
from deepspeech_training.errors import DataError

CELLS = [[b'RIFF one', b'eins'], [b'RIFF two, longer', 'zw\u00f6'.encode()], [b'', b'']]


@pytest.fixture
def database(tmp_path):
    """database(content) writes a file and reads it."""
    def make(content):
        path = tmp_path / 'a.sdb'
        path.write_bytes(content)
        return Database(str(path))
    return make


def cells_of(database):
    with database.open() as file:
        return [[database.read(file, span) for span in database.spans(file, index)] for index in range(len(database))]


def written(columns, samples):
    file = io.BytesIO()
    writer = DatabaseWriter(file, columns)
    for cells in samples:
        writer.add(cells)
    writer.finish()
    return file.getvalue()


def test_what_is_written_is_the_published_layout_byte_by_byte():
    columns = [Column('speech', 'application/vnd.mozilla.opus'), Column('transcript', 'text/plain')]
    assert written(columns, CELLS) == sdb_bytes(CELLS, [OPUS, TRANSCRIPT])
    assert b'{"schema": [{"content": "speech", "mime-type": "application/vnd.mozilla.opus"}, {"content"' in written(columns, [])
    assert written([Column('speech', 'audio/wav')], [[b'x']]) == sdb_bytes([[b'x']], [SPEECH])


def test_what_is_written_is_read_again(database):
    read = database(sdb_bytes(CELLS))
    assert cells_of(read) == CELLS and len(read) == 3
    assert read.place('transcript', ('text/plain',)) == 1 and read.place('speech', ('audio/flac',)) is None


def test_columns_of_other_content_are_skipped(database):
    other = {'content': 'speaker', 'mime-type': 'text/plain'}
    read = database(sdb_bytes([[b'me', b'wav', b'text', b'wav 2']], [other, SPEECH, TRANSCRIPT, SPEECH]))
    assert cells_of(read) == [[b'me', b'wav', b'text', b'wav 2']]
    assert (read.place('speech', ('audio/wav',)), read.place('transcript', ('text/plain',))) == (1, 2)


def test_a_writer_that_was_interrupted_leaves_what_reads_as_unfinished(database):
    columns = [Column('speech', 'audio/wav'), Column('transcript', 'text/plain')]
    for n_samples in range(3):
        file = io.BytesIO()
        writer = DatabaseWriter(file, columns)
        for cells in CELLS[:n_samples]:
            writer.add(cells)
        with pytest.raises(DataError, match='never finished'):
            database(file.getvalue())


def test_every_cut_is_found(database):
    content = sdb_bytes(CELLS)
    for length in range(len(content)):
        with pytest.raises(DataError) as caught:
            database(content[:length])
        assert len(str(caught.value).splitlines()) == 1
    assert len(database(content)) == 3


HUGE = 2 ** 64 - 1


@pytest.mark.parametrize('content, message', [
    (b'RIFFxxxxWAVEfmt ', 'this is WAV audio, not a sample database'), (b'', 'an empty file'),
    (b'SAMPLEDC' + bytes(40), 'this is not a sample database'),
    (sdb_bytes(CELLS, metadata=b'{}'), 'schema is missing'), (sdb_bytes(CELLS, metadata=b'[]'), 'schema is missing'),
    (sdb_bytes(CELLS, metadata=b'{"schema": 7}'), 'no list of columns'),
    (sdb_bytes(CELLS, metadata=b'{"schema": [{"content": "speech"}]}'), 'no list of columns'),
    (sdb_bytes(CELLS, metadata=b'{"schema"'), 'no JSON'), (sdb_bytes(CELLS, metadata=b'\xff'), 'no JSON'),
    (sdb_bytes(CELLS, metadata=b'[' * 100000), 'no JSON'), (sdb_bytes(CELLS, metadata=b' ' * 2 ** 21), 'at most 1048576'),
    (b'SAMPLEDB' + struct.pack('>Q', HUGE) + bytes(40), 'at most 1048576'),
    (sdb_bytes(CELLS, section=HUGE), 'cut short'), (sdb_bytes(CELLS, n_samples=HUGE), 'cut short'),
    (sdb_bytes(CELLS, n_samples=2 ** 40), 'cut short'), (sdb_bytes(CELLS, section=0, n_samples=0), 'never finished'),
    (sdb_bytes(CELLS, n_listed=2), 'its index 2 in'), (sdb_bytes(CELLS, index=8), 'its index 3 in 8 bytes'),
    (sdb_bytes(CELLS, n_samples=2), 'its index 3'), (sdb_bytes(CELLS, offsets=[32] * 9), 'its index 9'),
    (sdb_bytes(CELLS) * 2, 'bytes follow behind its index'),
    (sdb_bytes([b''] * 9), 'its 9 samples do not fit into 8 bytes')])
def test_sizes_are_believed_only_as_far_as_the_file_is_long(content, message, database):
    with pytest.raises(DataError, match=message):
        database(content)


@pytest.mark.parametrize('entry, message', [
    (struct.pack('>I', 2 ** 32 - 1), 'has 4294967295 bytes'),
    (struct.pack('>II', 12, 2 ** 32 - 1) + bytes(8), 'longer than the'),
    (struct.pack('>IIII', 12, 4, 0, 9), 'the transcript of sample 0 is longer'),
    (entry_bytes([b'a', b'b', b'c']), 'has 5 bytes behind its last column'), (struct.pack('>IQQ', 0, 0, 0), 'longer than the')])
def test_an_entry_that_does_not_fit_is_named(entry, message, database):
    read = database(sdb_bytes([entry, [bytes(30), b'']]))
    with pytest.raises(DataError, match=message):
        cells_of(read)


@pytest.mark.parametrize('offset', [0, HUGE, 2 ** 63, 100000])
def test_an_index_that_points_elsewhere_is_damage(offset, database):
    with pytest.raises(DataError, match='sample 0 begins at'):
        cells_of(database(sdb_bytes([CELLS[0]], offsets=[offset])))


def test_a_directory_and_a_missing_file_are_said_to_be_that(tmp_path):
    with pytest.raises(DataError, match=r'cannot be read as a sample database \(it is a directory'):
        Database(str(tmp_path))
    with pytest.raises(DataError, match='No such file'):
        Database(str(tmp_path / 'none.sdb'))


def test_a_file_that_becomes_shorter_is_not_waited_for(tmp_path, database):
    read = database(sdb_bytes(CELLS))
    with read.open() as file:
        (tmp_path / 'a.sdb').write_bytes(b'SAMPLEDB')
        with pytest.raises(DataError, match='has become shorter'):
            read.read(file, Span(8, 100))


def test_the_same_file_by_another_name_is_the_same(tmp_path, database):
    one = database(sdb_bytes(CELLS))
    (tmp_path / 'link.sdb').symlink_to('a.sdb')
    assert one == Database(str(tmp_path / 'link.sdb')) and len({one, Database(one.path)}) == 1
    other = tmp_path / 'b.sdb'
    other.write_bytes(sdb_bytes(CELLS))
    assert one != Database(str(other))


def test_metadata_of_a_database_are_plain_json(database):
    metadata = json.dumps({'schema': [SPEECH, TRANSCRIPT], 'made by': 'x'}, indent=1).encode()
    assert cells_of(database(sdb_bytes([[b'a', b'b']], metadata=metadata))) == [[b'a', b'b']]
