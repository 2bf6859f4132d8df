"""A client over TensorFlow itself, step by step as published ones do it: the judge of exported graphs."""

import numpy as np

from deepspeech_training.compat import tf
from deepspeech_training.settings.features import N_CONTEXT, WINDOW_FRAMES, FeatureConfig
from deepspeech_training.text.alphabet import Alphabet

TENSORS = ('input_samples', 'mfccs', 'input_node', 'input_lengths', 'previous_state_c', 'previous_state_h', 'logits',
           'new_state_c', 'new_state_h')


class TensorFlowModel:
    """A frozen inference graph, opened; use it in a `with` statement. `output` names the node that its probabilities are of."""

    def __init__(self, path, output='logits'):
        graph = tf.Graph()
        with open(path, 'rb') as file, graph.as_default():
            definition = tf.GraphDef.FromString(file.read())
            tf.import_graph_def(definition, name='')
        self._tensor = {name: graph.get_tensor_by_name(f'{name}:0') for name in TENSORS}
        self._tensor['logits'] = graph.get_tensor_by_name(f'{output}:0')
        self._session = tf.Session(graph=graph)
        times = [int(self._metadata(name)) for name in ('sample_rate', 'feature_win_len', 'feature_win_step')]
        is_legacy = any(node.name == 'metadata_feature_set' for node in definition.node)
        feature_set = self._metadata('feature_set').decode('utf-8') if is_legacy else 'current'
        self.features = FeatureConfig(*times, feature_set=feature_set)
        self.beam_width = int(self._metadata('beam_width'))
        self.alphabet = Alphabet.from_serialized(self._metadata('alphabet'), source=path)
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
