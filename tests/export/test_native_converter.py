"""The native convert_graphdef_memmapped_format, held to the Python writer that exports use."""

import subprocess
from pathlib import Path

import deepspeech
import pytest
from deepspeech.formats.memory_mapped import memory_mapped

GOLDEN = Path(__file__).resolve().parents[1] / 'golden'
GRAPHS = sorted(GOLDEN.glob('*/output_graph.pb'))
PROGRAM = Path(deepspeech.__file__).resolve().parent / 'bin' / 'convert_graphdef_memmapped_format'


def convert(*arguments):
    """Returns (exit code, stdout, stderr)."""
    done = subprocess.run([str(part) for part in (PROGRAM, *arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          universal_newlines=True, timeout=60)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize('min_bytes', [0, 100, 10000])
@pytest.mark.parametrize('graph', GRAPHS, ids=lambda path: path.parent.name)
def test_both_writers_make_the_same_file(graph, min_bytes, tmp_path):
    pieces, n_converted = memory_mapped(graph.read_bytes(), min_bytes)
    code, out, err = convert('--in_graph', graph, f'--out_graph={tmp_path / "mapped"}',
                             f'--min_conversion_tensor_size={min_bytes}')
    assert (code, out) == (0, f'Converted {n_converted} nodes\n')
    assert err.startswith('W No constant') if n_converted == 0 else err == ''
    assert (tmp_path / 'mapped').read_bytes() == b''.join(pieces)


@pytest.mark.parametrize('content, expected', [
    (b'', 'the file is empty'), (b'no graph at all', 'not a frozen graph'), (b'\x0a\x05\x12\x05Const', 'not a frozen graph'),
    (b''.join(memory_mapped(GRAPHS[0].read_bytes())[0]), 'memory-mapped already')],
    ids=['empty', 'text', 'cut', 'mapped'])
def test_other_files_are_refused_in_one_sentence_and_nothing_is_written(content, expected, tmp_path):
    (tmp_path / 'graph.pb').write_bytes(content)
    code, out, err = convert('--in_graph', tmp_path / 'graph.pb', '--out_graph', tmp_path / 'out')
    assert (code, out, err.count('\n')) == (1, '', 1)
    assert err.startswith(f'E {tmp_path / "graph.pb"}: ') and expected in err
    assert not (tmp_path / 'out').exists()


def test_the_graph_is_not_written_over(tmp_path):
    graph = tmp_path / 'graph.pb'
    graph.write_bytes(GRAPHS[0].read_bytes())
    code, _, err = convert('--in_graph', graph, '--out_graph', graph)
    assert code == 1 and 'would be written over' in err and graph.read_bytes() == GRAPHS[0].read_bytes()


@pytest.mark.parametrize('arguments, expected', [
    (['--out_graph', 'x'], '--in_graph is required'), (['--in_graph', 'missing', '--out_graph', 'x'], 'missing'),
    (['--in_graph', GRAPHS[0], '--out_graph', 'no/such/folder/x'], 'no/such/folder'),
    (['--in_graph', GRAPHS[0], '--out_graph', 'x', '--min_conversion_tensor_size', '-1'], 'below 0'),
    (['--in_graph', GRAPHS[0], '--out_graph', 'x', 'y'], 'y is no argument'), (['--graph', 'x'], 'There is no flag --graph')])
def test_wrong_arguments_are_one_sentence(arguments, expected):
    code, out, err = convert(*arguments)
    assert code != 0 and out == '' and err.startswith('E ') and expected in err and err.count('\n') == 1
