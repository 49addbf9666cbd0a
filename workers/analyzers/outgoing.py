"""The one client for calls to services that a workspace named: bounded, and kept off our network.

A URL comes from a client's options, so it must not reach what only the server can reach: an
address that is not public is refused, and the connection goes to the very address that was checked.
"""

import asyncio
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address
from typing import Self, TypeVar

import httpx2
import stamina

from workers.analyzers.breaker import Breakers
from workers.analyzers.interface import AnalyzerFailed

T = TypeVar("T")

MAX_REQUEST_BYTES = 4 * 1024 * 1024
MAX_ANSWER_BYTES = 1024 * 1024
_ATTEMPTS = 3
_TRY_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
_CONNECTIONS = httpx2.Limits(max_connections=64, max_keepalive_connections=16)


class _Passing(Exception):
    """It may work when tried again."""


class PublicOnly(httpx2.AsyncBaseTransport):
    """Resolves a name once, refuses what is not public, and connects to what it has checked."""

    def __init__(self, *, may_be_private: bool) -> None:
        self._may_be_private = may_be_private
        self._inner = httpx2.AsyncHTTPTransport(limits=_CONNECTIONS, trust_env=False)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Raise AnalyzerFailed for an address that is refused, ConnectError for a name of none."""
        host = request.url.host
        address = await self._address_of(host, request.url.port)
        request.extensions = {**request.extensions, "sni_hostname": host}
        request.url = request.url.copy_with(host=address)
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        """Close what is open."""
        await self._inner.aclose()

    async def _address_of(self, host: str, port: int | None) -> str:
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpx2.ConnectError(f"the name {host} has no address") from error
        # IPv4 first: where there is no route for IPv6, names have such addresses all the same.
        addresses = [str(a[4][0]) for a in sorted(found, key=lambda a: a[0] != socket.AF_INET)]
        if not self._may_be_private and not all(map(is_public, addresses)):
            raise AnalyzerFailed(f"{host} is not a public address.")
        return addresses[0]


def is_public(address: str) -> bool:
    """Whether it is reachable from the whole internet, also as an IPv4 address within IPv6."""
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour
        if inner is not None:
            ip = inner
    return ip.is_global and not ip.is_multicast


@dataclass
class Services:
    """What analyzers outside this process are called with; owned by the worker."""

    may_be_private: bool = False
    keys: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    """API keys by the name of their environment variable."""
    breakers: Breakers = field(default_factory=Breakers)
    wait_initial: float = 0.2
    """Seconds before the first retry."""

    async def __aenter__(self) -> Self:
        transport = PublicOnly(may_be_private=self.may_be_private)
        self._client = httpx2.AsyncClient(
            transport=transport, follow_redirects=False, trust_env=False, timeout=None
        )
        return self

    async def __aexit__(self, *_exception: object) -> None:
        await self._client.aclose()

    async def ask(self, call: "Call", read: Callable[[bytes], T]) -> T:
        """POST until it is answered, and what `read` makes of the answer.

        Raise AnalyzerFailed with the reason, AnalyzerUnavailable while the service is left alone.
        """
        breaker = self.breakers.of(call.workspace_id, call.url)
        headers = self._headers(call)
        if len(call.body) > MAX_REQUEST_BYTES:
            raise AnalyzerFailed(f"The transcript takes more than {MAX_REQUEST_BYTES} bytes.")
        breaker.enter()
        try:
            found = read(await self._answer(call, headers))
        except BaseException:
            breaker.failed()
            raise
        breaker.succeeded()
        return found

    def _headers(self, call: "Call") -> dict[str, str]:
        headers = {
            "Content-Type": "application/json",
            "Accept": "application/json",
            "Accept-Encoding": "identity",  # a compressed answer could be of any size
            "User-Agent": "Sessiongraph",
        }
        if call.key_variable is not None:
            key = self.keys.get(call.key_variable)
            if key is None:
                raise AnalyzerFailed(f"The variable {call.key_variable} is not set.")
            headers["Authorization"] = f"Bearer {key}"
        return headers

    async def _answer(self, call: "Call", headers: dict[str, str]) -> bytes:
        try:
            async for attempt in stamina.retry_context(
                on=_Passing,
                attempts=_ATTEMPTS,
                timeout=None,
                wait_initial=self.wait_initial,
                wait_max=5 * self.wait_initial,
            ):
                with attempt:
                    return await self._try(call, headers)
        except _Passing as error:
            raise AnalyzerFailed(f"{error} It was tried {_ATTEMPTS} times.") from error
        raise AssertionError("retry_context ends by returning or raising")

    async def _try(self, call: "Call", headers: dict[str, str]) -> bytes:
        try:
            async with (
                asyncio.timeout(call.seconds),
                self._client.stream("POST", call.url, content=call.body, headers=headers) as got,
            ):
                return await _body(got)
        except TimeoutError:
            raise _Passing(f"The analyzer did not answer in {call.seconds:g} seconds.") from None
        except httpx2.TransportError as error:
            raise _Passing(f"The analyzer was not reached: {type(error).__name__}.") from error
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise AnalyzerFailed(f"The call failed: {type(error).__name__}.") from error


@dataclass(frozen=True)
class Call:
    """One request to a service, for a workspace."""

    workspace_id: int
    url: str
    seconds: float
    body: bytes
    key_variable: str | None = None


async def _body(answer: httpx2.Response) -> bytes:
    if answer.status_code in _TRY_AGAIN:
        raise _Passing(f"The analyzer answered with status {answer.status_code}.")
    if answer.status_code != 200:
        raise AnalyzerFailed(f"The analyzer answered with status {answer.status_code}.")
    body = bytearray()
    async for chunk in answer.aiter_raw():
        body += chunk
        if len(body) > MAX_ANSWER_BYTES:
            raise AnalyzerFailed(f"The answer takes more than {MAX_ANSWER_BYTES} bytes.")
    return bytes(body)
