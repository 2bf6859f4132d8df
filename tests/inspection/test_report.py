"""The data report: what is said of sets, on the page and in JSON."""

import json
import re

import pytest
from bad_rows import clips, plant
from wav_files import pcm16, wav_bytes

from deepspeech_training.inspection.checking import Check, check_files, write_report
from deepspeech_training.reports.page import data_of
from deepspeech_training.settings.config import DROP_CHARACTER, DROP_CLIP


@pytest.fixture
def make_set(tmp_path):
    """make_set(name, transcripts) writes a CSV with a recording for each transcript; all of them differ."""
    sounds, count = clips(), [0]

    def make(name, transcripts, columns=()):
        lines = [','.join(['wav_filename', 'wav_filesize', 'transcript', *columns])]
        for transcript in transcripts:
            count[0] += 1
            wav = tmp_path / f'{count[0]}.wav'
            wav.write_bytes(wav_bytes(pcm16(sounds[-1][1] * (0.9 - count[0] / 1000))))
            lines.append(f'{wav.name},{wav.stat().st_size},{transcript}')
        path = tmp_path / name
        path.write_text('\n'.join(lines) + '\n', encoding='utf-8')
        return str(path)
    return make


@pytest.fixture
def check(tmp_path, log):
    def run(*paths, alphabet=None, policy=DROP_CLIP, **how):
        return check_files(paths, Check(alphabet, policy, 16000, **how), str(tmp_path / 'cache'), log)
    return run


def kinds(found):
    return {each['kind']: each['rows'] for each in found.numbers['findings']}


def numbers_in(value):
    """Yields all numbers in JSON."""
    if isinstance(value, (dict, list)):
        for each in value.values() if isinstance(value, dict) else value:
            yield from numbers_in(each)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield value


def test_every_number_on_the_page_is_in_the_json(tmp_path, check, alphabet):
    (tmp_path / 'sets').mkdir()
    plant(tmp_path / 'sets')
    sets = [str(tmp_path / 'sets' / name) for name in ('train.csv', 'dev.csv')]
    found, rejections = check(*sets, alphabet=alphabet.source)
    path = write_report(found, rejections, str(tmp_path), 'Data')
    page = open(path, encoding='utf-8').read()
    stored = json.loads((tmp_path / 'data_report.json').read_text(encoding='utf-8'))
    assert stored == json.loads(json.dumps(found.numbers))
    of_page = data_of(page)
    shown = {float(number) for number in re.findall(r'<data value="([^"]+)">', page)}
    assert len(shown) > 30 and shown <= set(map(float, numbers_in(of_page)))
    of_players = {each['sound']['played_seconds'] for key, rows in of_page.items() if key.startswith('rows ')
                  for each in rows if isinstance(each['sound'], dict)}
    assert set(numbers_in(of_page)) <= set(numbers_in(stored)) | of_players
    assert of_page['total'] == dict(zip(('rows', 'usable', 'left out', 'worth a look', 'hours'), stored['total'].values()))
    assert page.count('<audio') > 20 and not re.search(r'(src|href)="(?!data:|#)', page)


def test_sound_set_has_no_finding(check, make_set):
    found, rejections = check(make_set('a.csv', ['one sentence', 'another one', 'a third']))
    assert not kinds(found) and not any(rejections.values()) and not list(found.listed())
    (numbers,) = found.numbers['sets']
    assert (numbers['rows'], numbers['usable'], numbers['words'], numbers['listened_to']) == (3, 3, 6, 3)
    assert numbers['hours'] == pytest.approx(3 * len(clips()[-1][1]) / 16000 / 3600, rel=1e-4)
    assert sum(numbers['histograms']['duration_s']['counts']) == 3
    assert found.numbers['alphabet']['proposed'] == [' ', *'acdehinorst']
    assert numbers['formats'] == {'16000 Hz, mono, 16-bit': 3}


def test_characters_are_dropped_where_that_is_the_policy(check, make_set, alphabet):
    path = make_set('a.csv', ['one (sentence)', 'another one', '7'])
    found, rejections = check(path, alphabet=alphabet.source, policy=DROP_CHARACTER)
    assert kinds(found) == {'changed': 1, 'empty': 1}
    assert [each.row.line for each in rejections[path]] == [4]
    (changed,) = [each for each in found.listed() if each.kind == 'changed']
    assert changed.place.location == f'{path}, line 2' and changed.place.transcript == 'one sentence'
    assert {each['character']: each['rows_without'] for each in found.numbers['alphabet']['characters']
            if not each['has_label']} == {'(': 1, ')': 1, '7': 1}


def test_invisible_and_hardly_used_characters_are_not_proposed(check, make_set):
    found, _ = check(make_set('a.csv', ['a\u00a0b\u200b'] * 5 + ['a b'] * 200 + ['c']), listens=False)
    alphabet = found.numbers['alphabet']
    assert alphabet['proposed'] == [' ', 'a', 'b'] and alphabet['doubtful'] == ['c', '\u00a0', '\u200b']


def test_words_in_two_scripts_are_found_where_the_alphabet_has_both(check, make_set):
    found, _ = check(make_set('a.csv', ['мама мыла раму', 'mаma ran', 'mama ran', 'мама and papa']))
    (mixed,) = found.listed()
    assert mixed.kind == 'scripts' and mixed.place.location.endswith('line 3')
    assert mixed.reason == "'mаma' has letters of Cyrillic and Latin"


def test_without_listening_only_headers_are_looked_at(check, make_set):
    path = make_set('a.csv', ['one sentence', 'another one'])
    found, _ = check(path, listens=False)
    assert found.numbers['sets'][0]['listened_to'] == 0 and not kinds(found)


def test_what_sets_share_is_counted(check, make_set):
    train = make_set('train.csv', ['one', 'two', 'two', 'three'])
    dev = make_set('dev.csv', ['two', 'four', 'three', 'three'])
    found, _ = check(train, dev)
    assert found.numbers['overlaps'] == [{'one': train, 'other': dev, 'n_sounds': 0, 'n_sentences': 3, 'n_speakers': 0}]
    assert kinds(found) == {'shared_sentence': 3}


def test_what_a_model_recognises_quite_differently_is_listed(check, make_set, tmp_path, clips):
    model = str(clips.parent.parent / 'golden' / 'ds093-plain' / 'output_graph.pb')
    first, _ = check(str(clips), model=model)
    heard = {each.place.location: re.search("'(.*)' was", each.reason).group(1) for each in first.listed()
             if each.kind == 'unrecognised'}
    assert len(heard) > 5  # a model after a minute of training
    lines = clips.read_text(encoding='utf-8').splitlines()
    for number in range(1, len(lines) - 1):
        wav, size, transcript = lines[number].split(',')
        lines[number] = f'{clips.parent / wav},{size},{heard.get(f"{clips}, line {number + 1}", transcript)}'
    wav, size, transcript = lines[-1].split(',')
    lines[-1] = f'{clips.parent / wav},{size},{transcript}'
    path = tmp_path / 'heard.csv'
    path.write_text('\n'.join(lines) + '\n', encoding='utf-8')
    second, _ = check(str(path), model=model)
    assert [each.place.location for each in second.listed() if each.kind == 'unrecognised'] == [f'{path}, line {len(lines)}']
    (numbers,) = second.numbers['sets']
    assert numbers['recognised']['model'] == model and 0 < numbers['recognised']['cer'] < 0.6
