# SPDX-License-Identifier: MIT OR Apache-2.0
"""Runs the named test modules; the last line has the totals in the form the other tests of the repository print."""

import sys
import unittest

suite = unittest.defaultTestLoader.loadTestsFromNames(sys.argv[1:])
result = unittest.TextTestRunner(verbosity=2).run(suite)
failed = len(result.failures) + len(result.errors)
print(f"test result: {'ok' if result.wasSuccessful() else 'FAILED'}. {result.testsRun - failed} passed; {failed} failed;")
sys.exit(not result.wasSuccessful())
