"""What a prediction puts out: text, or URLs of real files on the simulator's stand-in of the delivery host."""

from __future__ import annotations

import base64
import secrets
from typing import Any

from basepool.simulator import media, models
from basepool.simulator.state import OutputFile, Prediction, State

_TEXT = ("A", " small", " answer", ",", " word", " by", " word", ".")


def make_output(state: State, prediction: Prediction) -> Any:
    """The final output of a prediction; its files are served from now on. None, a string, a list or an object."""
    given = prediction.request.input
    if prediction.script is not None:
        return prediction.script.output
    if prediction.model == models.HELLO_WORLD:
        return f"hello {given.get('text', '')}"
    kind = kind_of(prediction)
    match kind:
        case "none":
            return None
        case "text":
            return list(_TEXT)
        case "data":
            picture = _instead(prediction, media.picture("png", prediction.id, _size(prediction)))
            return f"data:{picture.content_type};base64,{base64.b64encode(picture.content).decode()}"
        case "video":
            return _film(state, prediction)
        case "object":
            return {"video": _film(state, prediction)}
        case "list":
            return [_picture(state, prediction, f"out-{number}") for number in range(_count(given))]
        case _:
            return _picture(state, prediction, "out")


def kind_of(prediction: Prediction) -> models.Output:
    """The kind of output: what a directive asks for, else what the model's name promises."""
    if prediction.script is not None:
        # all at once
        return "none"
    if (fault := prediction.fault("output")) and fault.value in models.OUTPUTS:
        return fault.value
    return models.output_of(prediction.model, prediction.request.input)


def _count(given: dict[str, Any]) -> int:
    wanted = given.get("num_outputs", 1)
    return wanted if isinstance(wanted, int) and 1 <= wanted <= 10 else 1


def _picture(state: State, prediction: Prediction, name: str) -> str:
    wanted = prediction.request.input.get("output_format")
    extension = wanted if wanted in ("png", "jpg", "jpeg", "webp") else "webp"
    made = media.picture(extension, prediction.id + name, _size(prediction))
    return _serve(state, prediction, f"{name}.{extension}", made)


def _film(state: State, prediction: Prediction) -> str:
    return _serve(state, prediction, "out.mp4", media.film(prediction.id, _size(prediction)))


def _size(prediction: Prediction) -> int:
    """How many bytes each of its files is to have; 0 where that is not said."""
    fault = prediction.fault("output_bytes")
    return int(fault.number(0)) if fault else 0


def _instead(prediction: Prediction, made: media.Media) -> media.Media:
    fault = prediction.fault("content")
    return media.instead(made, fault.value) if fault and fault.value else made


def _serve(state: State, prediction: Prediction, name: str, made: media.Media) -> str:
    key = f"{secrets.token_urlsafe(24)}/{name}"
    state.files[key] = OutputFile(prediction, _instead(prediction, made))
    prediction.file_keys.append(key)
    return f"{prediction.base_url}/files/{key}"
