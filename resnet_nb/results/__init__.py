"Metrics, results on disk, plots and reports"
import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(__name__, submod_attrs={
    'metrics': ['METRICS', 'as_array', 'check_predictions', 'evaluate', 'per_class_table', 'mistakes', 'confusion',
        'most_confused'],
    'texts': ['DASH', 'is_none', 'pct', 'points', 'whole', 'duration', 'device_class', 'time_text', 'pflop_text'],
    'store': ['find_results', 'list_published', 'system_of', 'get_published', 'published_for', 'ResultsMissing', 'load_results',
        'by_recipe', 'standard_error', 'accuracy_text', 'right_images', 'Difference', 'difference', 'difference_text',
        'summarize', 'variant_of', 'recommended', 'results_table', 'published_table'],
    'plots': ['COLORS', 'BLUE', 'RED', 'GREEN', 'SPLIT_COLORS', 'TOP5_COLOR', 'SPLIT_WORDS', 'ReportFigure', 'history_frame',
        'plot_history', 'lr_frame', 'read_lr', 'plot_lr', 'plot_confusion', 'plot_images', 'plot_mistakes', 'label_ends',
        'compare_runs'],
    'reports': ['SPLIT_ROWS', 'per_class_frame', 'markdown_table', 'field_text', 'recipe_table', 'report_markdown',
        'write_report'],
})
