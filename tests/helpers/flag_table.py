"""Every flag: its kind, its default, a use of it, and what that use does. A flag without a row here fails the tests.

An effect is what differs in the RunConfig from that of an empty command line; or the sentence a flag is refused with;
or for flags of earlier releases the sentence that is printed, with what differs beside it.

Long because the table stays in one piece.
"""

from collections import namedtuple

# words: arguments. changes: {field of RunConfig: value}. said: part of a sentence. refused: whether it is an error.
Row = namedtuple('Row', 'kind default words changes said refused')

ALPHABET = 'data/tiny-dataset/alphabet.txt'
WAV = 'tests/clips/letters_k.wav'
PLACEHOLDER = '<...>'  # any text between these brackets


def row(kind, default, words, **changes):
    changes = {name.replace('__', '.'): value for name, value in changes.items()}
    return Row(kind, default, words.split(), changes, said='', refused=False)


def old(kind, default, words, said='', **changes):
    return row(kind, default, words, **changes)._replace(said=said)


def refused(kind, default, words, said):
    return row(kind, default, words)._replace(said=said, refused=True)


def augmenting(kind, default, words, *specifications):
    return old(kind, default, words, ' '.join(f'--augment {each}' for each in specifications), augmentations=specifications)


PUBLISHED = {
    # Data sets and input
    'train_files': row('string', '', '--train_files a.csv,b.csv', train__files=('a.csv', 'b.csv')),
    'dev_files': row('string', '', '--dev_files a.csv', dev__files=('a.csv',)),
    'test_files': row('string', '', '--test_files a.csv', test__files=('a.csv',)),
    'metrics_files': row('string', '', '--metrics_files a.csv', metrics__files=('a.csv',)),
    'read_buffer': row('string', '1MB', '--read_buffer 2MB', train__read_bytes=2 << 20, dev__read_bytes=2 << 20,
                       test__read_bytes=2 << 20, metrics__read_bytes=2 << 20),
    'feature_cache': row('string', '', '--feature_cache /tmp/x', feature_cache='/tmp/x'),
    'cache_for_epochs': row('int', 0, '--cache_for_epochs 3', cache_for_epochs=3),
    'feature_win_len': row('int', 32, '--feature_win_len 25', features__window_ms=25),
    'feature_win_step': row('int', 20, '--feature_win_step 10', features__step_ms=10),
    'audio_sample_rate': row('int', 16000, '--audio_sample_rate 8000', features__rate_hz=8000),
    'augment': row('multi string', [], '--augment pitch volume', augmentations=('volume', 'pitch')),
    # Training length, dropout, activation
    'epochs': row('int', 75, '--epochs 3', schedule__epochs=3),
    'dropout_rate': row('float', 0.05, '--dropout_rate 0.2', dropout=(0.2, 0.2, 0.2, 0.2)),
    'dropout_rate2': row('float', -1.0, '--dropout_rate2 0', dropout=(0.05, 0.0, 0.05, 0.05)),
    'dropout_rate3': row('float', -1.0, '--dropout_rate3 0.3', dropout=(0.05, 0.05, 0.3, 0.05)),
    'dropout_rate4': old('float', 0.0, '--dropout_rate4 0.1', '--dropout_rate4 has no effect any more'),
    'dropout_rate5': old('float', 0.0, '--dropout_rate5 0.1',
                         '--dropout_rate6 are the rates after layers 1, 2, 3 and 5'),
    'dropout_rate6': row('float', -1.0, '--dropout_rate6 0.4', dropout=(0.05, 0.05, 0.05, 0.4)),
    'relu_clip': row('float', 20.0, '--relu_clip 10', model__relu_clip=10.0),
    # Optimiser
    'beta1': row('float', 0.9, '--beta1 0.8', optimizer__beta1=0.8),
    'beta2': row('float', 0.999, '--beta2 0.9', optimizer__beta2=0.9),
    'epsilon': row('float', 1e-8, '--epsilon 1e-7', optimizer__epsilon=1e-7),
    'learning_rate': row('float', 0.001, '--learning_rate 0.01', optimizer__learning_rate=0.01,
                         optimizer__learning_rate_is_given=True),
    # Batch sizes
    'train_batch_size': row('int', 1, '--train_batch_size 2', train__batch_size=2),
    'dev_batch_size': row('int', 1, '--dev_batch_size 2', dev__batch_size=2, metrics__batch_size=2),
    'test_batch_size': row('int', 1, '--test_batch_size 2', test__batch_size=2),
    'export_batch_size': row('int', 1, '--export_batch_size 2', export__batch_size=2),
    # Performance and devices
    'inter_op_parallelism_threads': row('int', 0, '--inter_op_parallelism_threads 2', devices__inter_op_threads=2),
    'intra_op_parallelism_threads': row('int', 0, '--intra_op_parallelism_threads 2', devices__intra_op_threads=2),
    # Published: off, so that one program takes all memory of a GPU at once.
    'use_allow_growth': row('bool', True, '--nouse_allow_growth', devices__allow_growth=False),
    'load_cudnn': row('bool', False, '--load_cudnn', checkpoints__load_cudnn=True),
    'train_cudnn': row('bool', False, '--train_cudnn', model__lstm='cudnn'),
    'automatic_mixed_precision': row('bool', False, '--automatic_mixed_precision', model__precision='mixed'),
    # Sample limits and order
    'limit_train': row('int', 0, '--limit_train 2', train__limit=2),
    'limit_dev': row('int', 0, '--limit_dev 2', dev__limit=2, metrics__limit=2),
    'limit_test': row('int', 0, '--limit_test 2', test__limit=2),
    'reverse_train': row('bool', False, '--reverse_train', train__reverse=True),
    'reverse_dev': row('bool', False, '--reverse_dev', dev__reverse=True, metrics__reverse=True),
    'reverse_test': row('bool', False, '--reverse_test', test__reverse=True),
    # Checkpoints
    'checkpoint_dir': row('string', '', '--checkpoint_dir /c', checkpoints__load_dir='/c', checkpoints__save_dir='/c',
                          checkpoints__load_dir_is_given=True, checkpoints__save_dir_is_shared=False),
    'load_checkpoint_dir': row('string', '', '--load_checkpoint_dir /c', checkpoints__load_dir='/c',
                               checkpoints__load_dir_is_given=True, checkpoints__load_dir_is_source=True),
    'save_checkpoint_dir': row('string', '', '--save_checkpoint_dir /c', checkpoints__save_dir='/c',
                               checkpoints__save_dir_is_shared=False),
    'checkpoint_secs': row('int', 600, '--checkpoint_secs 5', checkpoints__every_s=5),
    'max_to_keep': row('int', 5, '--max_to_keep 0', checkpoints__max_to_keep=0),
    'load_train': row('string', 'auto', '--load_train init', checkpoints__load_train='init'),
    'load_evaluate': row('string', 'auto', '--load_evaluate last', checkpoints__load_evaluate='last'),
    'drop_source_layers': row('int', 0, '--drop_source_layers 1', checkpoints__drop_source_layers=1),
    # Export
    'export_dir': row('string', '', '--export_dir e', export__directory='e'),
    'remove_export': row('bool', False, '--remove_export', export__remove_existing=True),
    'export_tflite': row('bool', False, '--export_tflite', export__tflite=True, model__direction='unidirectional'),
    'n_steps': row('int', 16, '--n_steps 16', export__n_steps=16),  # not given: chosen by direction
    'export_zip': row('bool', False, '--export_zip --export_dir e --scorer_path s', export__zipped=True,
                      export__tflite=True, export__directory='e', decoder__scorer_path='s',
                      model__direction='unidirectional'),
    'export_file_name': row('string', 'output_graph', '--export_file_name x', export__file_name='x'),
    'export_beam_width': row('int', 500, '--export_beam_width 10', export__beam_width=10),
    'export_author_id': row('string', 'author', '--export_author_id x', export__card__author_id='x'),
    'export_model_name': row('string', 'model', '--export_model_name x', export__card__model_name='x'),
    'export_model_version': row('string', '0.0.1', '--export_model_version 2', export__card__model_version='2'),
    'export_contact_info': row('string', PLACEHOLDER, '--export_contact_info x', export__card__contact_info='x'),
    'export_license': row('string', PLACEHOLDER, '--export_license x', export__card__license='x'),
    'export_language': row('string', PLACEHOLDER, '--export_language x', export__card__language='x'),
    'export_min_ds_version': row('string', PLACEHOLDER, '--export_min_ds_version 1', export__card__min_ds_version='1'),
    'export_max_ds_version': row('string', PLACEHOLDER, '--export_max_ds_version 1', export__card__max_ds_version='1'),
    'export_description': row('string', PLACEHOLDER, '--export_description x', export__card__description='x'),
    # Reporting
    'log_level': row('int', 1, '--log_level 0', report__log_level=0),
    'show_progressbar': row('bool', True, '--noshow_progressbar', report__show_progressbar=False),
    'log_placement': row('bool', False, '--log_placement', devices__log_placement=True),
    'report_count': row('int', 5, '--report_count 3', report__report_count=3),
    'summary_dir': row('string', '', '--summary_dir s', report__summary_dir='s'),
    'test_output_file': row('string', '', '--test_output_file o.json', report__test_output_file='o.json'),
    'report_file': row('string', '', '--report_file r.html', report__report_file='r.html'),
    'predictions_file': row('string', '', '--predictions_file p.jsonl', report__predictions_file='p.jsonl'),
    'compare': row('string', '', '--compare before.jsonl', report__compare='before.jsonl'),
    # Geometry and initialisation
    'n_hidden': row('int', 2048, '--n_hidden 64', model__n_hidden=64),
    'layer_norm': row('bool', False, '--layer_norm', model__layer_norm=True),
    'random_seed': row('int', 4568, '--random_seed 1', seed=1),
    # Early stopping and plateau handling
    'early_stop': row('bool', False, '--early_stop', schedule__early_stop=True),
    'es_epochs': row('int', 25, '--es_epochs 3', schedule__es_epochs=3),
    'es_min_delta': row('float', 0.05, '--es_min_delta 0.1', schedule__es_min_delta=0.1),
    'reduce_lr_on_plateau': row('bool', False, '--reduce_lr_on_plateau', schedule__reduce_lr_on_plateau=True),
    'plateau_epochs': row('int', 10, '--plateau_epochs 3', schedule__plateau_epochs=3),
    'plateau_reduction': row('float', 0.1, '--plateau_reduction 0.5', schedule__plateau_reduction=0.5),
    'force_initialize_learning_rate': row('bool', False, '--force_initialize_learning_rate',
                                          optimizer__force_initial_rate=True),
    # Decoder
    'bytes_output_mode': row('bool', False, '--bytes_output_mode --alphabet_config_path /gone',
                             alphabet='--bytes_output_mode', model__n_labels=255),
    'alphabet_config_path': row('string', 'data/alphabet.txt', f'--alphabet_config_path {ALPHABET}', alphabet=ALPHABET),
    'scorer_path': row('string', '', '--scorer_path s', decoder__scorer_path='s'),
    'scorer': row('string', '', '--scorer s', decoder__scorer_path='s'),
    'beam_width': row('int', 1024, '--beam_width 16', decoder__beam_width=16),
    'lm_alpha': row('float', 0.931289039105002, '--lm_alpha 1', decoder__lm_alpha=1.0),
    'lm_beta': row('float', 1.1834137581510284, '--lm_beta 2', decoder__lm_beta=2.0),
    'cutoff_prob': row('float', 1.0, '--cutoff_prob 0.9', decoder__cutoff_prob=0.9),
    'cutoff_top_n': row('int', 300, '--cutoff_top_n 40', decoder__cutoff_top_n=40),
    # One-shot inference and lm_optimizer.py
    'one_shot_infer': row('string', '', f'--one_shot_infer {WAV}', one_shot_file=WAV),
    'lm_alpha_max': row('float', 5.0, '--lm_alpha_max 2', search__alpha_max=2.0),
    'lm_beta_max': row('float', 5.0, '--lm_beta_max 2', search__beta_max=2.0),
    'n_trials': row('int', 2400, '--n_trials 2', search__n_trials=2),
}

OURS = {
    'data_report': row('string enum', 'auto', '--data_report off', report__data_report='off'),
    'text_policy': row('string enum', 'error', '--text_policy drop_clip', text_policy='drop_clip'),
    'batch_seconds': row('float', 0.0, '--batch_seconds 30', **{
        f'{name}__{field}': value for name in ('train', 'dev', 'metrics')
        for field, value in (('batch_seconds', 30.0), ('batch_size', 0))}),
    'loader_threads': row('int', 0, '--loader_threads 2', devices__n_loader_threads=2),
    'export_quantize': row('bool', True, '--noexport_quantize', export__quantized=False),
    'notify': row('multi string', [], '--notify https://a/b', notify__urls=('https://a/b',)),
    'export_onnx': row('bool', False, '--export_onnx', export__onnx=True),
    'deterministic': row('bool', False, '--deterministic', devices__deterministic=True),
    'feature_set': row('string enum', 'auto', '--feature_set v0.4', features__feature_set='v0.4'),
    'initialize_from_frozen_model': row('string', '', f'--initialize_from_frozen_model {WAV}', checkpoints__frozen_model=WAV),
    'fast_decoding': row('bool', False, '--fast_decoding', decoder__fast=True),
    'lstm_impl': row('string enum', 'auto', '--lstm_impl block', model__lstm='block'),
    'precision': row('string enum', 'auto', '--precision float32', model__precision='float32'),
    'rnn_direction': row('string enum', 'auto', '--rnn_direction unidirectional', model__direction='unidirectional'),
    'accumulate_steps': row('int', 1, '--accumulate_steps 4', optimizer__n_steps=4),
    'average_checkpoints': row('int', 0, '--average_checkpoints 3', checkpoints__n_average=3),
    'recipe': old('string enum', 'none', '--recipe small', '--recipe small means --augment preset=small', **{
        'augmentations': ('pitch[p=0.5,pitch=1~0.1]', 'tempo[p=0.5,factor=1~0.2]'), 'dropout': (0.1, 0.1, 0.1, 0.1),
        'train__batch_size': 8, 'optimizer__ema_decay': 0.99, 'optimizer__learning_rate': 0.002,
        'schedule__rate_schedule': 'one_cycle'}),
    'ema_decay': row('float', 0.0, '--ema_decay 0.99', optimizer__ema_decay=0.99),
    'clip_gradient_norm': row('float', 0.0, '--clip_gradient_norm 5', optimizer__max_norm=5.0),
    'weight_decay': row('float', 0.0, '--weight_decay 0.01', optimizer__weight_decay=0.01),
    'lr_schedule': row('string enum', 'constant', '--lr_schedule warmup_linear', schedule__rate_schedule='warmup_linear'),
    'warmup_epochs': row('float', 0.0, '--warmup_epochs 1.5', schedule__warmup_epochs=1.5),
    'best_by': row('string enum', 'loss', '--best_by wer', schedule__best_by='wer', schedule__es_min_delta=0.001),
    'track': row('string', '', '--track wandb,mlflow', report__trackers=('wandb', 'mlflow')),
    'total_epochs': row('int', 0, '--total_epochs 3', schedule__total_epochs=3),
    'shuffle_batches': row('bool', True, '--noshuffle_batches', shuffle_batches=False),
}

NO_WEIGHTS = {'decoder__lm_alpha': None, 'decoder__lm_beta': None}  # those of the language model are taken
STDDEV = "weights start from Glorot's distribution"
STOPPING = 'with --early_stop, which is off unless it is given, --es_epochs and --es_min_delta decide'
ALL_WORKERS = 'every process of --worker_hosts takes part in every update'
NO_COORDINATOR = 'the processes of --worker_hosts share the batches by their numbers'
NO_WARP = 'the nearest to it is --augment warp'
WORKERS = '--worker_hosts localhost:1,127.0.0.1:2 --job_name worker'

# Of releases 0.1 to 0.8 and of the Russian fork.
EARLIER = {
    'epoch': old('int', 75, '--epoch -3', '--epoch -3 means --epochs 3 today', schedule__epochs=3),
    'batch_size': old('int', None, '--batch_size 8', '--batch_size 8 means --train_batch_size 8 --dev_batch_size 8 '
                      '--test_batch_size 8', train__batch_size=8, dev__batch_size=8, test__batch_size=8, metrics__batch_size=8),
    'lm_binary_path': row('string', '', '--lm_binary_path b', decoder__lm_binary_path='b', **NO_WEIGHTS),
    'lm_trie_path': row('string', '', '--lm_binary_path b --lm_trie_path t', decoder__lm_binary_path='b',
                        decoder__lm_trie_path='t', **NO_WEIGHTS),
    'lm_weight': old('float', 1.75, '--lm_weight 2.302585092994046', 'means --lm_alpha 1 today', decoder__lm_alpha=1.0),
    'word_count_weight': old('float', 1.0, '--lm_weight 4.605170185988092 --word_count_weight 0.5 '
                             '--valid_word_count_weight 0.25',
                             '--word_count_weight 0.5 and --valid_word_count_weight 0.25',
                             decoder__lm_alpha=2.0, decoder__lm_beta=0.75 * 4.605170185988092),
    'valid_word_count_weight': old('float', 1.0, '--valid_word_count_weight 2', '--lm_beta 3.5 today',
                                   decoder__lm_beta=3.5),
    'train': row('bool', True, '--train=0 --train_files a.csv --test_files a.csv', test__files=('a.csv',)),
    'test': row('bool', True, '--notest --train_files a.csv --test_files a.csv', train__files=('a.csv',)),
    'test_use_lm': row('bool', True, '--test_use_lm false --test_files a.csv --lm_binary_path b --lm_trie_path t',
                       test__files=('a.csv',)),
    'infer_use_lm': row('bool', True, f'--noinfer_use_lm --one_shot_infer {WAV} --scorer s', one_shot_file=WAV),
    'default_stddev': old('float', None, '--default_stddev 0.046875', STDDEV),
    **{f'{kind}{layer}_stddev': old('float', None, f'--{kind}{layer}_stddev 0.1', STDDEV)
       for layer in (1, 2, 3, 5, 6) for kind in 'bh'},
    'use_warpctc': old('bool', False, '--use_warpctc', "the loss is TensorFlow's CTC"),
    'use_seq_length': old('bool', True, '--use_seq_length False', 'exported models always take the length'),
    'xla': old('bool', False, '--xla', '--lstm_impl and --precision choose'),
    'validation_step': old('int', 1, '--validation_step 5', 'every epoch is validated'),
    'display_step': old('int', 0, '--display_step 5', 'word error rates come from --test_files'),
    'checkpoint_step': old('int', None, '--checkpoint_step 1', 'every epoch is saved'),
    'earlystop_nsteps': old('int', None, '--earlystop_nsteps 4', STOPPING),
    'estop_mean_thresh': old('float', None, '--estop_mean_thresh 0.5', STOPPING),
    'estop_std_thresh': old('float', None, '--estop_std_thresh 0.5', STOPPING),
    'wer_log_pattern': old('string', '', '--wer_log_pattern %s%s%f', '--test_output_file'),
    'decoder_library_path': old('string', None, '--decoder_library_path a.so', 'ds_ctcdecoder'),
    'export_version': old('int', 1, '--export_version 2', '--export_model_version is written on the card'),
    'log_telegram': row('bool', False, '--log_telegram=1', notify__telegram=True),
    'telegram_cred_path': row('string', 'telegram_credentials.json', '--telegram_cred_path x.json',
                              notify__credentials_path='x.json', notify__credentials_are_given=True),
    'cut_clean_output': old('string', '', '--cut_clean_output x', 'it never had one'),
    'replicas': old('int', -1, '--replicas 2', ALL_WORKERS),
    'replicas_to_agg': old('int', -1, '--replicas_to_agg -2', '--replicas_to_agg -2 means --accumulate_steps 2 today',
                           optimizer__n_steps=2),
    'iters_per_worker': old('int', 1, '--iters_per_worker 2', NO_COORDINATOR),
    'coord_host': old('string', 'localhost', '--coord_host a', NO_COORDINATOR),
    'coord_port': old('int', 2500, '--coord_port 2501', NO_COORDINATOR),
    'coord_retries': old('int', 100, '--coord_retries 10', NO_COORDINATOR),
    'log_traffic': old('bool', False, '--log_traffic', NO_COORDINATOR),
    'lm': row('string', '', '--lm b', decoder__lm_binary_path='b', **NO_WEIGHTS),
    'trie': row('string', '', '--lm b --trie t', decoder__lm_binary_path='b', decoder__lm_trie_path='t', **NO_WEIGHTS),
    'load': old('string', 'auto', '--load best', '--load best means --load_train best --load_evaluate best today',
                checkpoints__load_train='best', checkpoints__load_evaluate='best'),
    'utf8': row('bool', False, '--utf8', alphabet='--bytes_output_mode', model__n_labels=255),
    'use_cudnn_rnn': row('bool', False, '--use_cudnn_rnn', model__lstm='cudnn'),
    'cudnn_checkpoint': old('string', '', '--cudnn_checkpoint c/best_dev-7',
                            'means --load_checkpoint_dir c --load_cudnn today', checkpoints__load_dir='c',
                            checkpoints__load_dir_is_given=True, checkpoints__load_dir_is_source=True,
                            checkpoints__load_cudnn=True),
    'source_model_checkpoint_dir': old('string', '', '--source_model_checkpoint_dir s', 'means --load_checkpoint_dir s today',
                                       checkpoints__load_dir='s', checkpoints__load_dir_is_given=True,
                                       checkpoints__load_dir_is_source=True),
    'es_steps': old('int', None, '--es_steps 4', STOPPING),
    'es_mean_th': old('float', None, '--es_mean_th 0.5', STOPPING),
    'es_std_th': old('float', None, '--es_std_th 0.5', STOPPING),
    'summary_secs': old('int', 0, '--summary_secs 60', 'a point for each step and epoch'),
    'fulltrace': old('bool', False, '--fulltrace', 'no trace of the operations'),
    **{f'{name}_cached_features_path': old('string', '', f'--{name}_cached_features_path x.hdf5', '--feature_cache says where')
       for name in ('train', 'dev', 'test')},
    'fine_tune': old('bool', True, '--nofine_tune', 'layers that were taken over are always trained on'),
    'data_aug_features_additive': augmenting('float', 0.0, '--data_aug_features_additive 0.3',
                                             'add[domain=features,stddev=0.3]'),
    'data_aug_features_multiplicative': augmenting('float', 0.0, '--data_aug_features_multiplicative 0.3',
                                                   'multiply[domain=features,stddev=0.3]'),
    'augmentation_spec_dropout_keeprate': augmenting('float', 1.0, '--augmentation_spec_dropout_keeprate 0.9',
                                                     'dropout[rate=0.1]'),
    'augmentation_speed_up_std': old('float', 0.0, '--augmentation_speed_up_std 0.1', 'the nearest to it is --augment tempo'),
    **{f'augmentation_freq_and_time_masking{number}': augmenting(
        kind, default, f'--augmentation_freq_and_time_masking {words}', *specifications)
       for number, kind, default, words, *specifications in (
           ('', 'bool', False, '', 'frequency_mask[n=3,size=2~2]', 'time_mask[n=3,size=20~20]'),
           ('_freq_mask_range', 'string', None, '--augmentation_freq_and_time_masking_freq_mask_range 9',
            'frequency_mask[n=3,size=4~4]', 'time_mask[n=3,size=20~20]'),
           ('_number_freq_masks', 'string', None, '--augmentation_freq_and_time_masking_number_freq_masks 2',
            'frequency_mask[n=2,size=2~2]', 'time_mask[n=3,size=20~20]'),
           ('_time_mask_range', 'string', None, '--augmentation_freq_and_time_masking_time_mask_range 4',
            'frequency_mask[n=3,size=2~2]', 'time_mask[n=3,size=40~40]'),
           ('_number_time_masks', 'string', None, '--augmentation_freq_and_time_masking_number_time_masks 2',
            'frequency_mask[n=3,size=2~2]', 'time_mask[n=2,size=20~20]'))},
    **{f'augmentation_pitch_and_tempo_scaling{number}': augmenting(
        kind, default, f'--augmentation_pitch_and_tempo_scaling {words}', *specifications)
       for number, kind, default, words, *specifications in (
           ('', 'bool', False, '', 'pitch[pitch=1.075~0.125]', 'tempo[factor=1.1~0.1]'),
           ('_min_pitch', 'string', None, '--augmentation_pitch_and_tempo_scaling_min_pitch 0.8', 'pitch[pitch=1~0.2]',
            'tempo[factor=1.1~0.1]'),
           ('_max_pitch', 'string', None, '--augmentation_pitch_and_tempo_scaling_max_pitch 1.05', 'pitch[pitch=1~0.05]',
            'tempo[factor=1.1~0.1]'),
           ('_max_tempo', 'string', None, '--augmentation_pitch_and_tempo_scaling_max_tempo 1.4', 'pitch[pitch=1.075~0.125]',
            'tempo[factor=1.2~0.2]'))},
    'augmentation_sparse_warp': old('bool', False, '--augmentation_sparse_warp', NO_WARP),
    **{f'augmentation_sparse_warp_{name}': old('string', None, f'--augmentation_sparse_warp '
                                               f'--augmentation_sparse_warp_{name} 3', NO_WARP)
       for name in ('num_control_points', 'time_warping_para', 'interpolation_order', 'regularization_weight',
                    'num_boundary_points')},
    'ps_hosts': row('string', '', f'{WORKERS} --ps_hosts localhost:3', cluster__workers=('localhost:1', '127.0.0.1:2'),
                    cluster__servers=('localhost:3',)),
    'worker_hosts': row('string', '', WORKERS, cluster__workers=('localhost:1', '127.0.0.1:2')),
    'job_name': row('string enum', 'localhost', '--worker_hosts localhost:1 --ps_hosts localhost:3 --job_name ps',
                    cluster__workers=('localhost:1',), cluster__servers=('localhost:3',), cluster__is_server=True),
    'task_index': row('int', 0, f'{WORKERS} --task_index 1', cluster__workers=('localhost:1', '127.0.0.1:2'),
                      cluster__task_index=1),
    'cluster': refused('string enum', 'flags', '--cluster auto', 'neither TF_CONFIG nor SLURM_PROCID is set here'),
    'cluster_port': refused('int', 3000, '--cluster_port 65536', 'ports go from 1 to 65535'),
    'cluster_timeout': row('int', 120, '--cluster_timeout 60', cluster__timeout_s=60),
    'reduce_precision': row('string enum', 'float32', '--reduce_precision bfloat16', cluster__reduce_precision='bfloat16'),
    'cluster_trusted_network': row('bool', False, '--cluster_trusted_network', cluster__is_trusted_network=True),
}
TABLE = dict(PUBLISHED, **OURS, **EARLIER)
