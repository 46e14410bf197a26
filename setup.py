"""The packages of the wheel; all else is in setup.cfg.

The folder `trainers` is installed as `tfgan_it_trainers`, so that it neither hides a folder of that
name beside a user's script nor is hidden by it. Its modules import each other by relative imports.
"""

from setuptools import find_packages, setup

programs = find_packages(include=["trainers", "trainers.*"])
setup(
    packages=find_packages(include=["tfgan_it", "tfgan_it.*"])
    + [f"tfgan_it_{name}" for name in programs],
    package_dir={"tfgan_it_trainers": "trainers"},
)
