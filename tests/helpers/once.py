"""What takes long and gives the same with every TensorFlow: CI runs it with one (marked `once`)."""

ONCE = tuple(f'tests/{name}' for name in (
    'checkpoints/test_hostile_paths.py', 'checkpoints/test_places.py', 'checkpoints/test_stored_alphabet.py',
    'client/test_native_examples.py', 'client/test_native_program.py', 'cluster/test_nodes.py',
    'cluster/test_run_cluster.py', 'console/test_pipes.py', 'corpora/test_download.py',
    'corpora/test_hostile_archives.py', 'corpora/test_sources.py', 'corpora/test_workers.py',
    'data/test_data_set_tool.py', 'data/test_known_audio.py', 'data/test_one_reader.py', 'data/test_play.py',
    'data/test_sdb_source.py', 'data/test_text_tools.py', 'decode/test_forks_and_ends.py', 'decode/test_look_ahead.py',
    'decode/test_native_language_model.py', 'decode/test_native_programs.py', 'decode/test_stubs.py',
    'doctor/test_installation.py::test_a_', 'doctor/test_installation.py::test_p', 'doctor/test_installation.py::test_s',
    'doctor/test_installation.py::test_traps', 'doctor/test_installation.py::test_without',
    'doctor/test_sets_and_runs.py', 'durability/test_failing_writes.py', 'durability/test_import_kills.py',
    'evaluate/test_search.py', 'how_to/test_page_commands.py', 'how_to/test_released_models.py',
    'how_to/test_speech_to_phrase.py', 'inspection', 'lm/test_lm_commands.py', 'notification', 'recordings', 'reports',
    'settings/test_completion.py', 'settings/test_flags.py::test_numbers_out_of_range',
    'settings/test_flags.py::test_the_full_help', 'settings/test_flags.py::test_the_listing',
    'settings/test_hostile_values.py', 'settings/test_release_flags.py', 'tracking', 'train/test_averages.py::test_stops',
    'train/test_changed_sets.py', 'train/test_flag_outcomes.py', 'train/test_reports.py', 'train/test_run_record.py',
    'tuning', 'test_augmented_runs.py', 'test_commands.py', 'test_gpu_bench.py', 'test_house.py', 'test_images.py',
    'test_interruptions.py', 'test_native_packaging.py', 'test_other_systems.py', 'test_pains.py', 'test_processors.py',
    'test_programs.py', 'test_root_programs.py', 'test_setup_files.py'))
