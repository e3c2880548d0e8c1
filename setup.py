"Packaging for `resnet_nb`: every value comes from settings.ini."
from configparser import ConfigParser
from pathlib import Path

from setuptools import find_packages, setup

here = Path(__file__).parent
config = ConfigParser(delimiters=['='])
config.read(here/'settings.ini', encoding='utf-8')
cfg = config['DEFAULT']
lib = cfg['lib_name']

setup(
    name=lib, version=cfg['version'], description=cfg['description'], keywords=cfg['keywords'].split(),
    author=cfg['author'], author_email=cfg['author_email'], url=cfg['git_url'], license='Apache-2.0',
    long_description=(here/'README.md').read_text(encoding='utf-8'), long_description_content_type='text/markdown',
    classifiers=['Development Status :: 3 - Alpha', 'Intended Audience :: Education',
                 'Intended Audience :: Developers', 'Natural Language :: ' + cfg['language'],
                 'Programming Language :: Python :: 3', 'Topic :: Scientific/Engineering :: Artificial Intelligence'],
    packages=find_packages(include=[lib, f'{lib}.*']), package_data={lib: ['py.typed', 'zoo.json', 'samples/*']},
    python_requires='>=' + cfg['min_python'], install_requires=cfg['requirements'].split(),
    extras_require={'dev': cfg['dev_requirements'].split()}, zip_safe=False,
    entry_points={'console_scripts': cfg['console_scripts'].split(), 'nbdev': [f'{lib}={lib}._modidx:d']},
)
