"""Our native libraries: each is loaded in a process of its own, and used.

Short because the probes do it.
"""

from ..errors import DeepSpeechError
from ..lm.programs import Kenlm
from .asking import NoAnswerError, ask
from .findings import Section

# Probe, name, whether nothing works without it, what for, where its source is.
PARTS = (('decoder', 'decoder', True, 'tests and scorers need it', './native_client/ctcdecode'),
         ('client', 'libdeepspeech', False, 'transcribing with exported models needs it', '-e ./native_client/python'),
         ('layers', 'native layers', False, 'trainings on processors take several times as long without it',
          './native_client/layers'))


def examine_native_parts(section: Section) -> None:
    """Adds which native libraries work."""
    for probe, name, is_needed, use, source in PARTS:
        try:
            section.ok(name, ask(probe).values['says'])
        except NoAnswerError as error:
            add = section.fail if is_needed else section.warn
            add(name, error.reason, f'{use}: ' + (error.remedy or f'pip install --force-reinstall --no-deps {source} in the '
                                                              f'checkout, or bash bin/setup.sh'))
    try:
        Kenlm()
        section.ok('KenLM', 'its programs are there')
    except DeepSpeechError as error:
        section.warn('KenLM', error, 'scorers cannot be made; pip install ./native_client/kenlm')
