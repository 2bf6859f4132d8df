"""The data sets of a run: read, put in order and checked before the first step."""

import gc
import os
from contextlib import contextmanager
from typing import Callable, Dict, Iterator, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from ..console.log import Log
from ..errors import DataError
from ..settings.augmentation import sources_of
from ..settings.config import STOP, RunConfig, SetConfig
from ..text.files import read_start
from .audio_index import AudioIndex
from .batching import in_set_order
from .converted import MOST_BYTES, ConvertedAudio
from .csv_source import Refuse, read_csv
from .csv_table import WANTED
from .known_audio import KnownAudio
from .preflight import CheckedSet, check_rows, prepare_recording
from .rejected import Rejection, write_rejected
from .row_texts import ForeignCharactersError, refuse_characters
from .sdb_source import read_sdb
from .sounds import rows_of_folder, usable_sounds
from .utterance import AudioSource, Row, Utterance

Notice = Callable[[str], object]
Watch = Callable[[str, CheckedSet], object]  # told what the check of a set found, by the set's name
File = Tuple[str, List[Utterance]]  # a file of a set, as it was given, and what is used of it


class TrainingSets(NamedTuple):
    """What training reads; the files of `dev` and `metrics` are kept apart."""

    train: List[Utterance]
    dev: List[File]
    metrics: List[File]
    sounds: Mapping[str, Sequence[AudioSource]] = {}  # what augmentation mixes in, by the path of the source


class RunSets(NamedTuple):
    """What a run reads; `training` and `one_shot` are None where there is no such phase."""

    training: Optional[TrainingSets]
    test: List[File]
    one_shot: Optional[Utterance]
    left_out: Sequence[Rejection] = ()  # of the test files
    converted: Optional[ConvertedAudio] = None  # to be kept as long as any of the others is used

    @property
    def utterances(self) -> List[Utterance]:
        """All of them; one may stand there more than once."""
        training = self.training
        files = self.test + (training.dev + training.metrics + [('', training.train)] if training else [])
        return [utterance for _, of_file in files for utterance in of_file] + ([self.one_shot] if self.one_shot else [])


def prepare_sets(run: RunConfig, converted_dir: str, log: Log, known: Optional[KnownAudio] = None,
                 watch: Watch = lambda name, checked: None) -> RunSets:
    """Returns all sets of a run; logs what was converted or left out and lists the latter in `rejected.csv`.

    It takes the whole RunConfig because all sets of a run are checked together.

    Args:
      run: all that was asked for.
      converted_dir: where converted audio is kept.
      log: for what is said of the sets.
      known: what earlier runs found out about audio files; None: nothing.
      watch: called with what the check found in each set that is trained on, validated or tested.
    Raises:
      DataError: a set cannot be used.
    """
    with _uncollected():
        try:
            return _prepared(run, converted_dir, log, AudioIndex(known), watch=watch)
        except ForeignCharactersError as error:
            raise _over_all(run, error) from error


def _over_all(run: RunConfig, error: ForeignCharactersError) -> ForeignCharactersError:
    """Returns the error on all sets together, so that an alphabet is mended once; `error` where one cannot be read."""
    files = dict.fromkeys(path for config in (run.train, run.dev, run.metrics, run.test) for path in config.files)
    try:
        refuse_characters([row for path in files for row in read_rows(path, lambda sentence: None)], run.alphabet)
    except ForeignCharactersError as of_all:
        return of_all
    except DataError:
        pass
    return error


@contextmanager
def _uncollected() -> Iterator[None]:
    """Keeps Python from looking for circles among millions of new objects, which takes a third of the time and finds none."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _prepared(run: RunConfig, converted_dir: str, log: Log, index: AudioIndex, watch: Watch) -> RunSets:
    converted = ConvertedAudio(converted_dir)
    rejections: Dict[str, List[Rejection]] = {}

    refused: Dict[str, List[Rejection]] = {}

    def refusing(split: str) -> List[Refuse]:
        refused[split] = []
        return [] if run.text_policy == STOP else [refused[split].append]

    def check(split: str, rows: Sequence[Row], refused: List[Rejection], path: str = '') -> List[Utterance]:
        checked = check_rows(rows, run.alphabet, run.features, converted_dir, index, policy=run.text_policy)
        checked = checked._replace(rejected=refused + checked.rejected, messages=_about(refused) + checked.messages)
        for message in checked.messages:
            log.warn(message)
        rejections.setdefault(split, []).extend(checked.rejected)
        watch(f'{split} {path}'.strip(), checked)
        return checked.utterances

    def check_each(split: str, config: SetConfig) -> List[File]:
        files, name_each = read_each(config, log.warn, *refusing(split)), len(config.files) > 1
        return [(path, check(split, rows, [each for each in refused[split] if each.row.source == path], path * name_each))
                for path, rows in files]

    training = None
    if run.train.files:
        sounds = {path: find_sounds(path, run.features.rate_hz, converted_dir, index, log.warn)
                  for path in sources_of(run.augmentations)}
        rows = read_set(run.train, index, log.warn, *refusing('train'))
        training = TrainingSets(train=check('train', rows, refused['train']), dev=check_each('dev', run.dev),
                                metrics=check_each('metrics', run.metrics), sounds=sounds)
    test = check_each('test', run.test)
    one_shot = prepare_recording(run.one_shot_file, run.features, converted_dir, index) if run.one_shot_file else None
    directory = run.checkpoints.save_dir if run.train.files else run.checkpoints.load_dir
    _list_rejected(directory, rejections, is_required=bool(run.train.files), log=log)
    sets = RunSets(training, test, one_shot, rejections.get('test', []), converted)
    _tidy(converted_dir, sets, log)
    return sets


def _about(refused: Sequence[Rejection]) -> List[str]:
    """Returns a sentence on rows whose cells cannot be used, if there are any."""
    if not refused:
        return []
    row, reason, _ = refused[0]
    return [f'Left out {len(refused)} {"row" if len(refused) == 1 else "rows"} whose cells cannot be used, for example '
            f'{row.location} ({reason}).']


def _tidy(converted_dir: str, sets: RunSets, log: Log) -> None:
    """Keeps the directory of converted audio within its limit."""
    assert sets.converted
    mixed_in = sum(map(list, sets.training.sounds.values()), []) if sets.training else []
    paths = [audio.describe() for audio in [utterance.audio for utterance in sets.utterances] + mixed_in]
    n_removed = sets.converted.tidy({path for path in paths if os.path.dirname(path) == converted_dir})
    if n_removed:
        log.info(f'{converted_dir}: removed {n_removed} converted clips that were not used for longest, as they took more than '
                 f'{MOST_BYTES / 1e9:.0f} GB.')


def read_set(config: SetConfig, index: Optional[AudioIndex] = None, notice: Notice = lambda sentence: None,
             refuse: Optional[Refuse] = None) -> List[Row]:
    """Returns the rows of all files of a set as one list, see `in_set_order`.

    Args:
      config: with at least one file.
      index: what is known of recordings already; None: nothing.
      notice: called with a sentence on what was read otherwise than it stands in a file.
      refuse: called with each row whose cells cannot be used; None: that is an error.
    Raises:
      DataError: no file, one that is no data set, or one that cannot be used.
    """
    if not config.files:
        raise DataError('a data set needs at least one CSV or SDB file.')

    def durations_s(rows: Sequence[Row]) -> List[float]:
        # What cannot be probed counts as 0 s here: the check before training says what is wrong with it.
        found = (index or AudioIndex()).look_up([row.recording for row in rows])
        return [0.0 if isinstance(audio, DataError) else audio.info.duration_s for audio in found]

    files = [read_rows(path, notice, read_bytes=config.read_bytes, refuse=refuse) for path in config.files]
    return in_set_order(files, config, durations_s)


def read_each(config: SetConfig, notice: Notice = lambda sentence: None,
              refuse: Optional[Refuse] = None) -> List[Tuple[str, List[Row]]]:
    """Returns [(path, rows)] with the files of a set kept apart; the limit holds for each of them. Otherwise as `read_set`."""
    files = [(path, read_rows(path, notice, read_bytes=config.read_bytes, refuse=refuse)) for path in config.files]
    return [(path, in_set_order([rows], config, durations_s=lambda rows: [])) for path, rows in files]


def read_rows(path: str, notice: Notice, labelled: bool = True, read_bytes: int = SetConfig.read_bytes,
              refuse: Optional[Refuse] = None) -> List[Row]:
    """Returns the rows of a file as they stand there; its ending tells what it is. See `read_csv` and `read_sdb`."""
    extension = os.path.splitext(path)[1].lower()
    if extension == '.csv':
        return read_csv(path, labelled, notice, refuse)
    if extension == '.sdb':
        return read_sdb(path, labelled, read_bytes)
    if os.path.exists(path):
        read_start(path, WANTED, max_bytes=0)  # a directory, an archive or a model is called that
    raise DataError(f'{path}: unknown type of data set {extension!r}; pass a .csv or .sdb file.')


def rows_of_sounds(path: str, notice: Notice) -> List[Row]:
    """Returns the rows of a folder, CSV or SDB file with sounds. Raises DataError: it cannot be read."""
    if not os.path.exists(path) and not os.path.splitext(path)[1]:  # of a file it is said when it is read
        raise DataError(f'{path}: there is no such file or folder; name a folder with audio files, or a CSV or SDB file.')
    return rows_of_folder(path) if os.path.isdir(path) else read_rows(path, notice, labelled=False)


def find_sounds(path: str, rate_hz: int, converted_dir: str, index: AudioIndex, notice: Notice) -> List[AudioSource]:
    """Returns the sounds of a folder, CSV or SDB file, see `usable_sounds`. Raises DataError."""
    return usable_sounds(path, rows_of_sounds(path, notice), rate_hz, converted_dir, index=index, notice=notice)


def _list_rejected(directory: str, rejections: Dict[str, List[Rejection]], is_required: bool, log: Log) -> None:
    """Writes `rejected.csv` beside the checkpoints. Where that fails, only a run that needs the directory ends."""
    path = os.path.join(directory, 'rejected.csv')
    if not any(rejections.values()) and not os.path.exists(path):
        return
    try:
        os.makedirs(directory, exist_ok=True)
        if not write_rejected(path, rejections):
            log.warn(f'{path}: what an earlier run listed there is damaged and left out.')
    except (OSError, DataError) as error:
        if is_required:
            raise
        log.warn(f'{path}: the utterances left out cannot be listed ({error}).')
        return
    if any(rejections.values()):
        log.warn(f'All utterances left out are listed in {path}.')
