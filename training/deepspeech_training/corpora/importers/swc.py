"""Spoken Wikipedia Corpora: articles that volunteers read aloud, aligned word by word."""

import argparse
import os
import sys
from typing import Iterator, List, Optional, Sequence, Tuple

from ...console.log import Log
from ...errors import ConfigError, DataError
from ...text.letters import lower_case
from ..clips import Candidate
from ..convert import without_name
from ..fetching.sources import Source
from ..layouts import german
from ..layouts.folding import GERMAN, Folding
from ..layouts.listing import files_below
from ..layouts.one_archive import UNPACKED, ArchiveImporter
from ..layouts.spoken_article import UNKNOWN, Article, Utterance, ogg_length_ms, read_article, recordings_of
from ..options import Limits, yes_or_no
from ..problems import EXCLUDED, FAILED, MALFORMED, Problem

LANGUAGES = ('dutch', 'english', 'german')
URL = 'http://www2.informatik.uni-hamburg.de/nats/pub/SWC/'
BRACKETS = str.maketrans(dict.fromkeys('/()[]{}<>:', ' '))


class Swc(ArchiveImporter):
    """The archive SWC_<Language>.tar, or what was unpacked of it into BASE_DIR/<language>, is taken from BASE_DIR, or fetched
    into it. Sentences are cut out of the recordings, at numbers and where they get too long.

    Writes BASE_DIR/<language>-{train,dev,test}.csv, with no reader in two of them.
    """

    name = 'swc'
    title = 'Spoken Wikipedia Corpora'
    language = 'Dutch, English or German'
    licence = 'CC BY-SA'
    size = 'hundreds of hours in each language'
    homepage = 'https://nats.gitlab.io/swc'
    limits = Limits(step_ms=30)
    absolute_paths = False
    argument = 'base_dir'

    def __init__(self, words: Optional[Sequence[str]] = None, log: Optional[Log] = None) -> None:
        self._words = list(sys.argv[1:] if words is None else words)
        super().__init__(self._words, log)
        arguments = self.arguments
        if arguments.language not in (*LANGUAGES, 'all'):
            raise ConfigError(f'--language {arguments.language}: there is no such; choose all, {", ".join(LANGUAGES)}.')
        arguments.filter_alphabet = getattr(arguments, f'{arguments.language}_alphabet', None) or arguments.filter_alphabet
        # In this corpus, letters fold where the alphabet lacks them, and German umlauts never do.
        arguments.fold, arguments.normalize = arguments.normalize, False
        self._folding = Folding(arguments.filter_alphabet, GERMAN if arguments.language == 'german' else '')
        self._most_ms = arguments.max_duration or None
        if arguments.ignore_too_long and self._most_ms:
            self.options = self.options._replace(limits=self.options.limits._replace(max_s=self._most_ms / 1000))
        self.name, self.csv_name = f'swc-{arguments.language}', f'{arguments.language}-{{set}}.csv'
        self.wav_dir = f'{arguments.language}-wav'
        self.extra_columns = ('article', 'speaker') if arguments.add_meta else ()

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument('--language', default='all', help=f'{", ".join(LANGUAGES)}, or all of them (all)')
        parser.add_argument('--exclude_numbers', type=yes_or_no, default=True, metavar='true|false',
                            help='cut sentences at numbers, whose reading may be open (true)')
        parser.add_argument('--max_duration', type=int, default=10000, metavar='MS',
                            help='cut longer sentences between words; 0 is no limit (10000)')
        parser.add_argument('--ignore_too_long', type=yes_or_no, default=False, metavar='true|false',
                            help='leave out what is longer still, as a single word may be (false)')
        for language in LANGUAGES:
            parser.add_argument(f'--{language}_alphabet', metavar='FILE', help=f'--filter_alphabet for {language.capitalize()}')
        parser.add_argument('--add_meta', action='store_true', help='write the columns article and speaker, too')
        for what in ('speakers', 'articles'):
            parser.add_argument(f'--exclude_unknown_{what}', action='store_true', help=f'leave out clips of unknown {what}')
        for name in ('archive', 'intermediate'):  # both always are
            parser.add_argument(f'--keep_{name}', type=yes_or_no, default=True, help=argparse.SUPPRESS)

    def source(self) -> Source:
        name = f'SWC_{self.arguments.language.capitalize()}.tar'
        return Source(name, (f'{URL}{name}',))

    def run(self) -> None:
        if self.arguments.language == 'all' and os.path.isfile(self.arguments.base_dir):
            raise ConfigError(f'{self.arguments.base_dir}: say with --language of which language this archive is.')
        if self.arguments.language != 'all':
            super().run()
            return
        failures = []
        for language in LANGUAGES:
            try:
                type(self)([*self._words, '--language', language], self.log).run()
            except DataError as error:
                failures.append(f'{language.capitalize()}: {error}')
        if failures:
            raise DataError(' '.join(failures))

    def root(self) -> str:
        given = self.arguments.base_dir
        name = self.source().name[:-len('.tar')]
        for top in (os.path.join(self.top, self.arguments.language), os.path.join(self.top, UNPACKED, name)):
            if os.path.isdir(top) and not os.path.isfile(given):
                return top
        archive = given if os.path.isfile(given) else self.fetch(self.source(), self.top)
        return self.unpack(archive, os.path.join(self.top, UNPACKED, name))

    def candidates(self) -> Iterator[Candidate]:
        root = self.root()
        alignments = [path for path in files_below(root, '.swc') if os.path.basename(path) == 'aligned.swc']
        if not alignments:
            raise DataError(f'{root}: no aligned.swc in it; remove it and unpack {self.source().name} again.')
        for path in alignments:
            name = os.path.relpath(os.path.dirname(path), root).replace(os.sep, '/')
            recordings = recordings_of(os.path.dirname(path))
            try:
                article = read_article(path, self._most_ms, self.arguments.exclude_numbers)
            except DataError as error:
                yield Candidate(name, path, '', place=f'{name}/aligned.swc',
                                problem=Problem(MALFORMED, without_name(str(error), path)))
                continue
            if not recordings:
                yield Candidate(name, path, '', place=name, problem=Problem(EXCLUDED, 'the article was not recorded'))
                continue
            yield from self._clips(name, article, _Parts(recordings))

    def _clips(self, name: str, article: Article, parts: '_Parts') -> Iterator[Candidate]:
        """Yields the clips of an article."""
        excluded = [what for what, value in (('speaker', article.reader), ('article', article.title))
                    if value == UNKNOWN and getattr(self.arguments, f'exclude_unknown_{what}s')]
        speaker = f'of {name}' if article.reader == UNKNOWN else article.reader
        for index, utterance in enumerate(article.utterances):
            audio, span_s, problem = parts.place(utterance)
            if excluded:
                problem = Problem(EXCLUDED, f'its {excluded[0]} is not known')
            yield Candidate(f'{name}/{index:06}', audio, utterance.text, speaker=speaker, span_s=span_s,
                            problem=problem, place=f'{name}, utterance {index + 1}',
                            extra=(article.title, article.reader) if self.arguments.add_meta else ())

    def clean(self, text: str) -> Optional[str]:
        words: Optional[str] = lower_case(text.translate(BRACKETS))
        if self.arguments.language == 'german' and words is not None:
            words = german.as_spoken(words)
        return self._folding.fold(words) if self.arguments.fold and words is not None else words


class _Parts:
    """The recordings of an article, which its alignment takes for one."""

    def __init__(self, recordings: List[str]) -> None:
        self._recordings = recordings
        self._ends_ms: List[Optional[float]] = []
        for path in recordings[:-1]:
            length_ms, before_ms = ogg_length_ms(path), self._ends_ms[-1] if self._ends_ms else 0.
            self._ends_ms.append(None if length_ms is None or before_ms is None else before_ms + length_ms)

    def place(self, utterance: Utterance) -> Tuple[str, Optional[Tuple[float, float]], Optional[Problem]]:
        """Returns (the recording of an utterance, from and to in it in seconds, why it cannot be used)."""
        if utterance.span_ms is None:
            return self._recordings[0], None, Problem(EXCLUDED, 'when its first or last word is spoken is not known')
        start_ms, end_ms = utterance.span_ms
        begin_ms = 0.
        for path, part_end_ms in zip(self._recordings, [*self._ends_ms, float('inf')]):
            if part_end_ms is None:
                return path, None, Problem(FAILED, 'how long it lasts is not to be seen, nor what is in the parts after it')
            if start_ms < part_end_ms:
                problem = Problem(EXCLUDED, 'it goes on in the next recording') if end_ms > part_end_ms else None
                return path, ((start_ms - begin_ms) / 1000, (end_ms - begin_ms) / 1000), problem
            begin_ms = part_end_ms
        raise AssertionError('the last part has no end')
