"""The package `ds_ctcdecoder` as scripts written for the published one use it."""

import inspect
import os
import shutil
import subprocess
import sys

import ds_ctcdecoder
import numpy as np
import pytest
from ds_ctcdecoder import swigwrapper

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ALPHABET = os.path.join(ROOT, 'data', 'alphabet.txt')


@pytest.fixture
def alphabet():
    return ds_ctcdecoder.Alphabet(ALPHABET)


@pytest.fixture
def scorer(alphabet, golden_scorer):
    return ds_ctcdecoder.Scorer(0.5, 1.5, golden_scorer, alphabet)


@pytest.fixture
def rows(random_rows):
    return random_rows(1, 30, 29)


def test_version_is_the_trainer_s():
    with open(os.path.join(ROOT, 'training', 'deepspeech_training', 'VERSION'), encoding='utf-8') as file:
        assert ds_ctcdecoder.__version__ == file.read().strip()


def test_constants_have_the_published_values_and_types():
    assert ds_ctcdecoder.DS_ERR_OK == 0
    assert ds_ctcdecoder.DS_ERR_NO_MODEL == swigwrapper.DS_ERR_NO_MODEL == 0x1000
    assert [value for name, value in sorted(vars(ds_ctcdecoder).items()) if name.startswith('DS_ERR_SCORER')] == \
        [0x2006, 0x2008, 0x2004, 0x2007, 0x2005, 0x2009]
    assert len([name for name in vars(ds_ctcdecoder) if name.startswith('DS_ERR_')]) == 23
    assert (swigwrapper.OOV_SCORE, swigwrapper.START_TOKEN, swigwrapper.UNK_TOKEN, swigwrapper.END_TOKEN) == \
        (-1000.0, b'<s>', b'<unk>', b'</s>')
    assert isinstance(swigwrapper.__git_version__, bytes)


@pytest.mark.parametrize('function, names', [
    ('ctc_beam_search_decoder',
     'probs_seq alphabet beam_size cutoff_prob cutoff_top_n scorer hot_words num_results'),
    ('ctc_beam_search_decoder_batch',
     'probs_seq seq_lengths alphabet beam_size num_processes cutoff_prob cutoff_top_n scorer hot_words num_results'),
    ('Scorer', 'alpha beta scorer_path alphabet'),
    ('Alphabet', 'config_path')])
def test_published_parameters_have_their_names_and_places(function, names):
    ours = list(inspect.signature(getattr(ds_ctcdecoder, function)).parameters)
    assert ours[:len(names.split())] == names.split()
    assert ours[len(names.split()):] in ([], ['compatible'])


def test_alphabet_of_a_file(alphabet):
    assert (alphabet.GetSize(), alphabet.GetSpaceLabel()) == (28, 0)
    assert alphabet.IsSpace(0) and not alphabet.IsSpace(1)
    assert alphabet.CanEncodeSingle('a') and not alphabet.CanEncodeSingle('é') and not alphabet.CanEncodeSingle('ab')
    assert alphabet.CanEncode('the cat') and not alphabet.CanEncode('café')
    assert (alphabet.EncodeSingle('c'), alphabet.Encode('ab')) == (3, [1, 2])
    assert alphabet.DecodeSingle(3) == 'c'
    for labels in ([1, 2], (1, 2), np.array([1, 2]), np.array([1, 2], np.int32), np.array([1, 2], np.uint32)):
        assert alphabet.Decode(labels) == 'ab'
    for call, argument in ((alphabet.Encode, 'é'), (alphabet.EncodeSingle, 'é'), (alphabet.EncodeSingle, 'ab'),
                           (alphabet.Decode, [28]), (alphabet.Decode, [-1]), (alphabet.DecodeSingle, 2 ** 40)):
        with pytest.raises(ValueError):
            call(argument)


def test_alphabet_of_bytes():
    alphabet = ds_ctcdecoder.UTF8Alphabet()
    assert (alphabet.GetSize(), alphabet.GetSpaceLabel()) == (255, 31)
    assert alphabet.Encode('é') == [0xc2, 0xa8]
    assert alphabet.Decode([0xc2, 0xa8]) == 'é'
    assert alphabet.CanEncode('日本') and alphabet.CanEncodeSingle('é')
    with pytest.raises(UnicodeDecodeError):
        alphabet.Decode([0xc2])


def test_labels_of_several_characters_and_repeated_ones(tmp_path):
    path = tmp_path / 'alphabet.txt'
    path.write_text(' \nch\na\na\n', encoding='utf-8')
    alphabet = ds_ctcdecoder.Alphabet(str(path))
    assert alphabet.CanEncodeSingle('ch') and not alphabet.CanEncode('ch')
    assert (alphabet.EncodeSingle('ch'), alphabet.Encode('aa')) == (1, [3, 3])


def test_an_alphabet_survives_serialising(alphabet):
    data, copy = alphabet.Serialize(), swigwrapper.Alphabet()
    assert isinstance(data, bytes)
    assert copy.GetSize() == 0
    assert copy.Deserialize(data, len(data)) == 0
    assert copy.Decode([1, 2]) == b'ab'
    assert copy.Deserialize(data, len(data) - 1) == 1
    assert copy.init(ALPHABET.encode()) == 0
    assert copy.init(b'missing') == 1
    assert copy.GetSize() == 28
    with pytest.raises(ValueError, match='no labels yet'):
        swigwrapper.Alphabet().Encode('a')


def test_missing_files_are_named_with_their_codes(alphabet):
    with pytest.raises(ValueError, match='0x1: missing.txt'):
        ds_ctcdecoder.Alphabet('missing.txt')
    with pytest.raises(ValueError, match='0x2005: missing.scorer'):
        ds_ctcdecoder.Scorer(1.0, 1.0, 'missing.scorer', alphabet)
    with pytest.raises(ValueError, match='alpha, beta and scorer_path'):
        ds_ctcdecoder.Scorer(alphabet=alphabet)


def test_scorer_gives_the_published_probabilities(scorer):
    assert (scorer.alpha, scorer.beta, scorer.get_max_order(), scorer.is_utf8_mode()) == (0.5, 1.5, 4, False)
    # Printed by the published package.
    assert scorer.get_log_cond_prob([b'please'], True, True) == pytest.approx(-3.002432869297351)
    assert scorer.get_log_cond_prob(['please']) == pytest.approx(-4.499506433519837)
    assert scorer.get_log_cond_prob([], True, True) == pytest.approx(-2.2163879168337908)
    assert scorer.get_log_cond_prob(['please', 'zzz', 'one']) == swigwrapper.OOV_SCORE
    scorer.reset_params(0.1, 0.2)
    assert scorer.alpha == float(np.float32(0.1))
    scorer.beta = 3
    assert scorer.beta == 3.0


def test_scorer_splits_labels_into_what_it_scores(scorer, alphabet):
    assert scorer.split_labels_into_scored_units(alphabet.Encode('one of  the ')) == [b'one', b'of', b'the']
    bytewise, by_bytes = swigwrapper.Scorer(), ds_ctcdecoder.UTF8Alphabet()
    bytewise.set_alphabet(by_bytes)
    assert bytewise.split_labels_into_scored_units(by_bytes.Encode('aé b')) == [b'a', 'é'.encode(), b' ', b'b']
    assert bytewise.split_labels_into_scored_units([]) == []


def test_scorer_can_be_filled_later(alphabet, golden_scorer):
    scorer = ds_ctcdecoder.Scorer()
    assert (scorer.alpha, scorer.get_max_order()) == (0.0, 0)
    assert scorer.init(golden_scorer.encode(), ALPHABET.encode()) == ds_ctcdecoder.DS_ERR_OK
    assert (scorer.alpha, scorer.beta) == (pytest.approx(0.93), pytest.approx(1.18))
    assert scorer.init(b'missing', alphabet) == ds_ctcdecoder.DS_ERR_SCORER_UNREADABLE
    assert scorer.init(ALPHABET.encode(), alphabet) == ds_ctcdecoder.DS_ERR_SCORER_INVALID_LM
    with pytest.raises(ValueError, match='no language model'):
        scorer.get_log_cond_prob(['one'])
    with pytest.raises(ValueError, match='set_alphabet'):
        ds_ctcdecoder.Scorer().load_lm(golden_scorer)
    scorer.set_utf8_mode(False)
    with pytest.raises(ValueError, match='utf8 mode'):
        scorer.set_utf8_mode(True)


def test_packages_are_made_as_older_scripts_did(tmp_path, alphabet, language_model):
    binary, package = language_model('the cat sat\nthe cat\n', 2), str(tmp_path / 'cat.scorer')
    scorer = ds_ctcdecoder.Scorer()
    scorer.set_alphabet(alphabet)
    scorer.set_utf8_mode(False)
    scorer.reset_params(0.75, 1.85)
    assert scorer.load_lm(binary.encode()) == ds_ctcdecoder.DS_ERR_SCORER_NO_TRIE
    scorer.fill_dictionary(['the', b'cat', 'sat'])
    assert not scorer.save_dictionary(package.encode(), True)
    shutil.copy(binary, package)
    with pytest.raises(ValueError, match='append_instead_of_overwrite'):
        scorer.save_dictionary(package)
    link, victim = tmp_path / 'link', tmp_path / 'victim'
    link.symlink_to(package)
    victim.write_bytes(b'old')
    (tmp_path / 'link.package').symlink_to(victim)
    assert scorer.save_dictionary(str(link).encode(), True)
    assert link.is_symlink() and victim.read_bytes() == b'old'
    again = ds_ctcdecoder.Scorer()
    assert again.init(package, alphabet) == 0
    assert (again.alpha, again.beta) == (0.75, pytest.approx(1.85))
    assert sorted(os.listdir(str(tmp_path))) == ['cat.scorer', 'link', 'link.package', 'lm.arpa', 'lm.binary', 'victim']


def test_decoding_functions_agree(alphabet, scorer, rows):
    options = dict(cutoff_prob=0.99, cutoff_top_n=20, scorer=scorer, hot_words={'one': 2.0}, num_results=3)
    single = ds_ctcdecoder.ctc_beam_search_decoder(rows, alphabet, 16, **options)
    assert len(single) == 3
    assert all(isinstance(confidence, float) and isinstance(text, str) for confidence, text in single)
    for lengths in ([30, 12], (30, 12), np.array([30, 12]), np.array([30, 12], np.int32)):
        batch = ds_ctcdecoder.ctc_beam_search_decoder_batch(np.stack([rows, rows]), lengths, alphabet, 16, 2, **options)
        assert batch[0] == single
        assert batch[1] == ds_ctcdecoder.ctc_beam_search_decoder(rows[:12], alphabet, 16, **options)
    by_position = (16, 0.99, 20, scorer)  # as the published functions without names for their arguments take them
    raw = swigwrapper.ctc_beam_search_decoder(rows, alphabet, *by_position, {b'one': 2.0}, 3)
    assert [(output.confidence, alphabet.Decode(output.tokens)) for output in raw] == single
    state, hot_words = swigwrapper.DecoderState(), swigwrapper.Map()
    hot_words[b'one'] = 2.0
    assert state.init(alphabet, *by_position, hot_words) == 0
    for piece in np.split(rows, 5):
        state.next(piece)
    assert [(output.confidence, output.timesteps) for output in state.decode(3)] == \
        [(output.confidence, output.timesteps) for output in raw]
    assert len(state.decode()) == 1


def test_lists_integers_and_single_precision_are_probabilities(alphabet, rows):
    expected = ds_ctcdecoder.ctc_beam_search_decoder(rows.astype(np.float32).astype(np.float64), alphabet, 8)
    assert ds_ctcdecoder.ctc_beam_search_decoder(rows.astype(np.float32), alphabet, 8) == expected
    assert ds_ctcdecoder.ctc_beam_search_decoder(rows.astype(np.float32).tolist(), alphabet, 8) == expected
    assert ds_ctcdecoder.ctc_beam_search_decoder(np.eye(29, dtype=int)[[1, 28]], alphabet, 8)[0][1] == 'a'
    assert ds_ctcdecoder.ctc_beam_search_decoder(np.zeros((0, 29)), alphabet, 8) == [(0.0, '')]
    assert ds_ctcdecoder.ctc_beam_search_decoder(rows, alphabet, 8, num_results=0) == []


def test_half_a_character_of_bytes_does_not_spoil_the_result():
    rows = np.eye(256)[[0xc2, 255]] * 0.9 + 1e-6
    (best,) = ds_ctcdecoder.ctc_beam_search_decoder(rows, ds_ctcdecoder.UTF8Alphabet(), 4)
    assert best[1] == '\ufffd'


def test_weights_count_as_they_are_when_a_decode_begins(alphabet, scorer, rows):
    def confidence():
        return ds_ctcdecoder.ctc_beam_search_decoder(rows, alphabet, 16, scorer=scorer)[0][0]

    first, state = confidence(), swigwrapper.DecoderState()
    state.init(alphabet, 16, 1.0, 40, scorer, hot_words=swigwrapper.Map())
    scorer.reset_params(0.5, 4.0)
    assert confidence() > first
    state.next(rows)
    assert state.decode()[0].confidence == first


def test_hot_words_are_mended_unless_asked_otherwise(alphabet, scorer, english, spoken):
    rows = spoken('enter your password', english, 0.9)

    def confidence(**options):
        return ds_ctcdecoder.ctc_beam_search_decoder(rows, alphabet, 32, scorer=scorer, **options)[0][0]

    assert confidence(hot_words={'password': 4.0}) - confidence() == pytest.approx(2.0, abs=1e-3)
    assert confidence(hot_words={b'password': 4.0}, compatible=True) - confidence() == pytest.approx(0.0, abs=1e-3)


@pytest.mark.parametrize('change, message', [
    (dict(beam_size=0), 'beam_size 0'), (dict(beam_size=-1), 'beam_size -1'), (dict(num_results=-1), 'num_results'),
    (dict(cutoff_prob=float('nan')), 'cutoff_prob'), (dict(cutoff_top_n=0), 'cutoff_top_n'),
    (dict(hot_words={'a': float('nan')}), 'hot word'), (dict(probs_seq=np.full((3, 28), 0.1)), '28 labels'),
    (dict(probs_seq=np.full((3, 29), np.nan)), 'frame 0, class 0'), (dict(probs_seq=np.full(29, 0.1)), 'shape'),
    (dict(probs_seq=[[0.1] * 29, [0.1]]), 'sequence'), (dict(probs_seq='text'), 'float')])
def test_bad_input_is_a_value_error(alphabet, rows, change, message):
    arguments = dict(dict(probs_seq=rows, alphabet=alphabet, beam_size=4), **change)
    with pytest.raises(ValueError, match=message):
        ds_ctcdecoder.ctc_beam_search_decoder(**arguments)


@pytest.mark.parametrize('change, message', [
    (dict(num_processes=0), 'num_processes 0'), (dict(seq_lengths=[30, 30]), '2 lengths'),
    (dict(seq_lengths=[31]), 'length 31'), (dict(seq_lengths=[-1]), 'length -1'), (dict(seq_lengths=[]), '0 lengths'),
    (dict(probs_seq=np.full((3, 29), 0.1)), 'shape')])
def test_a_bad_batch_is_a_value_error(alphabet, rows, change, message):
    arguments = dict(dict(probs_seq=rows[None], seq_lengths=[30], alphabet=alphabet, beam_size=4, num_processes=1),
                     **change)
    with pytest.raises(ValueError, match=message):
        ds_ctcdecoder.ctc_beam_search_decoder_batch(**arguments)


def test_a_decoder_without_settings_says_so(rows):
    with pytest.raises(ValueError, match='init'):
        swigwrapper.DecoderState().next(rows)


def test_results_outlive_what_they_came_from(alphabet, rows):
    state = swigwrapper.DecoderState()
    state.init(alphabet, 8, 1.0, 40, None, hot_words=swigwrapper.Map())
    state.next(rows)
    timesteps, tokens = state.decode(1)[0].timesteps, state.decode(1)[0].tokens
    del state
    assert len(timesteps) == len(tokens) > 0


def test_vectors_have_the_names_that_scripts_use():
    labels = swigwrapper.UnsignedIntVector([1, 2, 3])
    labels.push_back(4)
    assert (labels.size(), labels.front(), labels.back(), labels.empty(), list(labels[1:3])) == (4, 1, 4, False, [2, 3])
    assert swigwrapper.UnsignedIntVector(2) == [0, 0]
    assert swigwrapper.StringVector(1) == [b'']
    assert swigwrapper.OutputVector(1)[0].confidence == 0.0
    for size in (-1, 2 ** 30, 2 ** 70):
        with pytest.raises(OverflowError, match='at most'):
            swigwrapper.OutputVector(size)
    hot_words = swigwrapper.Map({'a': 1})
    assert (hot_words.asdict(), hot_words[b'a'], 'a' in hot_words, hot_words.size()) == ({b'a': 1.0}, 1.0, True, 1)


@pytest.mark.parametrize('name', ['generate_scorer_package', 'generate_trie', 'enumerate_kenlm_vocabulary'])
def test_programs_start_as_commands(name):
    result = subprocess.run([sys.executable, '-c', f'from ds_ctcdecoder import commands; commands.{name}()',
                             '--help'], stdout=subprocess.PIPE, universal_newlines=True)
    assert result.returncode == 0
    assert name in result.stdout
