"""Which flag came with which release of the trainer, and how scripts of that time use it.

From the pages of the releases: their training documentation, their recipes and the listings of `--helpfull` that people have
posted. What came later stands with the release that brought it; what a later one dropped, scripts use nevertheless.
"""

from typing import Dict

WAV = 'tests/clips/letters_k.wav'
PREFIX_OF_CHECKPOINT = 'checkpoints/best_dev-7'


def numbers(*names: str) -> Dict[str, str]:
    return dict.fromkeys(names, '1')


def words(*names: str) -> Dict[str, str]:
    return dict.fromkeys(names, 'x')


def switches(*names: str) -> Dict[str, str]:
    return dict.fromkeys(names, '')


BROUGHT: Dict[str, Dict[str, str]] = {
    'v0.1.0': {
        **words('train_files', 'dev_files', 'test_files', 'decoder_library_path', 'checkpoint_dir', 'export_dir', 'summary_dir',
                'wer_log_pattern', 'lm_binary_path', 'lm_trie_path', 'coord_host'),
        **{f'dropout_rate{layer}': '0.3' for layer in ('', 2, 3, 4, 5, 6)},
        **numbers('epoch', 'relu_clip', 'train_batch_size', 'dev_batch_size', 'test_batch_size', 'limit_train', 'limit_dev',
                  'limit_test', 'display_step', 'validation_step', 'checkpoint_step', 'checkpoint_secs', 'max_to_keep',
                  'export_version', 'log_level', 'report_count', 'n_hidden', 'random_seed', 'default_stddev',
                  'earlystop_nsteps', 'estop_mean_thresh', 'estop_std_thresh', 'beam_width', 'lm_weight',
                  'word_count_weight', 'valid_word_count_weight', 'replicas', 'replicas_to_agg', 'coord_port',
                  'coord_retries', 'iters_per_worker', 'summary_secs', 'epsilon', 'learning_rate',
                  *(f'{kind}{layer}_stddev' for kind in 'bh' for layer in (1, 2, 3, 5, 6))),
        **switches('train', 'test', 'use_seq_length', 'remove_export', 'use_warpctc', 'log_placement', 'log_traffic',
                   'fulltrace', 'early_stop'),
        'beta1': '0.9', 'beta2': '0.99', 'one_shot_infer': WAV, 'alphabet_config_path': 'data/alphabet.txt',
        # One process is what these ask for.
        'ps_hosts': '', 'worker_hosts': '', 'job_name': 'localhost', 'task_index': '0',
    },
    'v0.1.1': {'initialize_from_frozen_model': WAV},
    'the Russian fork': {**words('telegram_cred_path', 'cut_clean_output'),
                         **switches('log_telegram', 'show_progressbar', 'xla', 'infer_use_lm', 'test_use_lm')},
    'v0.2.0': {**numbers('n_steps')},
    'v0.3.0': {**words('train_cached_features_path', 'dev_cached_features_path', 'test_cached_features_path')},
    'v0.4.0': {**numbers('lm_alpha', 'lm_beta', 'inter_op_parallelism_threads', 'intra_op_parallelism_threads'),
               **switches('export_tflite', 'use_allow_growth')},
    'v0.5.0': {**words('test_output_file', 'export_language', 'feature_cache', 'lm', 'trie'),
               **numbers('es_steps', 'es_mean_th', 'es_std_th', 'epochs', 'export_batch_size'), 'load': 'auto'},
    'v0.6.0': {**words('source_model_checkpoint_dir'),
               **numbers('feature_win_len', 'feature_win_step', 'cutoff_top_n', 'data_aug_features_additive',
                         'data_aug_features_multiplicative', 'augmentation_spec_dropout_keeprate', 'augmentation_speed_up_std',
                         'augmentation_freq_and_time_masking_freq_mask_range',
                         'augmentation_freq_and_time_masking_number_freq_masks',
                         'augmentation_freq_and_time_masking_time_mask_range',
                         'augmentation_freq_and_time_masking_number_time_masks',
                         'augmentation_pitch_and_tempo_scaling_min_pitch', 'augmentation_pitch_and_tempo_scaling_max_pitch',
                         'augmentation_pitch_and_tempo_scaling_max_tempo', 'drop_source_layers'),
               **switches('use_cudnn_rnn', 'utf8', 'automatic_mixed_precision', 'augmentation_freq_and_time_masking',
                          'augmentation_pitch_and_tempo_scaling', 'nofine_tune'),
               'audio_sample_rate': '8000', 'cudnn_checkpoint': PREFIX_OF_CHECKPOINT, 'cutoff_prob': '0.9'},
    'v0.7.0': {**words('scorer', 'scorer_path', 'load_checkpoint_dir', 'save_checkpoint_dir', 'export_author_id',
                       'export_model_name', 'export_model_version', 'export_contact_info', 'export_license',
                       'export_min_ds_version', 'export_max_ds_version', 'export_description', 'export_file_name'),
               **numbers('es_epochs', 'es_min_delta', 'plateau_epochs', 'lm_alpha_max', 'lm_beta_max',
                         'n_trials', 'export_beam_width', 'augmentation_sparse_warp_num_control_points',
                         'augmentation_sparse_warp_time_warping_para', 'augmentation_sparse_warp_interpolation_order',
                         'augmentation_sparse_warp_regularization_weight', 'augmentation_sparse_warp_num_boundary_points'),
               **switches('train_cudnn', 'load_cudnn', 'reduce_lr_on_plateau', 'force_initialize_learning_rate',
                          'augmentation_sparse_warp', 'export_zip'),
               'load_train': 'last', 'load_evaluate': 'best', 'plateau_reduction': '0.1'},
    'v0.8.0': {**numbers('cache_for_epochs', 'augmentations_per_epoch'), **switches('bytes_output_mode'),
               **switches('reverse_train', 'reverse_dev', 'reverse_test', 'layer_norm'), 'read_buffer': '1MB', 'augment': ''},
    'v0.9.0': {**words('metrics_files')},
}
# What `flags.txt` beside a checkpoint of 0.7 to 0.9.3 lists besides: flags of the libraries that the trainer was built on.
OF_LIBRARIES = '''--noalsologtostderr
--nohelp
--nohelpfull
--nohelpshort
--nohelpxml
--log_dir=
--logger_levels=
--nologtostderr
--noonly_check_args
--nopdb
--nopdb_post_mortem
--profile_file=
--norun_with_pdb
--norun_with_profiling
--showprefixforinfo
--stderrthreshold=fatal
--test_random_seed=301
--test_randomize_ordering_seed=
--test_srcdir=
--test_tmpdir=/tmp/absl_testing
--use_cprofile_for_profiling
--v=0
--verbosity=0
--xml_output_file=
'''
