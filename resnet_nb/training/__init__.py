"Recipes, and runs of them with fastai"
import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(__name__, submod_attrs={
    'recipes': ['RECIPES', 'ALIASES', 'CHANGES', 'RecipeError', 'Recipe', 'recipe_changes', 'nearest',
        'check_recipe', 'register_recipe', 'list_recipes', 'recipe_fields', 'get_recipe', 'base_of', 'recipe_for'],
    'optimizers': ['network_parts', 'param_groups', 'orthogonalized', 'Muon', 'TorchOptimizer', 'has_bf16', 'in_bf16', 'opt_func',
        'group_hypers', 'schedule_lr'],
    'recorders': ['DeviceMean', 'count_correct', 'DeviceRecorder', 'SparseProgress', 'print_epoch', 'RunError', 'StopOnNaN', 'unwrapped',
        'EMA', 'HistoryLog', 'loggers'],
    'learners': ['pick_device', 'seed_all', 'get_dls', 'with_data', 'for_few', 'trained_weights', 'check_network', 'get_model',
        'DeviceMixedPrecision', 'GraphedModel', 'compiler_fault', 'CompiledSteps', 'FrozenNorms', 'learner', 'train_size', 'SetEpoch',
        'phases', 'fit', 'world_size', 'world_rank', 'distribute'],
    'checkpoints': ['save_checkpoint', 'read_checkpoint', 'load_checkpoint', 'rng_state', 'set_rng_state', 'device_name', 'peak_memory',
        'checkout_commit', 'library_versions', 'BudgetReached', 'Checkpoint', 'restore'],
    'runs': ['read_result', 'predict', 'training_pflop', 'result_of', 'RunStopped', 'hold_memory', 'train', 'save_result'],
})
