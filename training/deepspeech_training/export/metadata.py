"""What an exported model says about itself, in every format."""

GRAPH_VERSION = 6


def metadata(run):
    """Returns {name: int or bytes} of what clients read when they open a model.

    Args:
      run: RunConfig.
    """
    values = {
        'metadata_version': GRAPH_VERSION,
        'metadata_sample_rate': run.features.rate_hz,
        'metadata_feature_win_len': run.features.window_ms,
        'metadata_feature_win_step': run.features.step_ms,
        'metadata_beam_width': run.export.beam_width,
        'metadata_alphabet': run.alphabet.serialize(),
    }
    language = run.export.card.language
    if language and not language.startswith('<'):
        values['metadata_language'] = language.encode('utf-8')
    if run.features.legacy:  # published clients need not know, but who takes up the weights does
        values['metadata_feature_set'] = run.features.feature_set.encode('utf-8')
    return values
