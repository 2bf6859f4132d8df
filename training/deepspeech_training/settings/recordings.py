"""The flags that `transcribe.py` and `bin/align.py` have beside those of the trainer, and what they ask for.

They are declared by these programs alone: elsewhere `--force` or `--batch_size` would do nothing, and are refused.
"""

from dataclasses import dataclass
from typing import Any, Callable, NamedTuple, Tuple

from .flags import AT_LEAST_ONE, FILE_OR_NONE, NOT_NEGATIVE, UTTERANCES, Flag, Limit

ENDINGS = {'tlog': '.tlog', 'text': '.txt', 'json': '.json', 'srt': '.srt', 'vtt': '.vtt', 'textgrid': '.TextGrid',
           'ctm': '.ctm'}
DETECTORS = ('auto', 'webrtc', 'energy')


class Program(NamedTuple):
    """What a program takes beside the flags of the trainer."""

    group: str  # of --helpfull
    flags: Tuple[Flag, ...]
    config: Callable[..., Any]


@dataclass(frozen=True)
class DetectionConfig:
    """Where speech begins and ends."""

    detector: str = 'auto'  # one of DETECTORS
    aggressiveness: int = 3  # 0 to 3: how readily sound is taken for something else than speech


@dataclass(frozen=True)
class TranscriptionConfig:
    """What `transcribe.py` does."""

    source: str = ''
    target: str = ''
    recursive: bool = False
    force: bool = False
    model: str = ''
    formats: Tuple[str, ...] = ()  # of ENDINGS
    detector: str = DetectionConfig.detector
    aggressiveness: int = DetectionConfig.aggressiveness
    batch_size: int = 40  # segments
    outlier_ms: int = 10000  # longer segments are outliers
    outlier_batch_size: int = 1

    @property
    def detection(self) -> DetectionConfig:
        return DetectionConfig(self.detector, self.aggressiveness)


@dataclass(frozen=True)
class ClipsConfig:
    """What training clips are cut out of a recording."""

    pause_ms: int = 300  # between clips, at least
    longest_s: float = 15.
    least_score: float = -1.


@dataclass(frozen=True)
class AlignmentConfig:
    """What `bin/align.py` does."""

    source: str = ''
    transcript: str = ''
    target: str = ''
    force: bool = False
    model: str = ''
    formats: Tuple[str, ...] = ()  # of ENDINGS
    clips_dir: str = ''
    pause_ms: int = ClipsConfig.pause_ms
    longest_s: float = ClipsConfig.longest_s
    least_score: float = ClipsConfig.least_score

    @property
    def clips(self) -> ClipsConfig:
        return ClipsConfig(self.pause_ms, self.longest_s, self.least_score)


def formats_of(listed: str) -> Tuple[str, ...]:
    """Returns the formats in a comma-separated list."""
    return tuple(dict.fromkeys(name.strip().lower() for name in listed.split(',') if name.strip()))


KNOWN = ', '.join(ENDINGS)
FORMATS = (Limit(lambda listed: set(formats_of(listed)) <= ENDINGS.keys(), f'some of {KNOWN}, with commas between'),)
MODEL = Flag('model', '', 'exported model (.pb, .pbmm, .tflite) to use instead of a checkpoint', 'model', FILE_OR_NONE)
OUTPUT_FORMAT = Flag('output_format', '', f'formats of the results, with commas between: {KNOWN}', 'formats', FORMATS,
                     convert=formats_of)
FORCE = Flag('force', False, 'make results anew that are there', 'force')
VAD = Flag('vad', DetectionConfig.detector, 'what tells speech from other sound: webrtc, the package webrtcvad, or energy, '
           'which compares levels; auto: the former where it is installed', 'detector', choices=DETECTORS)
VAD_AGGRESSIVENESS = Flag('vad_aggressiveness', DetectionConfig.aggressiveness,
                          'how readily sound is taken for something else than speech', 'aggressiveness', bounds=(0, 3))

TRANSCRIPTION = Program('transcription', (
    Flag('src', '', 'audio file, .catalog file, or directory of audio files', 'source'),
    Flag('dst', '', 'result of a single audio file; empty: beside it, with the ending .tlog', 'target'),
    Flag('recursive', False, 'take the directories in a directory, too', 'recursive'),
    FORCE,
    MODEL,
    OUTPUT_FORMAT._replace(default='tlog'),
    VAD,
    VAD_AGGRESSIVENESS,
    Flag('batch_size', TranscriptionConfig.batch_size, 'segments at a time', 'batch_size', UTTERANCES),
    Flag('outlier_duration_ms', TranscriptionConfig.outlier_ms, 'longer segments are recognised in batches of their own',
         'outlier_ms', NOT_NEGATIVE),
    Flag('outlier_batch_size', TranscriptionConfig.outlier_batch_size, 'segments at a time of these', 'outlier_batch_size',
         AT_LEAST_ONE),
), TranscriptionConfig)
ALIGNMENT = Program('alignment', (
    Flag('src', '', 'audio file, directory of audio files with texts beside them (x.wav, x.txt), or CSV file', 'source'),
    Flag('transcript', '', 'text of a single audio file; empty: beside it, with the ending .txt', 'transcript', FILE_OR_NONE),
    Flag('dst', '', 'result of a single audio file, or a directory for the results; empty: beside the audio', 'target'),
    FORCE,
    MODEL,
    OUTPUT_FORMAT._replace(default='json'),
    Flag('clips_dir', '', 'directory for training clips, which are cut at pauses, with a CSV file of them', 'clips_dir'),
    Flag('min_pause_ms', ClipsConfig.pause_ms, 'shortest pause to cut at', 'pause_ms', AT_LEAST_ONE),
    Flag('max_clip_s', ClipsConfig.longest_s, 'longest clip, in seconds', 'longest_s', AT_LEAST_ONE),
    Flag('min_score', ClipsConfig.least_score, 'leave out what the network finds less likely, for each letter, than what it '
         'hears itself; logarithm, 0 is perfect', 'least_score'),
), AlignmentConfig)
