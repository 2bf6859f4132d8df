"""What an importer declares, and what is done with it: the same for every corpus.

Sources are fetched and unpacked, clips found, texts cleaned, audio converted, clips filtered and parted into sets; then the CSV
files are written, each whole or not at all. A second run finds it done; one after a crash goes on.
"""

import argparse
import inspect
from typing import ClassVar, Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple, Union

from ..console.log import Log
from ..digests import file_digest
from ..programs import require_program
from .clips import Candidate, Imported
from .fetching.archives import is_unpacked, unpack
from .fetching.sources import Source, fetch, is_there
from .labels import Validate, validate_english
from .options import Limits, Options, add_options, label_rules, read_options
from .pipeline import Corpus, Target, import_clips
from .splits import Shares, keeps_speakers_apart, split


class Program(NamedTuple):
    """A program that an importer runs."""

    name: str
    package: str  # of Debian


class Importer:
    """A corpus and how its clips are found; subclasses fill in what is theirs. One object is one import.

    Attributes:
      name: that of the program, import_<name>.
      title, language, licence, size, homepage: for `--help`.
      csv_name: name of the CSV file of a set, with `{set}` in it.
      wav_dir: where converted clips go, in the directory of the CSV files.
      limits: default limits of clips.
      absolute_paths: whether the CSV files name clips so by default.
      rule: for labels where --validate_label_locale names none; None: texts are taken as they are.
      expected_sets: those without which the import has failed.
      extra_columns: of the CSV files, filled from Candidate.extra.
      programs: without which the corpus cannot be read.
      argument: name of the argument for the directory.
    """

    name: str
    title: ClassVar[str]
    language: ClassVar[str]
    licence: ClassVar[str]
    size: ClassVar[str]
    homepage: ClassVar[str]
    csv_name = '{set}.csv'
    wav_dir = 'wav'
    limits: ClassVar[Limits] = Limits()
    absolute_paths: ClassVar[bool] = True
    rule: Optional[Validate] = staticmethod(validate_english)
    expected_sets: Tuple[str, ...] = ()
    extra_columns: Tuple[str, ...] = ()
    programs: ClassVar[Tuple[Program, ...]] = ()
    argument: ClassVar[str] = 'target_dir'

    def __init__(self, words: Optional[Sequence[str]] = None, log: Optional[Log] = None) -> None:
        """Parses `words` of a command line, None: those of this process. SystemExit: they are wrong, or ask for help."""
        parser = argparse.ArgumentParser(prog=f'import_{self.name}.py', description=self._description(),
                                         formatter_class=argparse.RawDescriptionHelpFormatter)
        self.add_arguments(parser)
        add_options(parser, self.limits, self.absolute_paths)
        self.arguments = parser.parse_args(words)
        self.log = log or Log()
        self.options: Options = read_options(self.arguments, self.limits)

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Adds the arguments that only this importer has."""
        parser.add_argument(self.argument, help='directory of the archives, and of all that is made of them')

    @property
    def directory(self) -> str:
        """Where the CSV files go."""
        return str(getattr(self.arguments, self.argument))

    def candidates(self) -> Iterator[Candidate]:
        """Yields the clips that the corpus lists, in any order; fetches and unpacks what is needed for that.

        Raises:
          DataError: the corpus is not there, or not what it should be.
        """
        raise NotImplementedError

    def clean(self, text: str) -> Optional[str]:
        """Returns a text as the rules for labels get it; None if it is no transcript."""
        return text

    def assign(self, clips: List[Imported]) -> List[Tuple[str, ...]]:
        """Returns the sets of each clip; those that the corpus has no set for are parted by speaker."""
        parted = iter(self.parted([clip for clip in clips if not clip.candidate.sets]))
        return [clip.candidate.sets or (next(parted),) for clip in clips]

    def parted(self, clips: List[Imported], shares: Optional[Shares] = None) -> List[str]:
        """Returns the set of each clip, `train`, `dev` or `test`, by speaker; `shares` are those asked for by default."""
        names = [(clip.candidate.id, '' if self.options.mixes_speakers else clip.candidate.speaker) for clip in clips]
        if any(speaker for _, speaker in names) and not keeps_speakers_apart(names):
            self.log.warn('Too few speakers to keep them apart: some will be in more than one set.')
        return split(names, shares or self.options.shares, self.options.seed)

    def further_files(self, sets: Dict[str, List[Imported]]) -> List[str]:
        """Writes what this corpus comes with beside the CSV files, made of its sets; returns the names of these files."""
        return []

    def fetch(self, source: Source, directory: str = '') -> str:
        """Returns the path of a file of the corpus in `directory` (the target directory), downloaded if need be."""
        return fetch(source, directory or self.directory, offline=self.options.is_offline, log=self.log)

    def unpack(self, archive: Union[str, Sequence[str]], target: str) -> str:
        """Returns the directory `target` with what is in an archive, or in one of several parts."""
        return unpack(archive, target, log=self.log)

    def unpacked(self, source: Source, target: str, directory: str = '') -> str:
        """Returns the directory `target` with what is in an archive of the corpus, which is not needed any more afterwards.

        Args:
          directory: of the archive; the target directory by default.
        """
        if is_unpacked(target) and not is_there(source, directory or self.directory):
            return target
        return self.unpack(self.fetch(source, directory), target)

    def run(self) -> None:
        """Imports. Raises DataError: it cannot, or less has arrived than the corpus lists."""
        for program in self.programs:
            require_program(program.name, program.package)
        rules = label_rules(self.arguments, self.clean, self.rule)
        target = Target(self.name, self.directory, self.csv_name, self.wav_dir, self.extra_columns)
        corpus = Corpus(self.candidates, self.assign, self.further_files, lambda: self.expected_sets)
        import_clips(target, corpus, rules, self.options, settings=self._settings(), log=self.log)

    def _settings(self) -> List[object]:
        """Returns the arguments that decide about the result."""
        ignored = 'workers', 'offline', 'start_over', 'accept_failed'
        files = [path for path in (self.arguments.filter_alphabet, self.arguments.validate_label_locale) if path]
        return [sorted((name, str(value)) for name, value in vars(self.arguments).items() if name not in ignored),
                [file_digest(path) for path in files]]

    @classmethod
    def _description(cls) -> str:
        return (f'Imports {cls.title}.\n\nLanguage: {cls.language}\nSize: {cls.size}\nLicence: {cls.licence}\n'
                f'From: {cls.homepage}\n\n{inspect.cleandoc(cls.__doc__ or "")}')
