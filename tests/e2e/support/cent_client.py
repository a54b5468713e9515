"""cent_client.py URL KEY sync|async: Centrifugo's client for Python, unmodified, told by lines of JSON what to ask.

In: ["publish", {"channel": …}], or ["batch", [["publish", {…}], …], parallel]. Out: {"result": …}, or {"error": class, "code"?, "status"?}.
"""

import asyncio
import json
import sys

import cent

NAMES = {"publish": cent.PublishRequest, "broadcast": cent.BroadcastRequest, "subscribe": cent.SubscribeRequest,
         "unsubscribe": cent.UnsubscribeRequest, "presence": cent.PresenceRequest, "presence_stats": cent.PresenceStatsRequest,
         "history": cent.HistoryRequest, "history_remove": cent.HistoryRemoveRequest, "refresh": cent.RefreshRequest,
         "channels": cent.ChannelsRequest, "disconnect": cent.DisconnectRequest, "info": cent.InfoRequest}


def request_of(method, *details):
    if method != "batch":
        return NAMES[method](**details[0])
    commands, parallel = details
    return cent.BatchRequest(requests=[request_of(*each) for each in commands], parallel=parallel)


def told(error):
    return {"error": type(error).__name__, "code": getattr(error, "code", None), "status": getattr(error, "status_code", None)}


def plain(result):
    return {"result": {"replies": [each.model_dump() for each in result.replies]} if isinstance(result, cent.BatchResult) else result.model_dump()}


def show(answer):
    print(json.dumps(answer), flush=True)


def ask(url, key):
    with cent.Client(url, key) as client:
        for line in sys.stdin:
            method, *details = json.loads(line)
            try:
                show(plain(getattr(client, method)(request_of(method, *details))))
            except cent.CentError as error:
                show(told(error))


async def ask_async(url, key):
    async with cent.AsyncClient(url, key) as client:
        while line := await asyncio.to_thread(sys.stdin.readline):
            method, *details = json.loads(line)
            try:
                show(plain(await getattr(client, method)(request_of(method, *details))))
            except cent.CentError as error:
                show(told(error))


if __name__ == "__main__":
    if sys.argv[3] == "sync":
        ask(*sys.argv[1:3])
    else:
        asyncio.run(ask_async(*sys.argv[1:3]))
