"""TCP proxies whose network can be cut or black-holed."""

import asyncio
import threading

from programs import free_port


class Network:
    """Runs the proxies, in a thread of its own."""

    def __init__(self):
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()

    def proxy(self, target):
        """A proxy in front of a port of 127.0.0.1."""
        proxy = Proxy(self, target)
        proxy.become("whole")
        return proxy


class Proxy:
    """Forwards connections, or resets and refuses them all (cut), or keeps them and forwards nothing (a
    black hole).

    What a black hole has swallowed is delivered when it is gone, as TCP's retransmission does.
    """

    def __init__(self, network, target):
        self.network, self.target, self.port = network, target, free_port()
        self.listener = None
        self.passes = asyncio.Event()
        self.writers = set()
        self.hit = 0  # Connections that the last cut has reset, or the last black hole has held.

    def become(self, state):
        """`whole`, `cut` or `a black hole`."""
        asyncio.run_coroutine_threadsafe(self.change(state), self.network.loop).result(10)

    async def change(self, state):
        if state == "whole":
            self.passes.set()
            if self.listener is None:
                self.listener = await asyncio.start_server(self.serve, "127.0.0.1", self.port)
        elif state == "cut":
            self.hit = len(self.writers)
            self.listener.close()
            self.listener = None
            for writer in self.writers:
                writer.transport.abort()
        else:
            self.hit = 0
            self.passes.clear()

    async def serve(self, reader, writer):
        self.writers.add(writer)
        there = None
        try:
            await self.pass_or_wait()
            from_there, there = await asyncio.open_connection("127.0.0.1", self.target)
            self.writers.add(there)
            await asyncio.gather(self.pump(reader, there), self.pump(from_there, writer))
        except OSError:
            pass
        finally:
            for end in filter(None, (writer, there)):
                self.writers.discard(end)
                end.transport.abort()

    async def pump(self, reader, writer):
        while True:
            data = await reader.read(65536)
            await self.pass_or_wait()
            if not data:
                writer.write_eof()
                return
            writer.write(data)
            await writer.drain()

    async def pass_or_wait(self):
        if not self.passes.is_set():
            self.hit += 1
            await self.passes.wait()
