"""Runs an exported graph on audio, step by step as the published clients do."""

import numpy as np
from google.protobuf.message import DecodeError

from ..compat import tf
from ..config import FeatureConfig, N_CONTEXT, WINDOW_FRAMES
from ..errors import ExportError
from ..text.alphabet import Alphabet
from .metadata import GRAPH_VERSION


class ExportedModel:
    """A frozen inference graph, opened; use it in a `with` statement.

    Attributes:
      alphabet: Alphabet stored in the model.
      features: FeatureConfig it was trained with.
      beam_width: what it suggests for decoding.
      n_steps: frames per call.
    Raises:
      ExportError: the file is not such a graph.
    """

    def __init__(self, path):
        graph = tf.Graph()
        try:
            with open(path, 'rb') as file:
                definition = tf.GraphDef.FromString(file.read())
            with graph.as_default():
                tf.import_graph_def(definition, name='')
            self._tensor = {name: graph.get_tensor_by_name(f'{name}:0') for name in (
                'input_samples', 'mfccs', 'input_node', 'input_lengths', 'previous_state_c', 'previous_state_h',
                'logits', 'new_state_c', 'new_state_h')}
            self._session = tf.Session(graph=graph)
            version = int(self._metadata('version'))
            times = [int(self._metadata(name)) for name in ('sample_rate', 'feature_win_len', 'feature_win_step')]
            is_early = any(node.name == 'metadata_feature_set' for node in definition.node)
            feature_set = self._metadata('feature_set').decode('utf-8') if is_early else 'current'
            self.features = FeatureConfig(*times, feature_set=feature_set)
            self.beam_width = int(self._metadata('beam_width'))
            alphabet = self._metadata('alphabet')
        except OSError as error:
            raise ExportError(f'{path}: cannot be read ({error.strerror}); pass the path of an exported model.') from error
        except (KeyError, ValueError, tf.errors.OpError, DecodeError) as error:
            reason = str(error).split('\n')[0]
            raise ExportError(f'{path}: not a model exported for clients ({reason}); export it with --export_dir.') from error
        if version < GRAPH_VERSION:
            raise ExportError(f'{path}: graph version {version}, at least {GRAPH_VERSION} is needed; export the model '
                              f'again.')
        self.alphabet = Alphabet.from_serialized(alphabet, source=path)
        self.n_steps = self._tensor['input_node'].shape.as_list()[1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._session.close()

    def probabilities(self, samples):
        """Returns label probabilities float32 [frames, labels + 1] of one utterance.

        Args:
          samples: float32 [n_samples], mono, in [-1, 1), at `features.rate_hz`.
        """
        frames = self._features(samples)
        context = np.zeros([N_CONTEXT, frames.shape[1]], np.float32)
        padded = np.concatenate([context, frames, context])
        windows = np.stack([padded[start:start + WINDOW_FRAMES] for start in range(len(frames))])
        state = np.zeros([2] + self._tensor['previous_state_c'].shape.as_list(), np.float32)
        parts = []
        for start in range(0, len(windows), self.n_steps):
            part, state = self._step(windows[start:start + self.n_steps], state)
            parts.append(part)
        return np.concatenate(parts)

    def _step(self, windows, state):
        n_valid = len(windows)
        filled = np.zeros(self._tensor['input_node'].shape.as_list(), np.float32)  # the first of the batch is used
        filled[0, :n_valid] = windows
        logits, c, h = self._session.run(
            [self._tensor[name] for name in ('logits', 'new_state_c', 'new_state_h')],
            {self._tensor['input_node']: filled, self._tensor['input_lengths']: [n_valid] * len(filled),
             self._tensor['previous_state_c']: state[0], self._tensor['previous_state_h']: state[1]})
        return logits[:n_valid, 0], (c, h)

    def _features(self, samples):
        """Returns [frames, 26]; like the published client, one more window than whole ones fit, filled with zeros."""
        window, step = self.features.window_samples, self.features.step_samples
        n_frames = max(0, 1 + (len(samples) - window) // step) + 1
        padded = np.zeros(window + (n_frames - 1) * step, np.float32)
        padded[:len(samples)] = samples[:len(padded)]
        return np.concatenate([
            self._session.run(self._tensor['mfccs'], {self._tensor['input_samples']: padded[at:at + window]})
            for at in range(0, n_frames * step, step)])

    def _metadata(self, name):
        return self._session.run(f'metadata_{name}:0')[0]
