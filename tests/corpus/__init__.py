# SPDX-License-Identifier: Apache-2.0
"""Judges the sensor by a folder of captures whose truth is known: ``python -m tests.corpus DIR``.

The folder holds ``positives/`` with ``positives.json`` (the truth of every mining stream), ``benign/`` and
``nearmiss/``.
Nothing of it is kept in this project: captures are read where they are, and only figures and causes are committed
(exceptions.toml, differences.toml).
"""
