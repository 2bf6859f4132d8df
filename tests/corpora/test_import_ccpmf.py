"""The importer of the conferences of a French ministry on an archive in parts of its layout, MP3 and XML inside."""

import io
import zipfile

import pytest
from corpora import import_twice, make_tree, read_csv, run_importer, speech, transcripts

from deepspeech_training.corpora.layouts import french
from deepspeech_training.corpora.layouts.conference import pairs_of, segments
from deepspeech_training.errors import DataError

ID = 'transcriptionsxml_audiomp3_mefr_ccpmf_2012-2020_2.zip'
DATA = 'transcriptionsXML_audioMP3_MEFR_CCPMF_2012-2020'
SETS = ('train', 'dev', 'test')


def xml(*rows):
    """Returns a transcript of (begin, length, text)."""
    lines = [f'<row timestamp="{start}" timedur="{length}">{text}</row>' for start, length, text in rows]
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<rows>{"".join(lines)}</rows>'


def corpus():
    return {f'Ministère {day}/2012-01-{day:02}_seance_{part}.{ending}': content for day, text in (
        (1, 'Bonjour à tous'), (2, 'La croissance est de 2 %'), (3, 'Nous sommes au G20')) for part, ending, content in (
            ('audio_1', 'mp3', speech(day, 'mp3', 44100)), ('texte_1', 'xml', xml((0, .5, text), (.5, 1., 'merci'))))}


def zipped(files):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, 'w') as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def found_in(directory):
    return {stem: text for name in SETS for stem, text in transcripts(directory / f'ccpmf_{name}.csv').items()}


def test_parts_of_the_archive_become_three_csv_files(tmp_path):
    outer = zipped({f'{DATA}.zip': zipped(corpus())})
    third = len(outer) // 3 + 1
    make_tree(tmp_path, {f'{ID}.{part + 1:03}': outer[part * third:(part + 1) * third] for part in range(3)})
    result = run_importer('ccpmf', tmp_path, '--offline')
    assert result.returncode == 1 and f'{ID}.001' in result.stderr and 'SHA-1' in result.stderr.replace('sha1', 'SHA-1')
    data = tmp_path / DATA
    import_twice('ccpmf', tmp_path, '--no_checksums', files=[data / f'ccpmf_{name}.csv' for name in SETS])
    assert found_in(data) == {'2012-01-01_seance_audio_1_000000': 'bonjour à tous merci',
                              '2012-01-02_seance_audio_1_000000': 'la croissance est de deux pourcents merci',
                              '2012-01-03_seance_audio_1_000000': 'nous sommes au g deux zéro merci'}
    assert (data / 'unpacked' / 'corpus' / 'data.txt').read_text(encoding='utf-8').splitlines()[0] == (
        'Ministère 1/2012-01-01_seance_texte_1.xml,Ministère 1/2012-01-01_seance_audio_1.mp3,2.50e-04')


def test_list_that_is_there_is_used_and_damage_costs_only_its_recording(tmp_path):
    files = {f'{DATA}/{name}': content for name, content in corpus().items()}
    files[f'{DATA}/b/cut.xml'] = xml((0, 1, 'abgeschnitten'))[:70]
    files[f'{DATA}/b/x.xml'] = xml(('eins', 1, 'keine Zeit'), (0, 1, ''), ('0,5', '0,3', 'trop court'), (0, 1, 'fini'),
                                  (50, 52, 'loin'))
    files[f'{DATA}/b/x.mp3'] = speech(4, 'mp3', 44100)
    first = 'Ministère 1/2012-01-01_seance'
    files[f'{DATA}/data.txt'] = (f'\ufeff{first}_texte_1.xml,{first}_audio_1.mp3,2.50e-04\r\n'
                                 'b/cut.xml,b/x.mp3,2.50e-04\r\nb/x.xml,b/x.mp3,2.50e-04\r\n')
    make_tree(tmp_path, files)
    result = run_importer('ccpmf', tmp_path)
    assert result.returncode == 1 and '3 of 6 clips did not arrive' in result.stderr
    assert sorted(found_in(tmp_path / DATA).values()) == ['bonjour à tous merci', 'fini']
    assert [(row['problem'], row['place']) for row in read_csv(tmp_path / DATA / 'ccpmf_rejected.csv')] == [
        ('malformed', 'b/cut.xml'), ('malformed', 'b/x.xml, row 1'), ('too_short', 'b/x.xml, row 3'),
        ('failed', 'b/x.xml, row 5')]


@pytest.mark.parametrize('line', ['a.xml', 'a.xml,a.mp3,-1', 'a.xml,a.mp3,nan'])
def test_a_line_of_the_list_that_is_none_is_named(line, tmp_path):
    (tmp_path / 'data.txt').write_text(line + '\n')
    with pytest.raises(DataError, match='data.txt, line 1: expected <xml>,<mp3>,<tolerance>'):
        pairs_of(str(tmp_path), str(tmp_path / 'data.txt'))


def test_recordings_that_are_gone_are_in_no_pair(tmp_path):
    make_tree(tmp_path, {'2012-01-01_a.xml': xml((0, 1, 'un')), '2012-01-01_a.mp3': b'sound'})
    (tmp_path / '2012-01-01_b.mp3').symlink_to('/no/such/file')
    assert [pair[:2] for pair in pairs_of(str(tmp_path), str(tmp_path / 'data.txt'))] == [
        ('2012-01-01_a.xml', '2012-01-01_a.mp3')]


def test_rows_join_while_they_follow_each_other_and_are_short_enough(tmp_path):
    path = tmp_path / 'x.xml'
    path.write_text(xml((0.5, 1.2, 'un'), (1.7, 1.5, 'deux'), (3.2, 7, 'trois'), (10.2, 1, 'quatre'), (12, 1, 'cinq')))
    assert [(each.text, each.span_s) for each in segments(str(path), 2.5e-4, 10.)] == [
        ('un deux trois', (0.5, 10.2)), ('quatre', (10.2, 11.2)), ('cinq', (12, 13))]


@pytest.mark.parametrize('text, spoken', [
    ('0 1 16 17 21 31', 'zéro un seize dix-sept vingt et un trente et un'),
    ('71 77 80 81 91', 'soixante et onze soixante-dix-sept quatre-vingts quatre-vingt-un quatre-vingt-onze'),
    ('100; 200; 201; 1000 2012.', 'cent deux cents deux cent un mille deux mille douze'),
    ('80 000 et 200 000', 'quatre-vingt mille et deux cent mille'), ('1 000 000 2000000000', 'un million deux milliards'),
    ('2,5 0,05', 'deux virgule cinq zéro virgule zéro cinq'),
    ('14:30 1h05', 'quatorze heures et trente minutes une heure et cinq minutes'),
    ('21h 10:15:01', 'vingt et une heures dix heures quinze minutes et une seconde'),
    ('1er 1ère 2e 9ème 80e', 'premier première deuxième neuvième quatre-vingtième'),
    ('9' * 5000, ' '.join(['neuf'] * 5000)), ('G20 007', 'G deux zéro zéro zéro sept'), ('CO² ¸ca 9999999999999', f'CO deux ça{" neuf" * 13}'),
    ('50 % [end] B2B @ #x 3 m² … ok..., oui', 'cinquante pourcents B to B at hashtag x trois mètres carrés . ok, oui')])
def test_french_is_written_as_it_is_spoken(text, spoken):
    assert french.as_spoken(text) == spoken
