"""The operator's page under test: a database in which something of everything has happened, and somebody who is logged in."""

from __future__ import annotations

import contextlib
import html
import json
import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import httpx
from psycopg.types.json import Jsonb

from tests.support import PATIENCE_SECONDS, Owner

SECRET = "signs-the-sessions-of-operators"
ANNA, BOB = "annas-secret-of-24-letters", "bobs-secret-of-24-letters-"
ENVIRONMENT = {
    "OPERATOR_SECRET": SECRET,
    "OPERATORS": f"anna:{ANNA},bob:{BOB}:read",
    "REPLICATE_BASE_URL": "http://127.0.0.1:1",
}
EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&"
"""What must be seen as it is, wherever it stands."""
TOKEN = "r8_ThisIsASecretOfTheTestsAndNobodySeesIt01"


class Seeded:
    """What is where in the database of `seed`."""

    waiting: UUID
    running: UUID
    failed: UUID
    completed: UUID


def seed(owner: Owner) -> Seeded:
    """Two tokens, one of them suspended, and generations in every state; with texts that mean harm."""
    found = Seeded()
    owner.rows(
        "select basepool.configure(%s)",
        Jsonb({"send_within": "1 minute", "lease_time": "10 minutes", "keep_outputs": False}),
    )
    owner.rows(
        "select basepool.add_token(%s, 'one', 'user', 'whsec_c2VjcmV0c2VjcmV0c2VjcmV0', p_name => %s)",
        TOKEN,
        f"main {EVIL}",
    )
    owner.rows(
        "select basepool.add_token(%s, 'two', 'organization', 'whsec_c2VjcmV0c2VjcmV0c2VjcmV1')", TOKEN[:-1] + "2"
    )
    found.failed = owner.submit(1, EVIL)
    detail = json.dumps({"detail": f"it says {EVIL} and {TOKEN}"})
    owner.rows("select basepool.record_rejected(%s, 'http', 422, %s)", owner.claim()["attempt_id"], detail)
    found.completed = owner.submit(1, "a lighthouse")
    attempt = owner.claim()["attempt_id"]
    made = {"id": "p-lighthouse", "status": "starting"}
    owner.rows("select basepool.record_submitted(%s, %s)", attempt, Jsonb(made))
    done: dict[str, Any] = {
        **made,
        "status": "succeeded",
        "output": ["https://replicate.delivery/one/out.png?key=private"],
    }
    done["metrics"] = {"predict_time": 2.5}
    owner.rows(
        "select * from basepool.apply_predictions(%s)",
        Jsonb([{"attempt": str(attempt), "prediction": done, "source": "webhook", "webhook_id": "msg_1"}]),
    )
    found.running = owner.submit(2, "a cat")
    owner.rows(
        "select basepool.record_submitted(%s, %s)",
        owner.claim()["attempt_id"],
        Jsonb({"id": "p-cat", "status": "starting"}),
    )
    owner.rows(
        "update public.replicate_tokens set suspended_until = now() + interval '1 hour', suspended_at = now(),"
        " suspended_reason = %s where id = 2",
        f"Replicate said {EVIL}",
    )
    owner.rows("select basepool.pause('model', 'acme/painter', null, %s)", f"it paints {EVIL}")
    found.waiting = owner.submit(3, f"a secret wish of somebody {EVIL}")
    return found


class Operator:
    """A browser without a screen: it keeps cookies, and sends forms as the page has them."""

    def __init__(self, url: str, path: str = "/admin") -> None:
        self.url, self.path = url, path
        self.client = httpx.Client(base_url=url, trust_env=False, timeout=PATIENCE_SECONDS)
        self.proof = ""

    def log_in(self, name: str, secret: str) -> httpx.Response:
        answer = self.client.post(
            f"{self.path}/login", data={"name": name, "secret": secret}, headers={"origin": self.url}
        )
        if answer.status_code == 303:
            self.proof = html.unescape(re.findall(r'name="proof" value="([^"]+)"', self.get("/").text)[0])
        return answer

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self.client.get(self.path + path, headers={"accept": "text/html", **headers})

    def json(self, path: str) -> Any:
        answer = self.client.get(self.path + path, headers={"accept": "application/json"})
        assert answer.status_code == 200, (path, answer.text)
        return answer.json()

    def post(self, path: str, **form: Any) -> httpx.Response:
        sent = {"origin": self.url, "sec-fetch-site": "same-origin"}
        return self.client.post(self.path + path, data={"proof": self.proof, **form}, headers=sent)


@contextlib.contextmanager
def operator(url: str, name: str = "anna", secret: str = ANNA, path: str = "/admin") -> Iterator[Operator]:
    """Somebody who has logged in."""
    one = Operator(url, path)
    try:
        answer = one.log_in(name, secret)
        assert answer.status_code == 303, answer.text
        yield one
    finally:
        one.client.close()
