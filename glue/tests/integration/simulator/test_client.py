"""The unmodified `replicate` client works against the simulator."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from replicate.client import Client
from replicate.exceptions import ModelError, ReplicateError

from basepool.simulator import SimulatorServer
from tests.integration.simulator.support import FLUX, TEXT_MODEL, TEXT_VERSION, VERSION


@pytest.fixture
def client(sim: SimulatorServer, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setenv("REPLICATE_POLL_INTERVAL", "0.02")
    return Client(api_token=sim.tokens[0], base_url=sim.url)


@pytest.mark.parametrize("version", [FLUX, f"acme/painter:{VERSION}", VERSION])
def test_create_by_version_then_wait(client: Client, version: str) -> None:
    prediction = client.predictions.create(version=version, input={"prompt": "a cat"})
    assert prediction.status == "starting"
    prediction.wait()
    assert prediction.output
    assert prediction.metrics is not None
    # Seconds of the simulated world, whatever the speed.
    assert prediction.metrics["predict_time"] >= 2
    assert prediction.progress is not None
    assert prediction.progress.percentage == 1


def test_create_by_model_and_by_deployment(client: Client) -> None:
    by_model = client.predictions.create(model=FLUX, input={"prompt": "a cat"})
    assert by_model.model == FLUX
    by_deployment = client.deployments.predictions.create("acme/images", input={"prompt": "a cat"})
    by_deployment.wait()
    assert by_deployment.status == "succeeded"


def test_get_list_and_cancel(client: Client) -> None:
    prediction = client.predictions.create(model=FLUX, input={"prompt": "[sim:stuck_processing]"})
    assert client.predictions.get(prediction.id).id == prediction.id
    assert [each.id for each in client.predictions.list()] == [prediction.id]
    assert client.predictions.cancel(prediction.id).status == "canceled"
    prediction.reload()
    assert prediction.status == "canceled"


def test_account_and_webhook_secret(client: Client, sim: SimulatorServer) -> None:
    assert client.accounts.current().username == "sim-1"
    assert client.webhooks.default.secret().key == sim.accounts[0].webhook_secret


def test_run_and_download(client: Client) -> None:
    (url,) = client.run(FLUX, input={"prompt": "a cat"})
    assert httpx.get(url).content[8:12] == b"WEBP"
    assert client.run("replicate/hello-world", input={"text": "Alice"}) == "hello Alice"


def test_run_of_a_text_model_iterates(client: Client) -> None:
    output = client.run(f"{TEXT_MODEL}:{TEXT_VERSION}", input={"prompt": "Hi"}, wait=False)
    assert isinstance(output, Iterator)
    assert "".join(output) == "A small answer, word by word."


def test_run_of_a_failing_model_raises(client: Client) -> None:
    with pytest.raises(ModelError, match="code: PA"):
        client.run(FLUX, input={"prompt": "[sim:fail=PA]"})


def test_errors_are_the_clients_own(client: Client, sim: SimulatorServer) -> None:
    with pytest.raises(ReplicateError) as refused:
        client.predictions.create(model=FLUX, input={"prompt": "[sim:insufficient_credit]"})
    assert (refused.value.status, refused.value.title) == (402, "Insufficient credit")
    stranger = Client(api_token="r8_unknown", base_url=sim.url)
    with pytest.raises(ReplicateError, match="Unauthenticated"):
        stranger.accounts.current()


def test_an_aborted_prediction_breaks_the_client_as_the_real_one_does(client: Client, sim: SimulatorServer) -> None:
    hurried = Client(api_token=sim.tokens[0], base_url=sim.url, headers={"Cancel-After": "5s"})
    prediction = hurried.predictions.create(model=FLUX, input={"prompt": "[sim:stuck_starting]"})
    with pytest.raises(ValueError, match="status"):
        prediction.wait()


@pytest.mark.asyncio
async def test_the_async_client(sim: SimulatorServer) -> None:
    client = Client(api_token=sim.tokens[0], base_url=sim.url)
    client.poll_interval = 0.02
    prediction = await client.predictions.async_create(model=FLUX, input={"prompt": "a cat"})
    await prediction.async_wait()
    assert prediction.status == "succeeded"
    assert (await client.predictions.async_get(prediction.id)).output == prediction.output
    assert len(await client.predictions.async_list()) == 1
    stuck = await client.predictions.async_create(version=VERSION, input={"prompt": "[sim:stuck_starting]"})
    assert (await client.predictions.async_cancel(stuck.id)).status == "canceled"
    assert (await client.accounts.async_current()).username == "sim-1"
    assert (await client.webhooks.default.async_secret()).key.startswith("whsec_")
    output = await client.async_run(FLUX, input={"prompt": "two", "num_outputs": 2})
    assert isinstance(output, list)
    assert len(output) == 2
