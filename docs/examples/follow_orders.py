"""Place an order and hear that it was taken in: `python follow_orders.py http://127.0.0.1:8787 TOKEN [STORE]`."""

import asyncio
import sys

from heard.client import HeardClient


async def main(url: str, token: str, store: str = "s1") -> None:
    async with HeardClient(url, token=token) as client:
        events = await client.subscribe(f"{store}/orders")
        answer = await client.send("orders:place", order={"items": [{"name": "Burger", "qty": "1"}]})
        async for event in events:
            if event.name == "order:created" and event.data["order_id"] == answer.order["id"]:
                print(f"order {event.data['order']['display_no']} is in the kitchen")
                return


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
