"""A TensorFlow Lite file in TensorFlow's interpreter, fed as the published client feeds it."""

import warnings

import numpy as np

from deepspeech_training.compat import tf
from deepspeech_training.settings.features import N_CONTEXT


class LiteModel:
    """Gives what a client hears; between calls, memory keeps what no one overwrites, as in the client."""

    def __init__(self, content):
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')  # it will move to another package
            self.interpreter = tf.lite.Interpreter(model_content=content)
        self.interpreter.allocate_tensors()
        self.inputs = {tensor['name']: tensor for tensor in self.interpreter.get_input_details()}
        self.outputs = {tensor['name']: tensor for tensor in self.interpreter.get_output_details()}
        self.memory = {name: np.zeros(tensor['shape'], np.float32) for name, tensor in self.inputs.items()}

    def value(self, name):
        """Returns an output of the last call."""
        return self.interpreter.get_tensor(self.outputs[name]['index']).copy()

    def features(self, window):
        """Returns [1, 26]."""
        self.memory['input_samples'][:] = window
        self._run()
        return self.value('mfccs')

    def windows(self, audio):
        """Returns context windows of the features that the file itself computes; the audio is filled up with zeros."""
        n_frames = (len(audio) - 512) // 320 + 2
        padded = np.pad(audio, (0, 832), 'constant')
        frames = np.concatenate([self.features(padded[at:at + 512]) for at in range(0, n_frames * 320, 320)])
        frames = np.pad(frames, [(N_CONTEXT, N_CONTEXT), (0, 0)], 'constant')
        return np.stack([frames[at:at + 19] for at in range(n_frames)])

    def probabilities(self, windows):
        """Returns [frames, labels + 1] for the windows [frames, 19, 26] of an utterance."""
        n_steps = self.memory['input_node'].shape[1]
        for name in 'ch':
            self.memory[f'previous_state_{name}'][:] = 0
        parts = []
        for start in range(0, len(windows), n_steps):
            part = windows[start:start + n_steps]
            self.memory['input_node'][0, :len(part)] = part
            self._run()
            parts.append(self.value('logits')[:len(part)])
            for name in 'ch':
                self.memory[f'previous_state_{name}'] = self.value(f'new_state_{name}')
        return np.concatenate(parts)

    def _run(self):
        for name, values in self.memory.items():
            self.interpreter.set_tensor(self.inputs[name]['index'], values)
        self.interpreter.invoke()
