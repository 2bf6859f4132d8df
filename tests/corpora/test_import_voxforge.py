"""The VoxForge importers, English and Russian, on archives put there by hand and on a server."""

import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

from corpora import import_twice, make_tar, make_tree, read_csv, run_importer, speech, tar_bytes, transcripts

USERS = ('anna-20170321-czb', 'ben-20170322-abc', 'ben-20170323-abd', 'anonymous-20080829-lix', 'anonymous-20080829-mno')


def archive(folder, texts=('PHILIP FELT HIMSELF', "DON'T -- GO"), kind='wav'):
    lines = [f'{folder}/mfc/b00{index} {text}\n' for index, text in enumerate(texts)]
    return {f'{folder}/etc/PROMPTS': ''.join(lines), f'{folder}/README': 'GPL',
            **{f'{folder}/{kind}/b00{index}.{kind}': speech(index, kind) for index in range(len(texts))}}


def all_rows(directory):
    return {name: transcripts(directory / f'voxforge-{name}.csv') for name in ('train', 'dev', 'test')}


def test_archives_put_there_are_imported_without_network_and_speakers_kept_apart(tmp_path):
    for index, user in enumerate(USERS):
        make_tar(tmp_path / 'archive' / f'{user}.tgz', archive(user, kind='flac' if index == 1 else 'wav'))
    csvs = [tmp_path / f'voxforge-{name}.csv' for name in ('train', 'dev', 'test')]
    import_twice('voxforge', tmp_path, files=csvs)
    ben = {path.stem for path in csvs for row in read_csv(path) if 'ben-' in row['wav_filename']}
    assert len(ben) == 1 and all(map(read_csv, csvs))  # his two archives are in one set
    assert sum(len(read_csv(path)) for path in csvs) == 10
    assert {text for rows in all_rows(tmp_path).values() for text in rows.values()} == {'philip felt himself', "don't go"}


def test_damaged_archives_and_lines_cost_what_is_in_them(tmp_path):
    for user in USERS[:3]:
        make_tar(tmp_path / 'archive' / f'{user}.tgz', archive(user, ('\u041f\u0420\u0418\u0412\u0415\u0422 \u0401\u0416!',)))
    (tmp_path / 'archive' / 'cut-20100101-abc.tgz').write_bytes(tar_bytes(archive('cut-20100101-abc'))[:5000])
    make_tar(tmp_path / 'archive' / 'old-20100101-abc.tgz', {
        'old-20100101-abc/etc/PROMPTS': 'old/mfc/b000 \u044d\u0442\u043e\n'.encode('cp1251') + b'old/mfc/b001 ABC\n',
        'old-20100101-abc/wav/b000.wav': speech(0), 'old-20100101-abc/wav/b001.wav': speech(1)})
    result = run_importer('voxforge_ru', tmp_path)
    assert result.returncode == 1 and '2 of 6 clips did not arrive' in result.stderr
    assert [(row['clip'], row['problem']) for row in read_csv(tmp_path / 'voxforge-rejected.csv')] == [
        ('cut-20100101-abc/archive', 'failed'), ('old-20100101-abc/b000', 'malformed'),
        ('old-20100101-abc/b001', 'invalid_label')]
    assert {text for rows in all_rows(tmp_path).values() for text in rows.values()} == {
        '\u043f\u0440\u0438\u0432\u0435\u0442 \u0451\u0436'}
    lacking = run_importer('voxforge_ru', tmp_path / 'other', '--offline')
    assert lacking.returncode == 1 and 'voxforge1.org/downloads/Russian' in lacking.stderr


def test_archives_of_the_listing_are_fetched(tmp_path):
    """The server stands in as the proxy to which the program turns for every address."""
    place = 'downloads/de/Trunk/Audio/Main/16kHz_16bit'
    links = ''.join(f'<a href="{user}.tgz">{user}.tgz</a>\n' for user in (*USERS[:3], 'gone-20100101-abc'))
    make_tree(tmp_path / 'www', {f'{place}/index.html': f'<html><body>{links}</body></html>'})
    for user in USERS[:3]:
        make_tar(tmp_path / 'www' / place / f'{user}.tgz', archive(user, ('GR\u00dc\u00dfE AN ALLE',)))

    class Handler(SimpleHTTPRequestHandler):
        def translate_path(self, path):
            return super().translate_path('/' + path.partition('//')[2].partition('/')[2])

        def log_message(self, *words):
            pass

    server = ThreadingHTTPServer(('127.0.0.1', 0), partial(Handler, directory=str(tmp_path / 'www')))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        proxy = f'http://127.0.0.1:{server.server_port}'
        result = run_importer('voxforge', tmp_path / 'de', '--language', 'de', http_proxy=proxy, HTTP_PROXY=proxy)
    finally:
        server.shutdown()
        server.server_close()
    assert result.returncode == 1 and '1 of 4 clips did not arrive' in result.stderr and 'gone-20100101-abc' in result.stderr
    assert [len(rows) for rows in all_rows(tmp_path / 'de').values()] == [1, 1, 1]
    assert list(transcripts(tmp_path / 'de' / 'voxforge-train.csv').values()) == ['gr\u00fc\u00dfe an alle']
