"""Runs a client in a process of its own, for client_runtimes.py: `client_worker.py RUNTIME THREADS MODEL [SCORER]`.

  deepspeech          the published package, which takes as many threads as it likes
  ours                native_client/python, and so much of the environment as it needs
  ours-streamed       the same, given the audio in pieces of 20 ms
  onnxruntime         pip install onnxruntime; the steps of a call as for clients that stream
  onnxruntime-whole   each utterance in one call
  litert              pip install ai-edge-litert

Prints `ready` once the model is loaded. Then takes paths of `.npy` files with int16 samples, one a line, and answers each
with a line of JSON: seconds of wall clock and of processor time, text, peak memory so far in KiB.
"""

import base64
import json
import os
import sys
import time
from typing import Any, Callable, Iterable, Iterator, List, Sequence, Tuple

import numpy as np

N_CONTEXT, N_FEATURES = 9, 26
BEAM_WIDTH, CUTOFF_TOP_N = 500, 40  # the published client's
PIECE_SAMPLES = 320

Transcribe = Callable[[np.ndarray], str]  # from int16 samples to text
State = Tuple[np.ndarray, np.ndarray]  # c and h, float32 [1, cell]
Step = Callable[[np.ndarray, State], Tuple[np.ndarray, State]]  # (windows, state) -> (probabilities, state)


def deepspeech(model_path: str, scorer_path: str, **options: Any) -> Transcribe:
    from deepspeech import Model
    model = Model(model_path, **options)
    if scorer_path:
        model.enableExternalScorer(scorer_path)
    return model.stt


def streamed(model_path: str, scorer_path: str, **options: Any) -> Transcribe:
    from deepspeech import Model
    model = Model(model_path, **options)
    if scorer_path:
        model.enableExternalScorer(scorer_path)

    def text(audio: np.ndarray) -> str:
        stream = model.createStream()
        for start in range(0, len(audio), PIECE_SAMPLES):
            stream.feedAudioContent(audio[start:start + PIECE_SAMPLES])
        return stream.finishStream()
    return text


def onnxruntime(model_path: str, scorer_path: str, n_threads: int, whole: bool = False) -> Transcribe:
    import onnxruntime as runtime
    options = runtime.SessionOptions()
    options.intra_op_num_threads = n_threads
    session = runtime.InferenceSession(model_path, options, providers=['CPUExecutionProvider'])
    described = session.get_modelmeta().custom_metadata_map
    n_cell = session.get_inputs()[3].shape[1]
    search = decoder(base64.b64decode(described['metadata_alphabet']), scorer_path)
    rest = {'input_samples': np.zeros(0, np.float32), 'input_lengths': np.zeros(1, np.int32),
            'input_node': np.zeros((1, 0, 2 * N_CONTEXT + 1, N_FEATURES), np.float32),
            'previous_state_c': np.zeros((1, n_cell), np.float32), 'previous_state_h': np.zeros((1, n_cell), np.float32)}

    def run(outputs: Sequence[str], **feeds: np.ndarray) -> List[np.ndarray]:
        return session.run(outputs, dict(rest, **feeds))

    def step(windows: np.ndarray, state: State) -> Tuple[np.ndarray, State]:
        probabilities, c, h = run(['logits', 'new_state_c', 'new_state_h'], input_node=windows[np.newaxis],
                                  input_lengths=np.array([len(windows)], np.int32), previous_state_c=state[0],
                                  previous_state_h=state[1])
        return probabilities[:, 0], (c, h)

    def text(audio: np.ndarray) -> str:
        frames = run(['mfccs'], input_samples=samples_of(audio))[0]
        n_steps = len(frames) if whole else int(described['n_steps'])
        return search(step_by_step(step, frames, n_steps, (rest['previous_state_c'], rest['previous_state_h'])))
    return text


def litert(model_path: str, scorer_path: str, n_threads: int) -> Transcribe:
    from ai_edge_litert.interpreter import Interpreter
    interpreter = Interpreter(model_path, num_threads=n_threads)
    interpreter.allocate_tensors()
    inputs = {tensor['name']: tensor['index'] for tensor in interpreter.get_input_details()}
    outputs = {tensor['name']: tensor['index'] for tensor in interpreter.get_output_details()}
    # These interpreters compute all outputs in every call: features are had for the price of a step of the network.
    n_steps = interpreter.get_input_details()[0]['shape'][1]
    interpreter.invoke()
    search = decoder(interpreter.get_tensor(outputs['metadata_alphabet'])[0], scorer_path)

    def step(windows: np.ndarray, state: State) -> Tuple[np.ndarray, State]:
        interpreter.set_tensor(inputs['input_node'], filled(windows, n_steps)[np.newaxis])
        for name, part in zip('ch', state):
            interpreter.set_tensor(inputs[f'previous_state_{name}'], part)
        interpreter.invoke()
        c, h = (interpreter.get_tensor(outputs[f'new_state_{name}']) for name in 'ch')
        return interpreter.get_tensor(outputs['logits'])[:len(windows)], (c, h)

    def text(audio: np.ndarray) -> str:
        from numpy_client.mfcc import audio_spectrogram, mfcc
        spectrogram = audio_spectrogram({'window_size': 512, 'stride': 320, 'magnitude_squared': True},
                                        samples_of(audio)[:, np.newaxis])
        frames = mfcc({'upper_frequency_limit': 8000., 'dct_coefficient_count': N_FEATURES}, spectrogram, np.array(16000))[0]
        zeros = np.zeros(interpreter.get_tensor(outputs['new_state_c']).shape, np.float32)
        return search(step_by_step(step, frames, n_steps, (zeros, zeros)))
    return text


RUNTIMES = {'deepspeech': lambda model, scorer, n_threads: deepspeech(model, scorer),
            'ours': lambda model, scorer, n_threads: deepspeech(model, scorer, n_threads=n_threads),
            'ours-streamed': lambda model, scorer, n_threads: streamed(model, scorer, n_threads=n_threads),
            'onnxruntime': onnxruntime,
            'onnxruntime-whole': lambda model, scorer, n_threads: onnxruntime(model, scorer, n_threads, whole=True),
            'litert': litert}


def samples_of(audio: np.ndarray) -> np.ndarray:
    """Returns int16 samples as models take them: scaled, the end filled up to one window more than whole ones fit."""
    n_frames = max(0, 1 + (len(audio) - 512) // 320) + 1
    return filled(audio.astype(np.float32) / 32768, 512 + (n_frames - 1) * 320)


def step_by_step(step: Step, frames: np.ndarray, n_steps: int, state: State) -> Iterator[np.ndarray]:
    """Yields the probabilities of each call of an utterance."""
    context = np.zeros((N_CONTEXT, N_FEATURES), np.float32)
    padded = np.concatenate([context, frames, context])
    windows = np.stack([padded[start:start + 2 * N_CONTEXT + 1] for start in range(len(frames))])
    for start in range(0, len(windows), n_steps):
        probabilities, state = step(windows[start:start + n_steps], state)
        yield probabilities


def filled(values: np.ndarray, n: int) -> np.ndarray:
    """Returns the first `n` values, zeros after the last one."""
    values = values[:n]
    return np.concatenate([values, np.zeros((n - len(values),) + values.shape[1:], values.dtype)])


def decoder(alphabet: bytes, scorer_path: str) -> Callable[[Iterable[np.ndarray]], str]:
    """Returns a function from parts of an utterance's probabilities to its text."""
    from ds_ctcdecoder import ctcdecode
    labels = ctcdecode.Alphabet.from_serialized(alphabet)
    scorer = ctcdecode.Scorer.load(os.fsencode(scorer_path), labels) if scorer_path else None
    options = ctcdecode.DecoderOptions(beam_width=BEAM_WIDTH, cutoff_top_n=CUTOFF_TOP_N)

    def text(parts: Iterable[np.ndarray]) -> str:
        search = ctcdecode.Stream(labels, scorer, options)
        for probabilities in parts:
            search.feed(probabilities)
        return search.results(1)[0].text
    return text


def peak_kib() -> int:
    with open('/proc/self/status') as file:
        return next(int(line.split()[1]) for line in file if line.startswith('VmHWM'))


def main() -> None:
    answers = os.fdopen(os.dup(1), 'w')
    os.dup2(2, 1)  # clients print about themselves
    runtime, n_threads, model_path, scorer_path = (sys.argv[1:] + [''])[:4]
    transcribe = RUNTIMES[runtime](model_path, scorer_path, int(n_threads))
    print('ready', file=answers, flush=True)
    for line in sys.stdin:
        audio = np.load(line.rstrip('\n'))
        started, of_processor = time.perf_counter(), time.process_time()
        text = transcribe(audio)
        print(json.dumps([time.perf_counter() - started, time.process_time() - of_processor, text, peak_kib()]),
              file=answers, flush=True)


if __name__ == '__main__':
    main()
