"""Runs the samples that Microsoft publishes with the SDKs, as they are, out of the folders named.

Each is a program of its own that stops at the first call that fails. What they print is shown when they do.
"""

import asyncio
import contextlib
import importlib
import io
import os
import runpy
import sys
import traceback
import types
from pathlib import Path

from common import endpoint

os.environ["AZURE_COMMUNICATION_SERVICE_ENDPOINT"] = endpoint()
# Needs an account with Microsoft, and a package to sign in there.
os.environ["SKIP_INT_IDENTITY_EXCHANGE_TOKEN_TEST"] = "true"
sys.modules["msal"] = types.SimpleNamespace(PublicClientApplication=None)


def run_with_a_client_a_step(path):
    """This one's steps share a client, and each closes it: the SDK does not open it again for the next."""
    sys.path.insert(0, str(path.parent))
    module = importlib.import_module(path.stem)
    sys.path.pop(0)

    class Sample(module.ChatThreadClientSamplesAsync):
        @property
        def _chat_client(self):
            return self.ChatClient(self.endpoint, self.CommunicationTokenCredential(self.token))

    module.ChatThreadClientSamplesAsync = Sample
    asyncio.run(module.main())


def main():
    """Runs all; fails when one did."""
    samples = [path for folder in sys.argv[1:] for path in sorted(Path(folder).glob("*.py"))]
    assert samples, sys.argv
    failed = 0
    for path in samples:
        said = io.StringIO()
        try:
            with contextlib.redirect_stdout(said):
                if path.name == "chat_thread_client_sample_async.py":
                    run_with_a_client_a_step(path)
                else:
                    runpy.run_path(str(path), run_name="__main__")
        except Exception:  # whatever it was, the next sample says something of its own
            failed += 1
            print(f"FAILED {path.name}\n{said.getvalue()}")
            traceback.print_exc()
    print(f"samples: {len(samples) - failed} of {len(samples)} ran to their end")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
