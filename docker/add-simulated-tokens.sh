#!/bin/sh
# Adds the simulator's tokens to the pool of `docker compose up`.
python - <<'PYTHON' | basepool tokens add --file - || true
import os

import httpx

with httpx.Client(transport=httpx.HTTPTransport(retries=10)) as client:
    state = client.get(os.environ["REPLICATE_BASE_URL"] + "/_sim/state").raise_for_status().json()
print("\n".join(token["token"] for account in state["accounts"] for token in account["tokens"]))
PYTHON
