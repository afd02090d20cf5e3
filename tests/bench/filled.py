"""Outboxes with as many messages as one likes, filled by the database itself."""

from __future__ import annotations

from sqlalchemy import Connection, Engine, text

WAITING = 1_000  # of the messages; of the others each hundredth has failed

_IDS = {
    "postgresql": "lpad(to_hex(i), 14, '0') || repeat('0', 18)",
    "sqlite": "printf('%014x', i) || '000000000000000000'",
}
_RECIPIENTS = {"postgresql": """'[[0, "bob@x.example"]]'::json""", "sqlite": "'[]'"}
_NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :messages)"
_MOMENT = "'2026-11-01 00:00:00+00:00'"

_MESSAGE = """
INSERT INTO message (id, state, created_at, send_at, finished_at, sender, subject, message_id,
  size, recipients, queue_id)
{numbers}
SELECT {id},
  CASE WHEN i > :ended THEN 'waiting' WHEN i % 100 = 0 THEN 'failed' ELSE 'sent' END,
  {moment}, {moment}, CASE WHEN i > :ended THEN NULL ELSE {moment} END,
  'ada@x.example', 'Report ' || i, '<' || i || '@x.example>', 100, 1, ''
FROM n
"""
_QUEUED = """
INSERT INTO queue (id, lane, due, sender, recipients, size, token, claims)
SELECT id, 1, send_at, sender, {recipients}, size, 0, 0 FROM message WHERE state = 'waiting'
"""
_RECIPIENT = """
INSERT INTO message_recipient (message, number, address, says)
SELECT id, 0, CASE state WHEN 'failed' THEN 'eve@x.example' ELSE 'bob@x.example' END, ''
FROM message
"""
_ATTEMPT = """
INSERT INTO delivery_attempt (message, at, node, ms, state, says)
SELECT id, {moment}, 'bench', 1.0, state, '250 Ok' FROM message WHERE state <> 'waiting'
"""


def fill(engine: Engine, messages: int) -> None:
    """Put so many messages into an empty outbox, at least WAITING."""
    with engine.begin() as connection:
        for statement in (_MESSAGE, _QUEUED, _RECIPIENT, _ATTEMPT):
            _run(connection, statement, messages)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")


def _run(connection: Connection, statement: str, messages: int) -> None:
    engine = connection.dialect.name
    moment = f"TIMESTAMPTZ {_MOMENT}" if engine == "postgresql" else "'2026-11-01 00:00:00.000000'"
    sql = statement.format(
        numbers=_NUMBERS, id=_IDS[engine], recipients=_RECIPIENTS[engine], moment=moment
    )
    asked = {"messages": messages, "ended": messages - WAITING} if ":messages" in sql else {}
    connection.execute(text(sql), asked)
