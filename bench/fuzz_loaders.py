"""Feeds damaged scorers, tries, language models and alphabets to the decoder's loaders, under sanitisers.

    bench/fuzz_loaders.py --cases 100000 --jobs 2

Compiles the fuzzer (cmake, ninja and a C++ compiler must be installed), makes small valid files of every kind from the
text of LICENSE, and runs N damaged copies of each kind. Exits with 1 if a loader crashes, hangs, asks for absurd memory
or throws what it should not; the line before that names the case, which `--kind` and `--only` repeat:

    bench/fuzz_loaders.py --kind trie --only 4711 --save damaged.trie
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from typing import Dict, List, Optional, Sequence, Tuple

from deepspeech_training.lm.programs import PROGRAMS
from deepspeech_training.text.alphabet import Alphabet

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, 'native_client'))
from fetch_kenlm import fetch_kenlm  # noqa: E402  build scripts, not part of a package
from native_build import cmake_build  # noqa: E402

ALPHABET = os.path.join(ROOT, 'data', 'alphabet.txt')
N_LINES = 60  # of LICENSE; larger files would not be parsed differently, only more slowly
# Without -DNDEBUG: what KenLM asserts would go unseen, as long as the memory it spoils is its own.
FLAGS = '-O1 -D_GLIBCXX_ASSERTIONS'
DISCOUNT = '--discount_fallback'  # so little text
# Ways to pack an ARPA file: every model type of KenLM, at several settings.
STRUCTURES = {
    'probing': ['probing'], 'trie': ['trie'], 'quantised': ['-q', '4', 'trie'], 'array': ['-a', '22', 'trie'],
    'quantised_array': ['-a', '255', '-q', '5', '-b', '3', 'trie'], 'dense': ['-p', '1.1', 'probing'],
}


Run = Tuple[str, Sequence[str], Sequence[str]]  # kind for the fuzzer, seed files, further arguments


class Workshop:
    """Makes valid files of all kinds in a directory.

    Args:
      kenlm_bins: directory of KenLM's programs; None: those of the package deepspeech_kenlm.
      tools: directory of generate_scorer_package and generate_trie.
    """

    def __init__(self, directory: str, kenlm_bins: Optional[str], tools: str) -> None:
        self._directory, self._tools = directory, tools
        self._kenlm = {name: find_program(name, kenlm_bins) for name in PROGRAMS}

    def path(self, name: str) -> str:
        return os.path.join(self._directory, name)

    def run(self, command: Sequence[object]) -> None:
        """Runs a program; ends this one with what it printed if it fails."""
        result = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if result.returncode:
            raise SystemExit(f'E {" ".join(map(str, command))}: {result.stdout.decode("utf-8", "replace")}')

    def texts(self) -> None:
        """Writes the sample text by words and by characters."""
        with open(os.path.join(ROOT, 'LICENSE'), encoding='utf-8') as file:
            lines = [re.sub('[^a-z\' ]+', ' ', line.lower()).split() for line in list(file)[:N_LINES]]
        for name, units in (('words.txt', lambda words: words), ('characters.txt', '\u00b7'.join)):
            with open(self.path(name), 'w', encoding='utf-8') as file:
                file.writelines(' '.join(units(words)) + '\n' for words in lines if words)

    def arpa(self, text: str, order: int) -> str:
        path = self.path(f'{text}.{order}.arpa')
        self.run([self._kenlm['lmplz'], '--order', order, '--text', self.path(f'{text}.txt'), '--arpa', path, '-S', '5%',
                  '-T', self._directory + os.sep, DISCOUNT])
        return path

    def pack(self, arpa: str, name: str, options: Sequence[str]) -> str:
        path = f'{arpa}.{name}'
        self.run([self._kenlm['build_binary'], *options, arpa, path])
        return path

    def package(self, model: str, vocabulary: str, bytes_mode: bool) -> str:
        path = f'{model}.scorer'
        self.run([os.path.join(self._tools, 'generate_scorer_package'), '--lm', model, '--vocab', vocabulary,
                  '--package', path, '--default_alpha', '0.9', '--default_beta', '1.2', '--alphabet', ALPHABET,
                  '--force_bytes_output_mode', 'true' if bytes_mode else 'false'])
        return path

    def trie(self, model: str, vocabulary: str, version: int, bytes_mode: bool = False) -> str:
        path = self.path(f'{version}.{bytes_mode}.trie')
        self.run([os.path.join(self._tools, 'generate_trie'), ALPHABET, model, vocabulary, path,
                  '--trie_version', version, *(['--force_bytes_output_mode', 'true'] if bytes_mode else [])])
        return path

    def alphabets(self) -> List[str]:
        paths = [ALPHABET, self.path('cyrillic.txt'), self.path('serialised')]
        with open(paths[1], 'w', encoding='utf-8-sig', newline='\r\n') as file:
            file.write('# comment\n \n\\#\n' + '\n'.join(chr(code) for code in range(0x430, 0x450)) + '\nab\n')
        with open(paths[2], 'wb') as file:
            file.write(Alphabet.from_file(ALPHABET).serialize())
        return paths


def find_program(name: str, directory: Optional[str]) -> str:
    if directory:
        return os.path.join(directory, name)
    import deepspeech_kenlm  # only here: --kenlm_bins does without it
    return deepspeech_kenlm.program(name)


def prepare(workshop: Workshop) -> Dict[str, Run]:
    """Returns a dict from the name of a run to the fuzzer's kind, its seed files and further arguments."""
    workshop.texts()
    words, characters = workshop.path('words.txt'), workshop.path('characters.txt')
    arpas = {order: workshop.arpa('words', order) for order in (1, 2, 3, 4)}
    models = [workshop.pack(arpas[order], name, ['-v', *options])
              for order in (2, 4) for name, options in STRUCTURES.items()]
    models.append(workshop.pack(arpas[3], 'rest', ['-v', '-r', f'{arpas[1]} {arpas[2]}', 'probing']))
    with_strings = [workshop.pack(arpas[3], f'strings.{name}', [name]) for name in ('probing', 'trie')]
    packages = [workshop.package(model, words, False) for model in models]
    character_models = [workshop.pack(workshop.arpa('characters', 3), name, ['-v', *STRUCTURES[name]])
                        for name in ('probing', 'trie', 'quantised_array')]
    byte_packages = [workshop.package(model, characters, True) for model in character_models]
    tries = [workshop.trie(with_strings[1], words, version) for version in (1, 2, 3, 5)]
    byte_trie = workshop.trie(character_models[1], characters, 5, bytes_mode=True)
    text, english = ['--text', words], ['--alphabet', ALPHABET]
    by_bytes = ['--alphabet', 'bytes', '--text', characters]
    return {
        'language_model': ('language_model', models + with_strings, english + text),
        'arpa': ('arpa', [arpas[2], arpas[4]], english + text),
        'package': ('package', packages, english + text),
        'byte_package': ('package', byte_packages, by_bytes),
        'trie': ('trie', tries, english + text + ['--lm', with_strings[1]]),
        'byte_trie': ('trie', [byte_trie], by_bytes + ['--lm', character_models[1]]),
        'alphabet': ('alphabet', workshop.alphabets(), english),
    }


def compile_fuzzer(directory: str, kenlm_source: Optional[str]) -> str:
    """Returns the directory of the compiled programs."""
    kenlm_source = kenlm_source or fetch_kenlm()
    build = cmake_build(os.path.join(ROOT, 'native_client'), directory,
                        ['fuzz_loaders', 'generate_scorer_package', 'generate_trie'],
                        [f'-DKENLM_SOURCE={os.path.abspath(kenlm_source)}', '-DNATIVE_PYTHON=OFF', '-DNATIVE_SANITIZE=address',
                         f'-DCMAKE_CXX_FLAGS_RELEASE={FLAGS}'],
                        'g++ cmake ninja-build')
    return os.path.join(build, 'bin')


def fuzz(program: str, name: str, run: Run, args: argparse.Namespace) -> bool:
    """Returns whether all cases of one run passed; prints what the fuzzer says."""
    kind, seeds, options = run
    options = [*options, *(['--case', args.only] if args.only else []), *(['--save', args.save] if args.save else [])]
    result = subprocess.run([program, kind, str(args.cases), str(args.seed), *seeds, *options],
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    print(f'{name}: {result.stdout.decode("utf-8", "replace").strip()}', flush=True)
    return result.returncode == 0


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--cases', type=int, default=2000, help='damaged files per kind (2000)')
    parser.add_argument('--seed', type=int, default=1, help='of the random changes; equal seeds make equal files (1)')
    parser.add_argument('--jobs', type=int, default=1, help='kinds fuzzed at the same time (1)')
    parser.add_argument('--kind', help='only this kind')
    parser.add_argument('--only', help='only the case of this number')
    parser.add_argument('--save', help='where to keep the file of that case')
    parser.add_argument('--build', default=os.path.join(tempfile.gettempdir(), 'ctcdecode_fuzz'),
                        help='directory to compile in; kept between runs (%(default)s)')
    parser.add_argument('--kenlm_source',
                        help='unpacked KenLM sources; default: those of native_client/fetch_kenlm.py')
    parser.add_argument('--kenlm_bins',
                        help='directory of lmplz and build_binary; default: those of the package deepspeech_kenlm')
    return parser.parse_args()


def main() -> None:
    args = parse_arguments()
    programs = compile_fuzzer(args.build, args.kenlm_source)
    directory = tempfile.mkdtemp()
    try:
        runs = prepare(Workshop(directory, args.kenlm_bins, programs))
        if args.kind and args.kind not in runs:
            raise SystemExit(f'E There is no kind {args.kind}; choose one of {", ".join(runs)}.')
        names = [args.kind] if args.kind else list(runs)
        with ThreadPoolExecutor(args.jobs) as pool:
            passed = list(pool.map(lambda name: fuzz(os.path.join(programs, 'fuzz_loaders'), name, runs[name], args),
                                   names))
    finally:
        shutil.rmtree(directory)
    sys.exit(0 if all(passed) else 1)


if __name__ == '__main__':
    main()
