"""The importer of Kaldi's data directories: lists with segments and commands, which are understood and never run."""

import pytest
from corpora import import_twice, make_tree, read_csv, run_importer, speech, transcripts

from deepspeech_training.corpora.layouts.commands import NotUnderstoodError, Recording, parse_recording


@pytest.mark.parametrize('text, path, channel', [
    ('/a/b c.wav', '/a/b c.wav', None),
    ('flac -c -d -s /a/1.flac |', '/a/1.flac', None),
    ('flac -cds /a/1.flac | ', '/a/1.flac', None),
    ('/x/sph2pipe_v2.5/sph2pipe -f wav -p -c 2 /a/1.sph |', '/a/1.sph', 1),
    ('$KALDI_ROOT/tools/sph2pipe_v2.5/sph2pipe -f wav -p -c 1 /a/1.sph |', '/a/1.sph', 0),
    ('sox /a/1.wav -r 16k -t wav - remix 2 |', '/a/1.wav', 1),
    ("sox -V1 '/a/1 2.mp3' -r16000 -b 16 -c 1 -t wav - rate -h 16000 dither -s 2>/dev/null |", '/a/1 2.mp3', None),
    ('sph2pipe -f wav -c 1 /a/1.sph | sox -t wav - -r 16000 -b 16 -e signed-integer -t wav - |', '/a/1.sph', 0),
    ('ffmpeg -nostdin -loglevel quiet -i /a/1.m4a -f wav -ar 16000 -ac 1 -acodec pcm_s16le - |', '/a/1.m4a', None),
    ('ffmpeg -i /a/1.wav -map_channel 0.0.1 -f wav pipe:1 |', '/a/1.wav', 1),
    ('cat /a/1.wav |', '/a/1.wav', None)])
def test_usual_commands_are_understood(text, path, channel):
    assert parse_recording(text) == Recording(path, channel)


@pytest.mark.parametrize('text, reason', [
    ('', 'names no file'), ('-', 'names no file'), ('|', 'nothing before a pipe'), ('sox |', 'does not read one file'),
    ('raw.ark:1234', 'archive of Kaldi'), ('touch /tmp/x; cat /a.wav |', 'need a shell'), ('cat $(touch /tmp/x) |', 'shell'),
    ('cat /a.wav > /tmp/x |', 'need a shell'), ('cat /a.wav|sox - - |', 'need a shell'), ('bash -c "cat a.wav" |', "'bash'"),
    ('sox /a.wav -t wav - speed 0.9 |', "'speed' of sox"), ('sox -v 0.5 /a.wav -t wav - |', 'option -v'),
    ('sox /a.wav /b.wav |', 'standard output'), ('sox -t raw -r 8000 /a.raw -t wav - |', 'raw sound'),
    ('ffmpeg -ss 3 -i /a.mp3 -f wav - |', 'option -ss'), ('ffmpeg -i /a.mp3 -af volume=2 -f wav - |', 'option -af'),
    ('ffmpeg -f s16le -i /a.raw -f wav - |', 'raw sound'), ('flac /a.wav |', 'does not decode'),
    ('sph2pipe -t 1:2 /a.sph |', 'option -t'), ('cat "/a.wav |', 'quotes'), ('cat |', 'names no file'),
    ('cat /a.wav | cat /b.wav |', 'instead of what comes'), ('gunzip -c /a.wav.gz |', "'gunzip'"),
    ('sox /a.wav -t wav - remix 1 | sox - -t wav - remix 2 |', 'choose a channel')])
def test_other_commands_are_refused_with_the_reason(text, reason):
    with pytest.raises(NotUnderstoodError, match=reason.replace('(', r'\(')):
        parse_recording(text)


def test_directories_become_sets_with_segments_cut_out(tmp_path):
    stereo = speech(0, 'sph', 8000, ('-e', 'mu-law', '-c', '2'))
    make_tree(tmp_path, {
        'speech/sw1.sph': stereo, 'speech/b.flac': speech(1, 'flac'),
        'data/train/wav.scp': 'sw1-A sph2pipe -f wav -p -c 1 speech/sw1.sph |\nsw1-B sph2pipe -f wav -c 2 speech/sw1.sph |\n',
        'data/train/segments': 'sw1-A_1 sw1-A 0.00 0.50\nsw1-A_2 sw1-A 0.5 1.0\nsw1-B_1 sw1-B 0.25 -1\n',
        'data/train/text': 'sw1-A_1 first\nsw1-A_2 second of  them\nsw1-B_1 Großes\n',
        'data/train/utt2spk': 'sw1-A_1 s1\nsw1-A_2 s1\nsw1-B_1 s2\n', 'data/train/spk2gender': 's1 f\ns2 m\n',
        'data/test/wav.scp': f'b flac -c -d -s {tmp_path}/speech/b.flac |\n', 'data/test/text': 'b whole\n'})
    csv_files = [tmp_path / 'data' / 'train.csv', tmp_path / 'data' / 'test.csv']
    import_twice('kaldi', tmp_path / 'data', files=csv_files)
    assert [transcripts(path) for path in csv_files] == [
        {'sw1-A_1': 'first', 'sw1-A_2': 'second of them', 'sw1-B_1': 'Großes'}, {'b': 'whole'}]
    assert int(read_csv(csv_files[0])[0]['wav_filesize']) == 44 + 2 * 8000


def test_what_cannot_be_used_is_named_and_no_command_is_run(tmp_path):
    data = make_tree(tmp_path / 'train', {
        'a.wav': speech(0),
        'wav.scp': f'a a.wav\nb sox a.wav -t wav - tempo 1.1 |\nc touch {tmp_path}/run |\nd $(touch run) |\ne e.wav\nshort\n',
        'segments': 'a1 a 0 0.5\na2 a 0.5 9\na3 a x 1\na4 none 0 1\na5 a 0 inf\nb1 b 0 1\nc1 c 0 1\nd1 d 0 1\ne1 e 0 1\n'
                    'n1 a 0 1\nf1 short 0 1\n'})
    (data / 'text').write_bytes(b'\xef\xbb\xbf' + b''.join(b'%s yes\r\n' % name.encode() for name in (
        'a1', 'a2', 'a3', 'a4', 'a5', 'b1', 'c1', 'd1', 'e1', 'f1', 'x1')) + b'a1 again\nn2\n')
    result = run_importer('kaldi', data, '--set', 'train')
    assert result.returncode == 1 and '12 of 14 clips did not arrive' in result.stderr
    assert transcripts(data / 'train.csv') == {'a1': 'yes'}
    reasons = {row['clip'] + row['place'][-2:]: row['reason'] for row in read_csv(data / 'rejected.csv')}
    assert {key: words in reasons.get(key, '') for key, words in {
        'a112': 'listed before, text, line 1', 'a2 2': 'ends', 'a3 3': 'segments, line 3: expected',
        'a4 4': 'no row for its recording', 'a5 5': 'from 0 s to inf s', 'b1 6': "wav.scp, line 2: 'tempo' of sox",
        'c1 7': "'touch' is not one of", 'd1 8': 'shell', 'e1 9': 'cannot be opened', 'f110': 'names no file',
        'x111': 'segments has no row', 'n213': 'segments has no row',
        'n1': 'text has no row'}.items()} == dict.fromkeys(reasons, True)
    assert not (tmp_path / 'run').exists() and not (data / 'run').exists()


def test_a_directory_without_the_lists_is_refused(tmp_path):
    result = run_importer('kaldi', tmp_path)
    assert result.returncode == 1 and 'there is no wav.scp in it' in result.stderr


def test_a_zero_byte_costs_its_row_only(tmp_path):
    make_tree(tmp_path, {'a.wav': speech(0), 'wav.scp': 'a a.wav\nb a\0.wav\nc a.wav\n', 'text': 'a one\nb two\nc th\0ree\n'})
    result = run_importer('kaldi', tmp_path, '--set', 'train', '--accept_failed', '80')
    assert result.returncode == 0, result.stderr
    assert [row['transcript'] for row in read_csv(tmp_path / 'train.csv')] == ['one']
    assert [row['clip'] for row in read_csv(tmp_path / 'rejected.csv')] == ['b', 'c']
