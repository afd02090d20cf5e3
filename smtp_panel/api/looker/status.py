"""How mail stands, in the words of Looker's API (SPEC A5)."""

from __future__ import annotations

from typing import Any

from smtp_panel.status.model import NodeState, NodeStatus
from smtp_panel.status.standing import Standing
from smtp_panel.storage import utcnow
from smtp_panel.telling.problem import node_message, problem_in

SHAPE = {
    "is_valid": None,
    "node_count": None,
    "node_status": {"is_valid": None, "message": None, "hostname": None},
}


def smtp_status(standing: Standing) -> dict[str, Any]:
    """The status of the installation and of each node, as an object of SHAPE.

    It is valid where mail leaves every node that is alive, as the last check there found; a node
    that was not checked yet is not. Those that are gone are listed, and count only in `node_count`.
    What keeps mail from leaving at all makes every node invalid.
    """
    problem = problem_in(standing)
    everywhere = f"{problem.headline}: {problem.cause}" if problem and not problem.node else ""
    alive = [_node(each, everywhere) for each in standing.nodes]
    listed = alive + [_node(each) for each in standing.gone]
    return {
        "is_valid": bool(alive) and all(each["is_valid"] for each in alive),
        "node_count": len(listed),
        "node_status": listed,
    }


def _node(node: NodeStatus, everywhere: str = "") -> dict[str, Any]:
    message = node_message(node) or everywhere
    valid = node.state(utcnow()) is NodeState.VALID and not message
    return {"is_valid": valid, "message": message, "hostname": node.node}
