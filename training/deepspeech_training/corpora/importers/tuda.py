"""German Distant Speech (TUDA): sentences read aloud before several microphones."""

import argparse
import os
from typing import Dict, Iterator, List, Optional, Sequence
from xml.etree.ElementTree import Element

from ...console.log import Log
from ...errors import DataError
from ...text.letters import lower_case
from ..clips import Candidate
from ..convert import without_name
from ..fetching.sources import Source
from ..layouts.folding import GERMAN, Folding
from ..layouts.one_archive import ArchiveImporter
from ..layouts.xml_files import below, read_xml
from ..options import Limits, milliseconds, yes_or_no
from ..problems import FAILED, MALFORMED, Problem

NAME = 'german-speechdata-package'
URL = f'http://ltdata1.informatik.uni-hamburg.de/kaldi_tuda_de/{NAME}'
SETS = ('train', 'dev', 'test')


class Tuda(ArchiveImporter):
    """german-speechdata-package-v2.tar.gz, or what was unpacked of it, is taken from BASE_DIR, or fetched into it; version 3
    or 4 is taken, too, where it is there. Each microphone's recording of a sentence is a clip.

    Writes BASE_DIR/tuda-v2-{train,dev,test}.csv: the sets of the corpus.
    """

    name = 'tuda'
    title = 'German Distant Speech (TUDA)'
    language = 'German'
    licence = 'CC BY 4.0'
    size = '180 speakers, 36 hours for each microphone'
    homepage = 'http://ltdata1.informatik.uni-hamburg.de/kaldi_tuda_de'
    csv_name = 'tuda-v2-{set}.csv'
    wav_dir = 'tuda-v2-wav'
    limits = Limits(max_s=10., step_ms=30)
    absolute_paths = False
    expected_sets = SETS
    argument = 'base_dir'
    archive = Source(f'{NAME}-v2.tar.gz', (f'{URL}-v2.tar.gz',),
                     other_names=(f'{NAME}-v3.tar.gz', f'{NAME}-v4.tar.gz'))
    marks = ('train/*.xml',)

    def __init__(self, words: Optional[Sequence[str]] = None, log: Optional[Log] = None) -> None:
        super().__init__(words, log)
        arguments = self.arguments
        # In this corpus, letters fold where the alphabet lacks them, and umlauts never do.
        arguments.fold, arguments.normalize = arguments.normalize, False
        self._folding = Folding(arguments.filter_alphabet, GERMAN) if arguments.fold else None

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument('--max_duration', dest='max_sec', type=milliseconds, metavar='MS',
                            default=argparse.SUPPRESS, help='--max_sec in milliseconds; 0 is no limit (10000)')
        parser.add_argument('--alphabet', dest='filter_alphabet', metavar='FILE', default=argparse.SUPPRESS,
                            help='--filter_alphabet; with --normalize, letters that are not in it lose their accents, but '
                                 'umlauts')
        parser.add_argument('--keep_archive', type=yes_or_no, default=True, help=argparse.SUPPRESS)  # it always is

    def candidates(self) -> Iterator[Candidate]:
        root = self.root()
        for name in SETS:
            directory = os.path.join(root, name)
            if not os.path.isdir(directory):
                raise DataError(f'{directory} is missing; unpack {self.source().name} again.')
            recordings: Dict[str, List[str]] = {}
            files = sorted(os.listdir(directory))
            for file in files:
                if file.endswith('.wav') and not file.startswith('.'):
                    recordings.setdefault(file.partition('_')[0], []).append(os.path.join(directory, file))
            for file in files:
                if file.endswith('.xml') and not file.startswith('.'):
                    yield from _clips(name, os.path.join(directory, file), recordings.get(file[:-len('.xml')], []))

    def clean(self, text: str) -> Optional[str]:
        words = lower_case(text).replace('co2', 'c o zwei')
        return self._folding.fold(words) if self._folding else words


def _clips(in_set: str, path: str, recordings: Sequence[str]) -> Iterator[Candidate]:
    """Yields a clip for each recording of a sentence. Lines of its file:

        <recording><speaker_id>0d3b</speaker_id><cleaned_sentence>Das ist gut</cleaned_sentence></recording>
    """
    name = os.path.basename(path)
    text, speaker, problem = '', '', None
    try:
        root = read_xml(path)
        text, speaker = _text(root, 'cleaned_sentence'), _text(root, 'speaker_id').strip()
    except DataError as error:
        problem = Problem(MALFORMED, without_name(str(error), path))
    if not recordings:
        problem = problem or Problem(FAILED, 'no microphone has recorded it')
        recordings = [f'{os.path.splitext(path)[0]}.wav']
    for audio in recordings:
        yield Candidate(f'{in_set}/{os.path.splitext(os.path.basename(audio))[0]}', audio, text, (in_set,), speaker,
                        place=f'{in_set}/{name}', problem=problem)


def _text(root: Element, name: str) -> str:
    """Returns the text of the first element of a name; '' without one."""
    return next((''.join(element.itertext()) for element in below(root, name)), '')
