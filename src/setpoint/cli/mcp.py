"""``setpoint mcp``: the plant for assistants, by the Model Context Protocol over standard input and output."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

from setpoint.cli.console import DEFAULT_URL, As, Token, Url, run
from setpoint.cli.language import t
from setpoint.errors import ConfigError, SetpointError

if TYPE_CHECKING:
    from mcp.server import MCPServer

    from setpoint.client import Client

INSTRUCTIONS = """Reads a plant, live and past. It changes nothing: propose_targets makes a proposal that a person
confirms or refuses on the board. Setpoint is no safety function; never propose anything about a stop."""


def mcp(*, url: Url = DEFAULT_URL, token: Token = None, as_: As = None) -> None:
    from setpoint.client import Client

    async def work() -> None:
        async with Client(url, token=token, user=as_) as client:
            await mcp_server(client).run_stdio_async()

    run(work())


def mcp_server(client: Client) -> MCPServer:
    """Raises `ConfigError` without the extra."""
    try:
        from mcp.server import MCPServer
        from mcp_types import ToolAnnotations
    except ImportError as error:
        raise ConfigError(t("mcp-no-library")) from error
    from setpoint import __version__
    from setpoint.client.assistant import Assistant

    server = MCPServer("setpoint", instructions=INSTRUCTIONS, version=__version__, log_level="WARNING")
    tools = Assistant(client)
    reads = ToolAnnotations(read_only_hint=True, open_world_hint=False)
    for tool in (
        tools.describe_plant,
        tools.read_machines,
        tools.list_events,
        tools.list_alarms,
        tools.read_history,
        tools.shift_report,
        tools.read_batch,
    ):
        server.add_tool(_in_words(tool), annotations=reads)
    proposes = ToolAnnotations(read_only_hint=False, destructive_hint=False, open_world_hint=False)
    server.add_tool(_in_words(tools.propose_targets), annotations=proposes)
    return server


def _in_words(tool: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """Tells the assistant why something was refused."""
    from mcp.server.mcpserver.exceptions import ToolError

    @wraps(tool)
    async def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return await tool(*args, **kwargs)
        except SetpointError as error:
            raise ToolError(error.message) from error
        except UnicodeError as error:
            raise ToolError(t("mcp-no-text", why=str(error))) from error

    return call
