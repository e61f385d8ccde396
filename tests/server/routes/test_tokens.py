"""Fresh tokens for old ones."""

import pytest

PATH = "/v1/tokens/refresh"


async def test_a_token_is_renewed_for_as_long_again(desk):
    old = desk.token("kitchen", stations=["grill"], life_s=600, device="box-1")
    desk.clock.turn(seconds=300)
    reply = await desk.call("POST", PATH, token=old)
    assert reply.status == 200
    who, was = desk.up.tokens.verify(reply.body["token"]), desk.up.tokens.verify(old)
    assert (who.subject, who.role, who.stores, who.stations, who.device) == (
        was.subject, was.role, was.stores, was.stations, was.device,
    )  # fmt: skip
    assert reply.body["expires_at"] == who.expires
    assert 298 <= who.expires - was.expires <= 302


async def test_an_expired_token_is_not_renewed(desk):
    old = desk.token("pos", life_s=60)
    desk.clock.turn(seconds=120)
    reply = await desk.call("POST", PATH, token=old)
    assert (reply.status, reply.body["error"]["code"]) == (401, "token_expired")


@pytest.mark.parametrize("token", ["", "nonsense"])
async def test_without_a_token_there_is_no_fresh_one(desk, token):
    reply = await desk.call("POST", PATH, role="", token=token)
    assert (reply.status, reply.body["error"]["code"]) == (401, "invalid_token")
