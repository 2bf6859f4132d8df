"""From the clips that a corpus lists to the CSV files of its sets.

One bad clip costs that clip: it is counted and listed with the reason. The result is a function of the corpus and the settings,
whatever the number of workers, and however often the work was interrupted.
"""

import os
from contextlib import suppress
from typing import Callable, Dict, Iterable, List, NamedTuple, Optional, Sequence, Tuple, Union

from ..console.log import Log
from ..console.progress import Countdown
from ..data.conversion import NoRoomError
from ..errors import DataError
from ..programs import CONVERSION_S
from ..text.characters import frames_needed
from .clips import Candidate, Imported, Rejected
from .convert import RATE_HZ, TO_THE_END_S, Cut, Job, Made, make_wavs, require_readers
from .file_names import FreeNames, as_folded, file_name, is_safe
from .finished import Finished, alone, digest_of, remove_unfinished
from .labels import LabelRules
from .options import Limits, Options
from .output import Clip, is_utf8, require_ours, write_csv, write_rejected
from .problems import EXCLUDED, FAILED, MALFORMED, TOO_LONG, TOO_SHORT, Problem
from .provenance import remove_outdated
from .report import report, shortfall
from .workers import Workers

STEP_MS = 20  # of the acoustic model, which gives at most one character each
PARTED = 'train', 'dev', 'test'  # sets of clips that have none


class Target(NamedTuple):
    """Where an import goes."""

    importer: str
    directory: str  # of the CSV files
    csv_name: str  # with `{set}` in it
    wav_dir: str  # of converted clips, in that directory
    extra_columns: Tuple[str, ...] = ()

    def csv_of(self, name: str) -> str:
        return self.csv_name.format(set=name)


class Corpus(NamedTuple):
    """What an importer does for its corpus: see the methods of the same names in `importer.Importer`."""

    candidates: Callable[[], Iterable[Candidate]]
    assign: Callable[[List[Imported]], List[Tuple[str, ...]]]
    further_files: Callable[[Dict[str, List[Imported]]], List[str]]
    expected_sets: Callable[[], Sequence[str]]  # known once the candidates are


def import_clips(target: Target, corpus: Corpus, rules: LabelRules, options: Options, *, settings: Sequence[object],
                 log: Log) -> None:
    """Imports what `corpus` lists, unless that was done before.

    Args:
      settings: what decides about the result beside the corpus.
      expected_sets: those that have to have clips.
    Raises:
      DataError: nothing can be used, or less has arrived than the corpus lists; what has arrived is imported.
    """
    with alone(target.directory, target.importer):
        listed = sorted(corpus.candidates(), key=lambda candidate: candidate.id)
        finished, digest = Finished(target.directory, target.importer), digest_of([target, *settings], listed)
        if finished.holds(digest) and not options.starts_over:
            log.info(f'{target.directory}: everything is imported already ({len(listed)} clips listed); nothing to do.')
            return
        before = finished.names()
        _require_place(target, listed, finished, options.absolute_paths)
        finished.begin()
        imported, rejected = _usable(target, listed, rules, options, log)
        sets = _sets(imported, corpus.assign(imported))
        names = _write(target, sets, rejected, options) + corpus.further_files(sets)
        for name in set(before) - set(names):  # of an import with other settings
            with suppress(FileNotFoundError):
                os.remove(os.path.join(target.directory, name))
        for line in report(sets, imported, rejected, options.limits):
            log.info(line)
        failure = shortfall(sets, imported, rejected, corpus.expected_sets(), options.accepted_failures)
        if failure:
            raise DataError(f'{target.directory}: {failure}' + (f' See {_rejected_path(target)}.' if rejected else ''))
        finished.finish(digest, names)


def _require_place(target: Target, listed: Sequence[Candidate], finished: Finished, absolute: bool) -> None:
    """Raises DataError if a CSV file would take the place of one that is not this importer's, or could not name its clips."""
    if absolute and not is_utf8(os.path.abspath(target.directory)):
        raise DataError(f'{os.path.abspath(target.directory)}: CSV files, which are UTF-8, cannot hold this name; name another '
                        f'directory, or add --relative_paths.')
    sets = {name for candidate in listed for name in candidate.sets} | {*PARTED, 'rejected'}
    before, others = finished.names(), finished.of_others()
    for name in sorted(target.csv_of(each) for each in sets):
        if name in others:
            raise DataError(f'{os.path.join(target.directory, name)} is of another import ({others[name]}) and would be lost; '
                            f'name another directory for this data set.')
        if name not in before:
            require_ours(os.path.join(target.directory, name))


def _usable(target: Target, listed: Sequence[Candidate], rules: LabelRules, options: Options,
            log: Log) -> Tuple[List[Imported], List[Rejected]]:
    """Returns (clips that can be trained on, the others), both in order."""
    problems: Dict[int, Problem] = _listing_problems(listed)
    transcripts: Dict[int, str] = {}
    for index, candidate in enumerate(listed):
        if index not in problems:
            label = rules.transcript(candidate.text)
            if isinstance(label, Problem):
                problems[index] = label
            else:
                transcripts[index] = label
    made = _convert(target, {index: listed[index] for index in transcripts}, options, log)
    imported = []
    for index, candidate in enumerate(listed):
        found = made.get(index)
        if isinstance(found, Made):
            problem = _length_problem(found.n_samples, transcripts[index], options.limits.of(candidate.sets))
            if problem is None:
                imported.append(Imported(candidate, found.path, found.size_bytes, found.n_samples, transcripts[index]))
            else:
                problems[index] = problem
        elif found is not None:
            problems[index] = Problem(FAILED, found)
    return imported, [Rejected(listed[index], problems[index]) for index in sorted(problems)]


def _listing_problems(listed: Sequence[Candidate]) -> Dict[int, Problem]:
    """Returns what is wrong with clips as they are listed, by their places."""
    problems: Dict[int, Problem] = {}
    first: Dict[str, Candidate] = {}
    for index, candidate in enumerate(listed):
        if candidate.problem is not None:
            problems[index] = candidate.problem
        elif not is_safe(candidate.id):
            problems[index] = Problem(MALFORMED, f'its name {candidate.id[:100]!r} cannot be that of a file')
        elif candidate.id in first:
            other = first[candidate.id]
            problems[index] = Problem(EXCLUDED, f'it is listed before{f", {other.place}" if other.place else ""}')
        elif candidate.span_s and not 0 <= candidate.span_s[0] < candidate.span_s[1] <= TO_THE_END_S:
            problems[index] = Problem(MALFORMED, f'it lasts from {candidate.span_s[0]:g} s to {candidate.span_s[1]:g} s')
        else:
            first[candidate.id] = candidate
    return problems


def _convert(target: Target, clips: Dict[int, Candidate], options: Options, log: Log) -> Dict[int, Union[Made, str]]:
    """Returns for each clip, by its place, its WAV file or why there is none."""
    jobs = _jobs(target, clips)
    if not jobs:
        return {}
    require_readers(job.source for _, job in jobs)
    remove_outdated(target.directory, target.importer, (job for _, job in jobs))
    made: Dict[int, Union[Made, str]] = {}
    places = [places for places, _ in jobs]
    costs = [len(each) for each in places]
    try:
        with Workers(options.n_workers, CONVERSION_S) as workers, Countdown(log, True, 'Converting', costs) as progress:
            for n_done, (index, result) in enumerate(workers.map(make_wavs, [job for _, job in jobs]), 1):
                if isinstance(result, NoRoomError):
                    raise result
                results = [str(result)] * len(places[index]) if isinstance(result, DataError) else result
                made.update(zip(places[index], results))
                progress.update(n_done)
    finally:
        remove_unfinished({os.path.dirname(cut.target) for _, job in jobs for cut in job.cuts})
    return made


def _jobs(target: Target, clips: Dict[int, Candidate]) -> List[Tuple[List[int], Job]]:
    """Returns a job for each recording, with the places of its clips."""
    root = os.path.join(os.path.abspath(target.directory), target.wav_dir)
    # Converted files may go beside the recordings, which are never written over.
    recordings = (as_folded(os.path.abspath(candidate.audio)) for candidate in clips.values())
    names = FreeNames(os.path.relpath(path, as_folded(root)) for path in recordings
                      if path.endswith('.wav') and path.startswith(as_folded(root)))
    cuts: Dict[str, List[Tuple[int, Cut]]] = {}
    for index, candidate in clips.items():
        wav = os.path.join(root, *names.take(f'{file_name(candidate.id)}.wav').split('/'))
        cuts.setdefault(candidate.audio, []).append((index, Cut(wav, candidate.span_s, candidate.channel)))
    return [([index for index, _ in of_file], Job(os.path.abspath(audio), tuple(cut for _, cut in of_file)))
            for audio, of_file in cuts.items()]


def _length_problem(n_samples: int, transcript: str, limits: Limits) -> Optional[Problem]:
    """Returns what is wrong with the length of a clip."""
    length_ms = 1000 * n_samples // RATE_HZ
    if length_ms < 1000 * limits.min_s:
        return Problem(TOO_SHORT, f'{length_ms / 1000:.2f} s, at least {limits.min_s:g} s are wanted')
    if length_ms // limits.step_ms < len(transcript) or length_ms // STEP_MS < frames_needed(transcript):
        return Problem(TOO_SHORT, f'{length_ms / 1000:.2f} s are too short for {len(transcript)} characters')
    if limits.max_s is not None and length_ms > 1000 * limits.max_s:
        return Problem(TOO_LONG, f'{length_ms / 1000:.2f} s, at most {limits.max_s:g} s are wanted')
    return None


def _sets(imported: Sequence[Imported], assigned: Sequence[Tuple[str, ...]]) -> Dict[str, List[Imported]]:
    sets: Dict[str, List[Imported]] = {}
    for clip, names in zip(imported, assigned):
        for name in names:
            sets.setdefault(name, []).append(clip)
    return sets


def _rejected_path(target: Target) -> str:
    return os.path.join(target.directory, target.csv_of('rejected'))


def _write(target: Target, sets: Dict[str, List[Imported]], rejected: Sequence[Rejected], options: Options) -> List[str]:
    """Writes the CSV files; returns their names."""
    for name, clips in sets.items():
        rows = [Clip(_path(target, clip.wav, options.absolute_paths), clip.size_bytes, clip.transcript, clip.candidate.extra)
                for clip in clips]
        write_csv(os.path.join(target.directory, target.csv_of(name)), rows, target.extra_columns)
    write_rejected(_rejected_path(target), rejected)
    return [target.csv_of(name) for name in [*sets, 'rejected']]


def _path(target: Target, wav: str, absolute: bool) -> str:
    return os.path.abspath(wav) if absolute else os.path.relpath(wav, target.directory)
