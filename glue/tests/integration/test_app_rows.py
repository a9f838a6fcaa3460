"""What the app runs itself, and has not ended, is asked about at Replicate before the cleanup fails it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import httpx
from psycopg.types.json import Jsonb

from basepool.simulator import SimulatorServer
from tests.support import Owner, basepool, eventually, user

_ROW = """
insert into public.generations
  (user_id, action, model_id, model_name, replicate_model, status, replicate_prediction_id, replicate_token_index, created_at)
values (%s, 'create', 'm', 'M', 'acme/painter', 'processing', %s, %s, now() - interval '1 hour') returning id
"""


def _create(replicate: SimulatorServer, account: int, prompt: str) -> dict[str, Any]:
    """A prediction as the app makes one."""
    token = replicate.state()["accounts"][account]["tokens"][0]["token"]
    answer = httpx.post(
        f"{replicate.url}/v1/models/acme/painter/predictions",
        headers={"Authorization": f"Bearer {token}"},
        json={"input": {"prompt": prompt}},
        trust_env=False,
    )
    assert answer.is_success
    made: dict[str, Any] = answer.json()

    def is_there() -> bool:
        return prompt.startswith("[") or made["id"] in {
            each["id"] for each in replicate.stats()["predictions"] if each["status"] not in {"starting", "processing"}
        }

    eventually(is_there, "the end of the prediction")
    return made


def test_what_replicate_has_ended_is_delivered(
    owner: Owner, replicate: SimulatorServer, glue_environment: dict[str, str]
) -> None:
    """Whichever account has it: the app's own note of the token may be wrong, or missing."""
    tokens = [row[0] for row in owner.rows("select id from public.replicate_tokens order by id")]

    def row(number: int, prediction: str, token: int | None) -> UUID:
        return UUID(str(owner.value(_ROW, user(number), prediction, token)))

    noted = row(1, _create(replicate, 0, "a cat")["id"], tokens[0])
    misnoted = row(2, _create(replicate, 2, "a dog")["id"], tokens[0])
    unnoted = row(3, _create(replicate, 1, "a cow")["id"], None)
    failed = row(4, _create(replicate, 1, "a pig [sim:fail=E003]")["id"], tokens[1])
    running = row(5, _create(replicate, 1, "[sim:stuck_processing]")["id"], tokens[1])
    nobodys = row(6, "n0b0dys" * 4, tokens[0])
    google = row(7, "google-1", None)
    ids = [noted, misnoted, unnoted, failed, running, nobodys, google]

    def states() -> list[str]:
        found = dict(owner.rows("select id, status from public.generations"))
        return [found[each] for each in ids]

    owner.rows("select basepool.run_job('cleanup')")
    assert states() == ["processing"] * 6 + ["failed"]

    def are_known() -> bool:
        result = basepool("run-job", "reconcile", **glue_environment)
        assert result.returncode == 0, result.stderr
        # the pause after a look that was in vain
        owner.rows("update basepool.app_checks set again_at = least(again_at, now())")
        return states() == ["completed"] * 3 + ["failed", "processing", "failed", "failed"]

    eventually(are_known, "the answers")
    urls = owner.rows(
        "select output_urls, replicate_output ->> 'status' from public.generations where id = any(%s)", ids[:3]
    )
    assert all(each and status == "succeeded" for each, status in urls)
    assert owner.rows(
        "select replicate_token_index from public.generations where id = any(%s) order by user_id", ids[:3]
    ) == [
        (tokens[0],),
        (tokens[2],),
        (tokens[1],),
    ]
    errors = dict(owner.rows("select id, error_message from public.generations where status = 'failed'"))
    stuck = owner.value("select stuck_message from basepool.settings")
    assert "E003" in errors[failed]
    assert (errors[nobodys], errors[google]) == (stuck, stuck)

    # one that still runs is left for the grace time only
    owner.rows("select basepool.configure(%s)", Jsonb({"stuck_grace": "0 seconds"}))
    owner.rows("select basepool.run_job('cleanup')")
    assert states()[4] == "failed"
