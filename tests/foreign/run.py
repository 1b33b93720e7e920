"""Runs all foreign clients, or those whose names hold a word; the last line counts them."""

import pathlib
import sys
import unittest

here = pathlib.Path(__file__).parent
sys.path.insert(0, str(here))
word = sys.argv[1] if len(sys.argv) > 1 else ""
suite = unittest.defaultTestLoader.discover(str(here), pattern=f"test_*{word}*.py")
result = unittest.TextTestRunner(verbosity=2).run(suite)
failed = len(result.failures) + len(result.errors)
sys.stderr.flush()
print(f"foreign: {result.testsRun - failed} passed, {failed} failed", flush=True)
sys.exit(0 if result.wasSuccessful() and result.testsRun > 0 else 1)
