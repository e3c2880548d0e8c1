"Packaging for `resnet_nb`: what nbdev needs too comes from settings.ini."
from configparser import ConfigParser
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

here = Path(__file__).parent
config = ConfigParser(delimiters=['='])
config.read(here/'settings.ini', encoding='utf-8')
cfg = config['DEFAULT']
lib = cfg['lib_name']

shipped = ['published', 'mnist-resnet_small-base']  # folders of nbs/results that the package carries: a checkout reads them where they are


class BuildWithResults(build_py):
    "Copy the shipped results into the package"
    def run(self):
        super().run()
        if getattr(self, 'editable_mode', False): return
        for f in (p for d in shipped for p in sorted((here/'nbs'/'results'/d).iterdir())):
            to = Path(self.build_lib)/lib/'results'/f.parent.name/f.name
            self.mkpath(str(to.parent))
            self.copy_file(str(f), str(to))


setup(
    name=lib, version=cfg['version'], description=cfg['description'], keywords=cfg['keywords'].split(),
    author=cfg['author'], author_email=cfg['author_email'], url=cfg['git_url'], license='Apache-2.0',
    long_description=(here/'README.md').read_text(encoding='utf-8'), long_description_content_type='text/markdown',
    classifiers=['Development Status :: 3 - Alpha', 'Intended Audience :: Education',
                 'Intended Audience :: Developers', 'Natural Language :: ' + cfg['language'],
                 'Programming Language :: Python :: 3', 'Topic :: Scientific/Engineering :: Artificial Intelligence'],
    package_dir={'': '.'}, # so that an editable install is a path, which a folder of the same name above the checkout does not hide
    packages=find_packages(include=[lib, f'{lib}.*']), package_data={lib: ['py.typed', 'zoo.json', 'widgets.css', 'samples/*', 'page/*']},
    python_requires='>=' + cfg['min_python'], install_requires=cfg['requirements'].split(),
    extras_require={'dev': cfg['dev_requirements'].split(), 'widgets': cfg['widgets_requirements'].split()}, zip_safe=False, cmdclass={'build_py': BuildWithResults},
    entry_points={'console_scripts': cfg['console_scripts'].split(), 'nbdev': [f'{lib}={lib}._modidx:d']},
)
