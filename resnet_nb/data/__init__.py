"Data sets, their files, and loaders that serve whole batches"
import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(__name__, submod_attrs={
    'augment': ['DRAWS', 'Augment', 'crop_flip', 'warp', 'cutout'],
    'files': ['DataMissing', 'DataCorrupt', 'data_path', 'verify_files', 'fetch', 'shows_bars', 'write_whole'],
    'photos': ['open_photo', 'decode_photo', 'photo_cache', 'load_photos', 'PhotoRows', 'rows_of'],
    'datasets': ['DATASETS', 'PHOTO_SETS', 'Dataset', 'UnknownDataset', 'register_dataset', 'list_datasets', 'get_dataset',
        'split_indices', 'has_full', 'sample_or_full', 'check_stats', 'check_labels', 'load_raw', 'measure', 'normalized',
        'photo_files'],
    'folders': ['DataUnusable', 'dataset_from_folder'],
    'sets': ['ImageSet', 'as_set', 'check_settings', 'fastai_options', 'process_share'],
    'loaders': ['time_in_turns', 'exhaust', 'BatchLoader', 'item_dataloaders', 'dataloaders', 'loader_bench', 'bytes_held',
        'photo_dataloaders'],
})
