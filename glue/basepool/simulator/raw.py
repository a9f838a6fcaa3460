"""Answers as bytes: what a right answer can't be, anything that may come over a wire in place of one, put there on purpose."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, Protocol

from pydantic import Base64Bytes, BaseModel, ConfigDict, Field, model_validator
from starlette.responses import Response

Place = Literal["create", "get", "cancel", "list", "item", "webhook", "account", "webhook_secret"]
PREDICTION_PLACES: tuple[Place, ...] = ("create", "get", "cancel", "item", "webhook")
"""Where a prediction is shown."""

_ID = b"$id"
_DOCUMENT = b"$document"


class Shown(Protocol):
    """What is needed of a prediction."""

    id: str
    status: str

    def to_json(self) -> dict[str, Any]:
        """Its object as the API shows it."""


class RawAnswer(BaseModel):
    """What is answered in place of the right thing, where, and to whom. What is left out stays right."""

    model_config = ConfigDict(extra="forbid")

    on: tuple[Place, ...] = PREDICTION_PLACES
    """`item` is a prediction's place in a list, `list` the page around them."""
    about: str = ""
    """Only predictions whose input, written as JSON, contains this text."""
    shown: tuple[str, ...] = ()
    """Only predictions of these statuses, such as succeeded; empty: of any."""
    times: Annotated[int, Field(ge=1)] | None = None
    """How often it strikes; without a number, always."""

    members: dict[str, str | None] = {}
    """Members of the prediction's object, each as the text that stands for its value, be it JSON or not; null leaves it out."""
    body: str | None = None
    """The whole body. `$document` in it stands for what it would have been, `$id` for the prediction's id."""
    body_base64: Base64Bytes | None = None
    """The same for bytes that are no text."""
    status: Annotated[int, Field(ge=200, le=599)] | None = None
    headers: dict[str, str] = {}
    gzip: bool = False
    """Send the body compressed, as content-encoding says."""

    @model_validator(mode="after")
    def _fits_together(self) -> RawAnswer:
        if self.body is not None and self.body_base64 is not None:
            raise ValueError("a body is given as text or as base64, not both")
        if self.members and not set(self.on) <= set(PREDICTION_PLACES):
            raise ValueError(f"members are those of predictions, on {', '.join(PREDICTION_PLACES)}")
        if "item" in self.on and (self.status or self.headers or self.gzip) and set(self.on) == {"item"}:
            raise ValueError("an item has no status, headers or compression of its own; its list has")
        return self

    def fits(self, place: Place, prediction: Shown | None) -> bool:
        """Whether it is about `prediction` (None: an answer about none) at `place`."""
        if place not in self.on or self.times == 0:
            return False
        if prediction is None:
            return not self.about and not self.shown
        if self.shown and prediction.status not in self.shown:
            return False
        return self.about in json.dumps(prediction.to_json()["input"], ensure_ascii=False)

    def applied(self, document: bytes, prediction_id: str) -> bytes:
        """The body in place of `document`."""
        body = self.body_base64 if self.body is None else self.body.encode("utf-8", "surrogatepass")
        if body is None:
            return document
        return body.replace(_DOCUMENT, document).replace(_ID, prediction_id.encode())


class RawAnswers:
    """The raw answers of a running simulator, and how often each has struck."""

    def __init__(self, given: Iterable[RawAnswer]) -> None:
        """Earlier ones go first."""
        self.put(given)

    def put(self, given: Iterable[RawAnswer]) -> None:
        """Replace all of them."""
        self._given = [answer.model_copy() for answer in given]
        self._struck = [0] * len(self._given)

    def to_json(self) -> list[dict[str, Any]]:
        """What the operator sees."""
        return [
            {**answer.model_dump(mode="json", exclude_defaults=True), "struck": struck}
            for answer, struck in zip(self._given, self._struck, strict=True)
        ]

    def find(self, place: Place, prediction: Shown | None = None) -> RawAnswer | None:
        """The one that strikes now, if any."""
        for number, answer in enumerate(self._given):
            if answer.fits(place, prediction):
                self._struck[number] += 1
                if answer.times is not None:
                    answer.times -= 1
                return answer
        return None

    def shown(
        self, place: Place, prediction: Shown, changes: Mapping[str, Any] | None = None
    ) -> tuple[bytes, RawAnswer | None]:
        """The prediction as it is shown at `place`, with `changes` to what it is; and the raw answer that struck."""
        document: dict[str, Any] = {**prediction.to_json(), **(changes or {})}
        answer = self.find(place, prediction)
        if answer is None:
            return json.dumps(document).encode(), None
        return answer.applied(_with_members(document, answer.members), prediction.id), answer

    def response(
        self, place: Place, prediction: Shown, status: int = 200, changes: Mapping[str, Any] | None = None
    ) -> Response:
        """The answer that shows a prediction."""
        body, answer = self.shown(place, prediction, changes)
        return _respond(body, status, answer)

    def plain(self, place: Place, document: Any) -> Response:
        """The answer that is about no prediction, or about several: a page whose items are bytes already, or an object."""
        answer = self.find(place)
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        return _respond(answer.applied(body, "") if answer else body, 200, answer)

    def page(self, links: Mapping[str, Any], predictions: Iterable[Shown]) -> Response:
        """The answer that lists predictions; each of them, and the whole, may be something else."""
        items = b", ".join(self.shown("item", prediction)[0] for prediction in predictions)
        head = json.dumps(dict(links)).encode()[:-1]
        return self.plain("list", head + b', "results": [' + items + b"]}")


def sent(body: bytes, answer: RawAnswer | None) -> tuple[bytes, dict[str, str]]:
    """What goes over the wire for `body`, and the headers that `answer` has for it."""
    if answer is None:
        return body, {}
    if not answer.gzip:
        return body, answer.headers
    return gzip.compress(body, 6), {"content-encoding": "gzip", **answer.headers}


def _respond(body: bytes, status: int, answer: RawAnswer | None) -> Response:
    content, headers = sent(body, answer)
    return Response(
        content,
        status_code=(answer and answer.status) or status,
        headers={"content-type": "application/json", **{name.lower(): value for name, value in headers.items()}},
    )


def _with_members(document: dict[str, Any], members: Mapping[str, str | None]) -> bytes:
    kept = {name: json.dumps(value) for name, value in document.items()}
    for name, text in members.items():
        # in its place, as far as it has one
        if text is None:
            kept.pop(name, None)
        else:
            kept[name] = text
    shown = ", ".join(f"{json.dumps(name)}: {text}" for name, text in kept.items())
    return f"{{{shown}}}".encode("utf-8", "surrogatepass")
