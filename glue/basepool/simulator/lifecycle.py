"""The life of a prediction: starting, processing, and one of its ends."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

from basepool.simulator import errors, outputs
from basepool.simulator.config import SimulatorConfig
from basepool.simulator.state import Prediction, State, now
from basepool.simulator.webhooks import Emit

_STEPS = 4  # progress reports of a run


class Lifecycle:
    """Lets predictions live. Belongs to one event loop; every prediction has one task until it is over."""

    def __init__(self, config: SimulatorConfig, state: State, emit: Emit) -> None:
        """`emit` is told of every event of a prediction."""
        self._config = config
        self._state = state
        self._emit = emit

    def begin(self, prediction: Prediction, dice: random.Random) -> None:
        """Start the life of a new prediction; `dice` decides how long it waits and runs."""
        wait, run = dice.uniform(*self._config.start_seconds), dice.uniform(*self._config.run_seconds)
        if fault := prediction.fault("start"):
            wait = fault.number(wait)
        if fault := prediction.fault("run"):
            run = fault.number(run)
        if prediction.deadline is not None and not prediction.fault("ignore_deadline"):
            self._at(prediction, prediction.deadline - now(), self._expire)
        prediction.task = asyncio.create_task(self._live(prediction, wait, run, dice))

    def cancel(self, prediction: Prediction) -> None:
        """Cancel as its creator; what is over stays as it is."""
        self._finish(prediction, "canceled")

    def remove_data(self, prediction: Prediction) -> None:
        """Delete input, output, logs and files of what is over, as Replicate does after an hour."""
        prediction.data_removed = True
        self._state.delete_files(prediction)

    def stop(self, prediction: Prediction) -> None:
        """End the task and the timers of a prediction without changing it."""
        self._quiet(prediction)

    async def _live(self, prediction: Prediction, wait: float, run: float, dice: random.Random) -> None:
        failing = prediction.fault("fail")
        code = failing.value or "" if failing else ""
        error = errors.prediction_error(code, dice) if code else prediction.script.error if prediction.script else None
        if prediction.fault("stuck_starting"):
            await asyncio.Event().wait()
        await self._sleep(wait)
        if code in errors.ERRORS_BEFORE_START:
            self._finish(prediction, "failed", error)
            return
        self._start(prediction)
        if prediction.fault("stuck_processing"):
            await asyncio.Event().wait()
        text = outputs.make_output(self._state, prediction) if outputs.kind_of(prediction) == "text" else None
        # A failing run stops half way: it has run and logged, but puts nothing out.
        for step in range(1, _STEPS + 1 if error is None else _STEPS // 2 + 1):
            await self._sleep(run / _STEPS)
            percent = 100 * step // _STEPS
            prediction.logs += f"{percent:3d}%|{'#' * step:<{_STEPS}}| {step}/{_STEPS}\n"
            self._emit(prediction, "logs")
            if isinstance(text, list) and step < _STEPS:
                prediction.output = text[: len(text) * step // _STEPS]
                self._emit(prediction, "output")
        if error is not None:
            self._finish(prediction, "failed", error)
            return
        prediction.output = text if text is not None else outputs.make_output(self._state, prediction)
        self._emit(prediction, "output")
        end = prediction.fault("end_status")
        self._finish(prediction, end.value or "succeeded" if end else "succeeded")

    def _start(self, prediction: Prediction) -> None:
        odd = prediction.fault("status")
        prediction.status = odd.value or "processing" if odd else "processing"
        prediction.started = now()
        self._charge(prediction, 1)
        if not prediction.fault("ignore_deadline"):
            self._at(prediction, self._config.run_limit_seconds / self._config.speed, self._time_out)
        self._emit(prediction, "start")

    def _expire(self, prediction: Prediction) -> None:
        """Its deadline has come: aborted if it never ran, else canceled."""
        self._finish(prediction, "aborted" if prediction.started is None else "canceled")

    def _time_out(self, prediction: Prediction) -> None:
        self._finish(prediction, "failed", errors.PREDICTION_ERRORS["timeout"])

    def _finish(self, prediction: Prediction, status: str, error: str | None = None) -> None:
        if prediction.is_over:
            return
        self._quiet(prediction)
        prediction.status = status
        prediction.error = error
        prediction.completed = now()
        if prediction.script is not None and prediction.script.data_removed:
            self.remove_data(prediction)
        speed = self._config.speed
        prediction.metrics = {"total_time": round((prediction.completed - prediction.created) * speed, 6)}
        if prediction.started is not None:
            prediction.metrics["predict_time"] = round((prediction.completed - prediction.started) * speed, 6)
            if status == "failed" and not self._config.charge_failed:
                self._charge(prediction, -1)
        for counts in (prediction.account.counts, prediction.token.counts):
            counts.in_flight -= 1
            if prediction.charged:
                counts.charged_seconds += prediction.metrics["predict_time"]
        self._at(prediction, self._config.data_kept_seconds / speed, self.remove_data)
        prediction.finished.set()
        self._emit(prediction, "completed")

    def _charge(self, prediction: Prediction, number: int) -> None:
        prediction.charged = number > 0
        for counts in (prediction.account.counts, prediction.token.counts):
            counts.charged += number

    def _quiet(self, prediction: Prediction) -> None:
        for timer in prediction.timers:
            timer.cancel()
        prediction.timers.clear()
        if prediction.task is not None and prediction.task is not asyncio.current_task():
            prediction.task.cancel()
        prediction.task = None

    def _at(self, prediction: Prediction, seconds: float, action: Callable[[Prediction], None]) -> None:
        """Call `action(prediction)` after `seconds` of the wall clock, unless the prediction ends or is stopped before."""
        loop = asyncio.get_running_loop()
        prediction.timers.append(loop.call_later(max(0.0, seconds), action, prediction))

    async def _sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self._config.speed)
