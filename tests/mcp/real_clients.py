"""Drives `git coord mcp` by the Python SDK: tools, a refusal, a wait that is told of and cancelled, resources."""

import asyncio
import json
import sys

from mcp import Client
from mcp.client.stdio import StdioServerParameters


async def main(start):
    server = StdioServerParameters(command=start, args=["Python SDK"])
    async with Client(server) as client:
        names = [tool.name for tool in (await client.list_tools()).tools]
        assert {"claim", "release", "request", "approve", "status"} <= set(names), names

        claimed = await client.call_tool("claim", {"paths": ["a.rs"], "intent": "Try"})
        claim = claimed.structured_content["objects"][0]
        assert not claimed.is_error and claim["state"] == "held", claimed

        refused = await client.call_tool("claim", {"paths": ["held.rs"], "intent": "Try"})
        assert refused.is_error and refused.structured_content["objects"][0]["code"] == "claim.held", refused

        told = []

        async def progress(done, total, message):
            told.append(message)

        waiting = {"paths": ["held.rs"], "intent": "Try", "wait": "10m"}
        call = asyncio.create_task(client.call_tool("claim", waiting, progress_callback=progress))
        while len(told) < 2:
            await asyncio.sleep(0.1)
        call.cancel()
        try:
            await call
        except asyncio.CancelledError:
            pass

        listed = (await client.list_resources()).resources
        uri = next(str(one.uri) for one in listed if claim["id"] in str(one.uri))
        read = (await client.read_resource(uri)).contents[0]
        assert json.loads(read.text)["objects"][0]["id"] == claim["id"], read

        given = await client.call_tool("release", {"claims": [claim["id"]]})
        assert not given.is_error, given
    print("tools, `claim`, a refusal, progress, cancelled, resources, `release`")


asyncio.run(asyncio.wait_for(main(sys.argv[1]), 100))
