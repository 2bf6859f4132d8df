"""From text to a language model, with KenLM's programs."""

import gzip

import kenlm
import pytest

from deepspeech_training.errors import ConfigError, DataError, ScorerError
from deepspeech_training.lm.build import LanguageModelConfig, build_language_model, choose_by_size, parse_thresholds
from deepspeech_training.lm.corpus import describe, normalise

TEXT = 'Turn on the light\nturn off the light\n\nturn on\u00a0the fan\n'


def build(directory, text=TEXT, **options):
    corpus, binary = directory / 'text.txt', directory / 'lm.binary'
    corpus.write_text(text, encoding='utf-8')
    lines = []
    config = LanguageModelConfig(**dict(dict(order=3, prune=(0,), max_memory='100M'), **options))
    built = build_language_model(str(corpus), str(binary), config, lines.append)
    return kenlm.Model(str(binary)), built, lines


def normalised(directory, name='text.txt', top_k=10, keep_case=False, max_words=1000):
    """Returns (Vocabulary, cleaned text) of a file in the directory."""
    target = directory / 'out.gz'
    vocabulary = normalise([str(directory / name)], str(target), top_k, keep_case=keep_case, max_words=max_words,
                           scratch=str(directory))
    with gzip.open(str(target), 'rt', encoding='utf-8') as file:
        return vocabulary, file.read()


@pytest.mark.parametrize('max_words', [1, 1000])
def test_words_are_counted_and_cleaned(tmp_path, max_words):
    (tmp_path / 'text.txt').write_text(TEXT, encoding='utf-8')
    vocabulary, cleaned = normalised(tmp_path, top_k=3, max_words=max_words)
    assert cleaned == 'turn on the light\nturn off the light\nturn on the fan\n'
    assert vocabulary.words == ['turn', 'the', 'on']
    assert vocabulary.counts == [3, 3, 2]
    assert (vocabulary.n_tokens, vocabulary.n_types) == (12, 6)
    told = ' '.join(describe(vocabulary))
    assert '12 words' in told and '66.6667 percent' in told and '"turn", 3 times' in told and 'place 1' in told


def test_case_is_kept_on_demand(tmp_path):
    (tmp_path / 'text.txt').write_text('Turn turn Turn\n', encoding='utf-8')
    assert normalised(tmp_path, keep_case=True)[0].words == ['Turn', 'turn']


def test_compressed_text_is_read(tmp_path):
    with gzip.open(str(tmp_path / 'text.txt.gz'), 'wt', encoding='utf-8') as file:
        file.write(TEXT)
    assert normalised(tmp_path, 'text.txt.gz')[0].n_types == 6


def test_several_texts_make_one_model(tmp_path):
    for name, text in (('a.txt', 'turn on the light\n'), ('b.txt', 'turn off the fan\n')):
        (tmp_path / name).write_text(text, encoding='utf-8')
    config = LanguageModelConfig(order=2, prune=(0,), max_memory='100M')
    built = build_language_model([str(tmp_path / 'a.txt'), str(tmp_path / 'b.txt')], str(tmp_path / 'lm.binary'), config,
                                 [].append)
    assert built.words == ['turn', 'the', 'on', 'light', 'off', 'fan']


def test_a_small_text_becomes_a_model_that_prefers_its_sentences(tmp_path):
    model, built, lines = build(tmp_path)
    assert model.order == 3
    assert built.words[0] == 'turn'
    assert model.score('turn on the light') > model.score('light the on turn')
    assert any('too small' in line for line in lines)
    assert sorted(path.name for path in tmp_path.iterdir()) == ['lm.binary', 'text.txt']


def test_only_the_vocabulary_stays_in_the_model(tmp_path):
    model, _, _ = build(tmp_path, top_k=2)
    assert 'turn' in model and 'the' in model
    assert 'fan' not in model


@pytest.mark.parametrize('content, message', [
    (b'', 'no words'), (b' \n\n', 'no words'), (b'caf\xe9\n', 'not UTF-8'), (b'a\na <S> b\n', 'the word <s> in line 2')])
def test_texts_that_cannot_be_used_are_named(tmp_path, content, message):
    path = tmp_path / 'text.txt'
    path.write_bytes(content)
    with pytest.raises(DataError, match=message):
        build_language_model(str(path), str(tmp_path / 'lm.binary'), LanguageModelConfig(order=2, prune=(0,)), print)
    assert not (tmp_path / 'lm.binary').exists()


def test_words_that_pruning_takes_out_are_not_in_the_vocabulary(tmp_path):
    model, built, _ = build(tmp_path, prune=(1,))
    assert built.words == ['turn', 'the', 'on', 'light'] and 'fan' not in model and 'light' in model
    with pytest.raises(ScorerError, match='no word is seen more than 9 times'):
        build(tmp_path, prune=(9,))


def test_the_caller_may_choose_words(tmp_path):
    (tmp_path / 'text.txt').write_text(TEXT, encoding='utf-8')
    config = LanguageModelConfig(order=2, prune=(0,), max_memory='100M')
    built = build_language_model(str(tmp_path / 'text.txt'), str(tmp_path / 'lm.binary'), config, [].append,
                                 lambda vocabulary: [word for word in vocabulary.words if word != 'fan'])
    assert 'fan' not in built.words and 'fan' in built.vocabulary.words
    assert 'fan' not in kenlm.Model(str(tmp_path / 'lm.binary'))


def test_intermediate_files_are_kept_on_demand(tmp_path):
    _, _, lines = build(tmp_path, keep_intermediate=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == \
        ['lm.arpa', 'lm.binary', 'lm_filtered.arpa', 'lower.txt.gz', 'text.txt']
    assert gzip.open(str(tmp_path / 'lower.txt.gz')).readline() == b'turn on the light\n'
    assert not any('replaced' in line for line in lines)
    _, _, lines = build(tmp_path, keep_intermediate=True)
    assert sum('exists and is replaced' in line for line in lines) == 4


def test_the_text_is_never_written_over(tmp_path):
    path = tmp_path / 'lower.txt.gz'
    path.write_bytes(gzip.compress(TEXT.encode('utf-8')))
    with pytest.raises(ConfigError, match='the text itself would be overwritten'):
        build_language_model(str(path), str(tmp_path / 'lm.binary'), LanguageModelConfig(keep_intermediate=True), print)


def test_order_and_pruning_follow_the_size_of_the_text():
    def chosen(n_tokens, **options):
        config = choose_by_size(LanguageModelConfig(**options), n_tokens, lambda line: None)
        return config.order, config.prune
    assert chosen(1000) == (3, (0,))
    assert chosen(1000000) == (4, (0,))
    assert chosen(15000000) == (5, (0,))
    assert chosen(100000000) == (5, (0, 0, 1))
    assert chosen(100000000, order=2) == (2, (0, 0))
    assert chosen(100000000, prune=(0,)) == (5, (0,))
    assert chosen(1000, prune=(0, 0, 0, 1)) == (4, (0, 0, 0, 1))


def test_a_directory_without_kenlm_is_named(tmp_path):
    with pytest.raises(ScorerError, match='lmplz: no such program'):
        build(tmp_path, kenlm_bins=str(tmp_path))


def test_a_failing_program_says_why_and_leaves_nothing(tmp_path):
    with pytest.raises(ScorerError, match='^lmplz failed: Vocab hash size estimate [0-9]* exceeds') as error:
        build(tmp_path, max_memory='50K')
    assert ' threw ' not in str(error.value)
    assert [path.name for path in tmp_path.iterdir()] == ['text.txt']


def test_options_without_meaning_are_refused():
    for options in (dict(order=1), dict(order=7), dict(prune=(1, 0)), dict(prune=()), dict(order=2, prune=(0, 0, 1)),
                    dict(prune=(-1,)), dict(top_k=0), dict(structure='tree'), dict(quantisation_bits=77),
                    dict(quantisation_bits=0), dict(pointer_bits=-1), dict(max_memory='1GB'), dict(max_memory='much')):
        with pytest.raises(ConfigError):
            LanguageModelConfig(**options)
    for memory in ('85%', '4G', '100M', '0.5G', '1000000', '2.5 G'):
        assert LanguageModelConfig(max_memory=memory)
    with pytest.raises(ConfigError, match='0|x'):
        parse_thresholds('0|x')
    assert parse_thresholds('0|0|1') == parse_thresholds('0,0,1') == parse_thresholds('0 0 1') == (0, 0, 1)


TURKISH = frozenset(' abc\u00e7defg\u011fh\u0131ijklmno\u00f6prs\u015ftu\u00fcvyz')


def test_turkish_is_lower_cased_by_its_alphabet(tmp_path):
    text = '\u0130STANBUL g\u00fczel I\u011eDIR ILIK\nistanbul \u0131\u015f\u0131k \u0130zmir\n'
    _, built, _ = build(tmp_path, text, letters=TURKISH)
    assert set(built.words) == {'istanbul', 'g\u00fczel', '\u0131\u011fd\u0131r', '\u0131l\u0131k', '\u0131\u015f\u0131k',
                                'izmir'}
    assert built.words[0] == 'istanbul'  # seen twice, whatever its case


def test_it_is_known_where_a_character_is_first_seen(tmp_path):
    (tmp_path / 'a.txt').write_text('turn on\n', encoding='utf-8')
    (tmp_path / 'b.txt').write_text('on\ncaf\u00e9\ncaf\u00e9\n', encoding='utf-8')
    paths = [str(tmp_path / name) for name in ('a.txt', 'b.txt')]
    found = normalise(paths, str(tmp_path / 'out.gz'), 10, keep_case=False, max_words=10, scratch=str(tmp_path))
    assert found.first_lines['\u00e9'] == (paths[1], 2) and found.first_lines['t'] == (paths[0], 1)


def test_a_word_of_ten_million_characters_is_refused_with_its_line(tmp_path):
    with pytest.raises(DataError, match=r'text.txt: a word of 10000000 characters in line 2, at most 10000 are taken'):
        build(tmp_path, 'turn on\n' + 'x' * 10000000 + '\n')


@pytest.mark.parametrize('text', ['0||1', '|0|1', '0|1|', '0,,1', '', ' ', '0 | | 1', '|'])
def test_a_missing_threshold_is_not_passed_over(text):
    with pytest.raises(ConfigError, match='a number is missing, as in 0.0.1 there is one for each order'):
        parse_thresholds(text)


@pytest.mark.parametrize('text', ['-1', '0|-1', '0.5', '0|1e3', 'x', '0|0x1', '9' * 30, '9' * 5000, '0;1', 'nan'])
def test_thresholds_are_whole_numbers(text):
    with pytest.raises(ConfigError, match='whole numbers of at least 0 are needed'):
        parse_thresholds(text)


@pytest.mark.parametrize('text', ['0|0|1', '0,0,1', '0 0 1', ' 0 | 0,  1 '])
def test_thresholds_are_read_however_they_are_parted(text):
    assert parse_thresholds(text) == (0, 0, 1)


@pytest.mark.parametrize('memory, message', [
    ('85', "memory '85': lmplz takes a number alone for KiB, and 85 KiB is too little for any text; write 85% for a share of"),
    ('0', 'takes a number alone for KiB'), ('850%', 'at most 100%'), ('0%', 'above 0%'), ('4GB', 'expected a number and one'),
    ('', 'expected a number'), ('-1G', 'expected a number'), ('1e3G', 'expected'),
    ('9' * 400 + '%', 'expected'), ('G', 'expected')])
def test_memory_that_nobody_can_mean_is_refused(memory, message):
    with pytest.raises(ConfigError, match=message):
        LanguageModelConfig(max_memory=memory)


@pytest.mark.parametrize('memory', ['85%', '4G', '0.5G', '2000000', '100 M', '1000000000b'])
def test_memory_as_kenlm_reads_it_is_taken(memory):
    assert LanguageModelConfig(max_memory=memory).max_memory == memory
