"Recipes, and runs of them with fastai"
import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(__name__, submod_attrs={
    'recipes': ['RECIPES', 'ALIASES', 'CHANGES', 'RecipeError', 'Recipe', 'recipe_changes', 'nearest',
        'check_recipe', 'register_recipe', 'list_recipes', 'recipe_fields', 'get_recipe'],
    'optimizers': ['parts', 'param_groups', 'orthogonalized', 'Muon', 'TorchOptimizer', 'opt_func', 'group_hypers', 'schedule_lr'],
    'recorders': ['LOGGERS', 'DeviceMean', 'loss_sum', 'cross_entropy_sum', 'correct', 'DeviceSmoothLoss', 'DeviceRecorder',
        'SparseProgress', 'print_epoch', 'RunError', 'StopOnNaN', 'bare', 'EMA', 'wandb_logger', 'loggers'],
    'learners': ['pick_device', 'seed_all', 'get_dls', 'trained_weights', 'get_model', 'DeviceMixedPrecision', 'GraphedModel', 'learner',
        'train_size', 'SetEpoch', 'phases', 'fit', 'each_group', 'world_size', 'world_rank', 'distribute'],
    'checkpoints': ['save_checkpoint', 'read_checkpoint', 'load_checkpoint', 'rng_state', 'set_rng_state', 'device_name', 'peak_memory',
        'commit', 'versions', 'agreed', 'BudgetReached', 'Checkpoint', 'restore'],
    'runs': ['open_folder', 'locked', 'predict', 'pflop', 'predictions', 'result_of', 'train', 'finish', 'save_result'],
})
