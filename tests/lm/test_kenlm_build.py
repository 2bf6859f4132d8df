"""From text to a language model, with KenLM's programs."""

import gzip

import kenlm
import pytest

from deepspeech_training.errors import ConfigError, DataError, ScorerError
from deepspeech_training.lm.build import LanguageModelConfig, build_language_model, parse_thresholds
from deepspeech_training.lm.corpus import describe, normalise

TEXT = 'Turn on the light\nturn off the light\n\nturn on\u00a0the fan\n'


def build(directory, text=TEXT, **options):
    corpus, binary = directory / 'text.txt', directory / 'lm.binary'
    corpus.write_text(text, encoding='utf-8')
    lines = []
    config = LanguageModelConfig(**dict(dict(order=3, prune=(0,), max_memory='100M'), **options))
    vocabulary = build_language_model(str(corpus), str(binary), config, lines.append)
    return kenlm.Model(str(binary)), vocabulary, lines


def test_words_are_counted_and_cleaned(tmp_path):
    (tmp_path / 'text.txt').write_text(TEXT, encoding='utf-8')
    vocabulary = normalise(str(tmp_path / 'text.txt'), str(tmp_path / 'out.txt'), top_k=3)
    assert (tmp_path / 'out.txt').read_text(encoding='utf-8') == \
        'turn on the light\nturn off the light\nturn on the fan\n'
    assert vocabulary.words == ['turn', 'the', 'on']
    assert vocabulary.counts == [3, 3, 2]
    assert (vocabulary.n_tokens, vocabulary.n_types) == (12, 6)
    told = ' '.join(describe(vocabulary))
    assert '12 words' in told and '66.6667 percent' in told and '"turn", 3 times' in told and 'place 1' in told


def test_case_is_kept_on_demand(tmp_path):
    (tmp_path / 'text.txt').write_text('Turn turn Turn\n', encoding='utf-8')
    vocabulary = normalise(str(tmp_path / 'text.txt'), str(tmp_path / 'out.txt'), 10, keep_case=True)
    assert vocabulary.words == ['Turn', 'turn']


def test_compressed_text_is_read(tmp_path):
    with gzip.open(str(tmp_path / 'text.txt.gz'), 'wt', encoding='utf-8') as file:
        file.write(TEXT)
    assert normalise(str(tmp_path / 'text.txt.gz'), str(tmp_path / 'out.txt'), 10).n_types == 6


def test_a_small_text_becomes_a_model_that_prefers_its_sentences(tmp_path):
    model, vocabulary, lines = build(tmp_path)
    assert model.order == 3
    assert vocabulary.words[0] == 'turn'
    assert model.score('turn on the light') > model.score('light the on turn')
    assert any('too small' in line for line in lines)
    assert sorted(path.name for path in tmp_path.iterdir()) == ['lm.binary', 'text.txt']


def test_only_the_vocabulary_stays_in_the_model(tmp_path):
    model, _, _ = build(tmp_path, top_k=2)
    assert 'turn' in model and 'the' in model
    assert 'fan' not in model


@pytest.mark.parametrize('content, message', [
    (b'', 'no words'), (b' \n\n', 'no words'), (b'caf\xe9\n', 'not UTF-8'), (b'a <s> b\n', 'the word <s>')])
def test_texts_that_cannot_be_used_are_named(tmp_path, content, message):
    path = tmp_path / 'text.txt'
    path.write_bytes(content)
    with pytest.raises(DataError, match=message):
        build_language_model(str(path), str(tmp_path / 'lm.binary'), LanguageModelConfig(order=2, prune=(0,)), print)
    assert not (tmp_path / 'lm.binary').exists()


def test_missing_and_damaged_files_are_named(tmp_path):
    out = str(tmp_path / 'out.txt')
    with pytest.raises(DataError, match='none.txt.*No such file'):
        normalise(str(tmp_path / 'none.txt'), out, 10)
    (tmp_path / 'plain.gz').write_bytes(b'not compressed')
    with pytest.raises(DataError, match='plain.gz'):
        normalise(str(tmp_path / 'plain.gz'), out, 10)
    (tmp_path / 'cut.gz').write_bytes(gzip.compress(TEXT.encode('utf-8') * 100)[:50])
    with pytest.raises(DataError, match='cut.gz'):
        normalise(str(tmp_path / 'cut.gz'), out, 10)


def test_a_directory_without_kenlm_is_named(tmp_path):
    with pytest.raises(ScorerError, match='lmplz: no such program'):
        build(tmp_path, kenlm_bins=str(tmp_path))


def test_a_failing_program_says_why(tmp_path):
    with pytest.raises(ScorerError, match='build_binary failed'):
        build(tmp_path, quantisation_bits=77)
    assert [path.name for path in tmp_path.iterdir()] == ['text.txt']


def test_options_without_meaning_are_refused():
    for options in (dict(order=1), dict(order=7), dict(prune=(1, 0)), dict(prune=()), dict(order=2, prune=(0, 0, 1))):
        with pytest.raises(ConfigError):
            LanguageModelConfig(**options)
    with pytest.raises(ConfigError, match='0|x'):
        parse_thresholds('0|x')
    assert parse_thresholds('0|0|1') == parse_thresholds('0,0,1') == parse_thresholds('0 0 1') == (0, 0, 1)
