"""The importer of the Spoken Wikipedia Corpora on archives of their layout, alignments and Ogg Vorbis inside."""

import wave

import pytest
from corpora import import_twice, long_clips, make_tar, make_tree, read_csv, run_importer, seconds, speech, transcripts

from deepspeech_training.corpora.layouts import german
from deepspeech_training.corpora.layouts.spoken_article import read_article

SETS = ('train', 'dev', 'test')


def token(written, *words):
    """Returns a token; `words` are (pronunciation, start, end), times in ms."""
    inner = ''.join(f'<n pronunciation="{spoken}"' + (f' start="{start}" end="{end}"' if end else '') + '/>'
                    for spoken, start, end in words)
    return f'<t text="{written}">{inner}</t>'


def alignment(sentences, reader='Anna', title='Artikel'):
    properties = {'DC.identifier': title, 'reader.name': reader}
    meta = ''.join(f'<prop key="{key}" value="{value}"/>' for key, value in properties.items() if value)
    body = ''.join(f'<s>{"".join(sentence)}</s>' for sentence in sentences)
    return (f'<?xml version="1.0" encoding="UTF-8"?>\n<article><meta>{meta}</meta><d><section><sectioncontent><p>{body}</p>'
            f'</sectioncontent></section></d></article>')


def sentence(words, start=100, step=200):
    """Returns the tokens of a sentence of plain words, and a full stop that has no time."""
    return [token(word, (word.lower(), start + index * step, start + (index + 1) * step))
            for index, word in enumerate(words.split())] + [token('.')]


def corpus():
    readers = {'Anna': 'Im Jahre Null', 'Bodo': 'Schöne neue Welt', 'Carla': 'Der Café Besuch', '': 'Wer liest hier'}
    return {name: content for number, (reader, words) in enumerate(readers.items()) for name, content in {
        f'Artikel_{number}/aligned.swc': alignment([sentence(words)], reader, f'Titel {number}'),
        f'Artikel_{number}/audio.ogg': speech(number, 'ogg', 44100), f'Artikel_{number}/wiki.txt': words}.items()}


def test_archive_becomes_three_csv_files_that_share_no_reader(tmp_path):
    make_tar(tmp_path / 'SWC_German.tar', corpus(), '')
    files = [tmp_path / f'german-{name}.csv' for name in SETS]
    import_twice('swc', tmp_path, '--language', 'german', '--add_meta', files=files)
    rows = [row for path in files for row in read_csv(path)]
    assert {(row['transcript'], row['article'], row['speaker']) for row in rows} == {
        ('im jahre null', 'Titel 0', 'Anna'), ('schöne neue welt', 'Titel 1', 'Bodo'), ('der café besuch', 'Titel 2', 'Carla'),
        ('wer liest hier', 'Titel 3', 'unknown')}
    assert all(map(read_csv, files)) and rows[0]['wav_filename'].startswith('german-wav/Artikel_')
    with wave.open(str(tmp_path / rows[0]['wav_filename'])) as wav:
        assert wav.getnframes() == 600 * 16  # from 100 ms to 700 ms
    result = run_importer('swc', tmp_path / 'SWC_German.tar')
    assert result.returncode == 1 and 'say with --language' in result.stderr
    (tmp_path / 'abc.txt').write_text('\n'.join(' abcdefghijklmnopqrstuvwxyz') + '\n')
    result = run_importer('swc', tmp_path, '--language', 'german', '--german_alphabet', tmp_path / 'abc.txt', '--normalize',
                          '--exclude_unknown_speakers')
    assert result.returncode == 0, result.stderr
    assert sorted(text for path in files for text in transcripts(path).values()) == ['der cafe besuch', 'im jahre null']
    assert sorted(row['problem'] for row in read_csv(tmp_path / 'german-rejected.csv')) == ['excluded', 'invalid_label']


def test_recordings_in_parts_are_put_in_their_order_and_damage_costs_only_its_article(tmp_path):
    files = {f'english/{name}': content for name, content in corpus().items()}
    lengths_ms = [1000 * seconds(long_clips()[index]) for index in (4, 5)]
    in_second, across = round(lengths_ms[0]) + 100, round(sum(lengths_ms)) - 100
    files['english/parts/aligned.swc'] = alignment([sentence('in the first'), sentence('in the second', in_second),
                                                    sentence('in two of them', across),
                                                    sentence('in the tenth', round(sum(lengths_ms)) + 100)], 'Dora')
    files.update({f'english/parts/audio{part}.ogg': speech(index, 'ogg', 44100) for part, index in ((1, 4), (2, 5), (10, 6))})
    files['english/cut/aligned.swc'] = alignment([sentence('cut')])[:150]
    files['english/mute/aligned.swc'] = alignment([sentence('mute')])
    files['english/bad/aligned.swc'] = alignment([sentence('bad')])
    files['english/bad/audio.ogg'] = speech(7, 'ogg', 44100)[:900]
    make_tree(tmp_path, files)
    result = run_importer('swc', tmp_path, '--language', 'english')
    assert result.returncode == 1 and '2 of 11 clips did not arrive' in result.stderr
    found = sorted(row['transcript'] for name in SETS for row in read_csv(tmp_path / f'english-{name}.csv'))
    assert found[2:5] == ['in the first', 'in the second', 'in the tenth'] and len(found) == 7
    assert [(row['clip'], row['problem']) for row in read_csv(tmp_path / 'english-rejected.csv')] == [
        ('bad/000000', 'failed'), ('cut', 'malformed'), ('mute', 'excluded'), ('parts/000002', 'excluded')]
    result = run_importer('swc', tmp_path, '--offline', '--accept_failed', '50')  # all languages, of which one is there
    assert result.returncode == 1 and 'SWC_German.tar' in result.stderr and 'English' not in result.stderr


def texts_of(path, sentences, most_ms=None, without_numbers=True):
    path.write_text(alignment(sentences), encoding='utf-8')
    return read_article(str(path), most_ms, without_numbers).utterances


def test_sentences_are_cut_at_numbers_and_where_they_get_too_long(tmp_path):
    path = tmp_path / 'aligned.swc'
    long = sentence('eins zwei drei vier fünf', 0, 1000)
    assert texts_of(path, [long], 2500) == [('eins zwei', (0, 2000)), ('drei vier', (2000, 4000)), ('fünf .', (4000, 5000))]
    year = [token('Seit', ('seit', 0, 500)), token('1994', ('neunzehn', 500, 900), ('vier', 900, 1000)),
            token('ja', ('ja', 1000, 1300))]
    assert texts_of(path, [year]) == [('seit', (0, 500)), ('ja', (1000, 1300))]
    assert texts_of(path, [year], without_numbers=False) == [('seit neunzehn vier ja', (0, 1300))]
    untimed = [token('Wann', ('wann', 0, 0)), *sentence('weiß keiner')]
    assert texts_of(path, [untimed]) == [('wann weiß keiner .', None)]
    path.write_text('<article><d><ignored><s><t text="a"/></s></ignored><s><t text="b"><n pronunciation="b" start="x" end=""/>'
                    '</t></s></d></article>')
    assert read_article(str(path), None, True).utterances == [('b', None)]


@pytest.mark.parametrize('text, spoken', [
    ('5 €', '5 euro'), ('ein tausend neun hundert vier', 'neunzehnhundert vier'),
    ('ein tausend acht hunderter', 'achtzehnhunderter'), ('zwei punkt null null null leute', 'zwei tausend leute'),
    ('ein punkt null null null punkt null null null', 'eine million'),
    ('drei punkt null null null punkt null null null punkt null null null', 'drei milliarden'), ('punkt null null', None)])
def test_german_numbers_are_written_as_they_are_spoken(text, spoken):
    assert german.as_spoken(text) == spoken
