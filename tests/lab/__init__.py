# SPDX-License-Identifier: Apache-2.0
"""The lab: crafts the traffic that the tests and the demonstration read.

Everything here is invented from seeds: no real person's traffic, addresses from the documentation ranges
only. The lab knows the protocols, never the sensor's decoders, so that both can be wrong only
independently.
"""
