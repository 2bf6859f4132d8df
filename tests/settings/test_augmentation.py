"""What `--augment` may say: the published grammar with its errors, quotes, presets, ranges of values and the clock."""

import pytest

from deepspeech_training.errors import ConfigError
from deepspeech_training.settings.augment_table import DOMAINS, KINDS, PRESETS
from deepspeech_training.settings.augmentation import augmentations, meanings, parse, split
from deepspeech_training.settings.value_range import Range, parse_range

# Published: name: (domains, the default first; parameters without p).
PUBLISHED = {
    'overlay': (['sample'], 'source snr layers'), 'codec': (['sample'], 'bitrate'), 'reverb': (['sample'], 'delay decay'),
    'resample': (['sample'], 'rate'), 'volume': (['sample'], 'dbfs'), 'pitch': (['spectrogram'], 'pitch'),
    'tempo': (['spectrogram'], 'factor max_time'), 'warp': (['spectrogram'], 'nt nf wt wf'),
    'frequency_mask': (['spectrogram'], 'n size'), 'time_mask': (['spectrogram', 'signal', 'features'], 'n size'),
    'dropout': (['spectrogram', 'signal', 'features'], 'rate'), 'add': (['features', 'signal', 'spectrogram'], 'stddev'),
    'multiply': (['features', 'signal', 'spectrogram'], 'stddev')}
# Of add and multiply, ours are others: the published ones destroy what they are added to.
DEFAULTS = {'overlay': dict(source='a.csv', snr='3', layers='1'), 'codec': dict(bitrate='3200'),
            'reverb': dict(delay='20', decay='10'), 'resample': dict(rate='8000'), 'volume': dict(dbfs='3.0103'),
            'pitch': dict(pitch='1.075~0.125'), 'tempo': dict(factor='1.1', max_time='-1.0'),
            'warp': dict(nt='1', nf='1', wt='0.1', wf='0'), 'frequency_mask': dict(n='3', size='2'),
            'time_mask': dict(n='3', size='10'), 'dropout': dict(rate='0.05')}


@pytest.mark.parametrize('name', sorted(PUBLISHED))
def test_published_augmentations_have_their_domains_and_parameters(name):
    domains, parameters = PUBLISHED[name]
    assert list(KINDS[name].domains) == domains and list(KINDS[name].parameters) == ['p', *parameters.split()]


@pytest.mark.parametrize('name', sorted(DEFAULTS))
def test_published_defaults_hold_unless_others_are_given(name):
    asked = parse(name + ('[source=a.csv]' if name == 'overlay' else ''))
    assert asked.p == 1 and {key: str(value) for key, value in asked.values} == DEFAULTS[name]


@pytest.mark.parametrize('domain', ['features', 'signal', 'spectrogram'])
@pytest.mark.parametrize('name', ['add', 'multiply'])
def test_noise_has_a_default_for_each_domain(name, domain):
    asked = parse(f'{name}[domain={domain}]')
    assert asked.domain == domain and 0 < asked['stddev'].start < 1


@pytest.mark.parametrize('text, said', [
    ('volume[p=0.5', 'write it as name or name[parameter=value,...]'), ('Volume', 'the name in small letters'),
    ('VOLUME[p=0.5]', 'in small letters'), ('[p=1]', 'write it as name'), ('time-mask', 'write it as name'),
    ('volume]', 'write it as name'), ('foo', "there is no augmentation 'foo'; choose one of add, codec"),
    ('augmentation', "no augmentation 'augmentation'"), ('graph_augmentation', "no augmentation 'graph_augmentation'"),
    ('sample_augmentation', "no augmentation 'sample_augmentation'"),
    ('volume[0.5]', "'0.5' is not of the form parameter=value"),
    ('volume[]', 'not of the form parameter=value'), ('volume[p=1,]', 'not of the form parameter=value'),
    ('volume[p=1=2]', "'p=1=2' has more than one equals sign"), ('volume[p=1,p=0]', 'p is given twice'),
    ('time_mask[n=1:2:3]', 'n=1:2:3: a value is v, v~radius, start:end or start:end~radius'),
    ('time_mask[n=1~2~3]', 'n=1~2~3: a value is'), ('time_mask[n=1~2:3]', 'a value is'),
    ('time_mask[n=2~-1]', 'a radius is not'),
    ('warp[nt=1.5]', 'nt=1.5: a whole number is needed'), ('warp[nt=1_0]', 'a whole number is needed'),
    ('volume[dbfs=loud]', 'dbfs=loud: a number is needed'), ('volume[dbfs=nan]', 'a number is needed'),
    ('volume[dbfs=1:]', 'dbfs=1:: a number is missing'), ('volume[dbfs=~2]', 'a number is missing'),
    ('volume[dbfs=]', 'dbfs is missing'), ('add[domain=foo]', "domain 'foo' is none that add has; choose one of features"),
    ('pitch[domain=signal]', "pitch has no parameter 'domain'; it has p, pitch"),
    ('overlay', 'source is missing; write overlay['),
    ('overlay[source=]', 'source is missing'), ('volume[loudness=3]', "volume has no parameter 'loudness'; it has p, dbfs"),
    ('overlay[source="a.csv]', 'the quotes around'), ("overlay[source='a' 'b']", 'the quotes around'),
    ('volume[p=1.5]', 'p=1.5: it lies from 0 to 1'), ('volume[p=-0.1]', 'p=-0.1: it lies from 0 to 1'),
    ('dropout[rate=0:2]', 'rate=0:2: it lies from 0 to 1'), ('codec[bitrate=100]', 'it lies from 500 to 512000'),
    ('tempo[factor=0]', 'it lies from 0.25 to 4'), ('preset=large', 'no such preset; choose one of small, noisy, phone')])
def test_what_makes_no_sense_is_one_sentence_with_the_text_in_it(text, said):
    with pytest.raises(ConfigError) as error:
        augmentations([text])
    message = str(error.value)
    assert message.startswith(f'--augment {text}: ') and said in message and message.endswith('.') and '\n' not in message


@pytest.mark.parametrize('text, source', [
    ('overlay[source=a.csv,snr=3]', 'a.csv'), ('overlay[snr=3,source="a, b=[c].csv"]', 'a, b=[c].csv'),
    ("overlay[ source = 'say \"hi\".csv' , snr = 3 ]", 'say "hi".csv'),
    ("overlay[source=/o'brien/a.csv,snr=3]", "/o'brien/a.csv"),
    ('overlay[source=two words.csv,snr=3]', 'two words.csv')])
def test_paths_may_hold_anything_within_quotes(text, source):
    (asked,) = augmentations([text])
    assert asked['source'] == source and asked['snr'].start == 3


def test_several_stand_in_one_value_and_are_ordered_by_domain_then_as_given():
    assert split('pitch  tempo[factor=1, p=0.5]\tvolume') == ['pitch', 'tempo[factor=1, p=0.5]', 'volume']
    texts = ['add time_mask', 'tempo', 'time_mask[domain=signal] volume', '', 'speed', 'pitch']
    asked = augmentations(texts)
    assert [each.name for each in asked] == ['volume', 'speed', 'time_mask', 'time_mask', 'tempo', 'pitch', 'add']
    assert [each.domain for each in asked] == sorted([each.domain for each in asked], key=DOMAINS.index)


@pytest.mark.parametrize('name', sorted(PRESETS))
def test_presets_stand_for_what_they_say(name):
    assert augmentations([f'preset={name}']) == augmentations(PRESETS[name])
    (sentence,) = meanings(['volume', f'preset={name}'])
    assert sentence.startswith(f'--augment preset={name} stands for') and all(each in sentence for each in PRESETS[name])


@pytest.mark.parametrize('text, is_whole, expected', [
    ('3', True, Range(3, 3, 0, True)), ('3~2', True, Range(3, 3, 2, True)), ('1:5', True, Range(1, 5, 0, True)),
    ('-10:-40', False, Range(-10, -40)), ('-10:-40~2.5', False, Range(-10, -40, 2.5)), (' 1e-3 ', False, Range(0.001, 0.001))])
def test_a_range_is_read(text, is_whole, expected):
    found = parse_range(text, is_whole)
    assert found == expected and parse_range(str(found), is_whole) == found


@pytest.mark.parametrize('clock, uniform, expected', [
    (0, 0.5, 10), (1, 0.5, 20), (0.25, 0.5, 12.5), (-3, 0.5, 10), (7, 0.5, 20), (0.5, 0, 11), (0.5, 1, 19), (0.5, 0.75, 17)])
def test_a_value_moves_with_the_clock_within_its_radius(clock, uniform, expected):
    assert Range(10, 20, 4).pick(clock, uniform) == pytest.approx(expected)


@pytest.mark.parametrize('centre, expected', [(0.5, 0), (1.5, 2), (2.5, 2), (3.5, 4), (-0.5, 0), (2.4, 2), (2.6, 3)])
def test_whole_values_are_rounded_halves_to_even(centre, expected):
    value = Range(centre, centre, is_whole=True).pick(0, 0.5)
    assert value == expected and isinstance(value, int)


def test_a_radius_does_not_reach_beyond_the_limits():
    (asked,) = augmentations(['dropout[rate=0.1~0.3]'])
    assert asked['rate'].pick(0, 0) == 0 and asked['rate'].lowest == 0 and asked['rate'].highest == pytest.approx(0.4)
